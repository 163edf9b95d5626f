"""Guardian: each rule that a model states in its Meta holds in the database, whoever writes there."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, models, transaction
from django.db.models import F
from django.db.models.functions import Now, Upper
from django.utils import timezone

from privacy.dates import london_today
from privacy.models import SearchEntry, SearchMarker, SearchWord
from privacy.policy import our_models
from retention.models import CanaryRun, DeletedFile, PurgeCount
from retention.relations import is_retained
from sharing.models import AccessEvent
from staff.models import AuditEntry, Role
from tests import factories
from tests.addresses import make_run
from tests.rows import unguarded
from visits.models import Enquiry, Outcome

pytestmark = pytest.mark.django_db

MODELS = list(our_models())
DAY = dt.timedelta(days=1)

# What breaks one check constraint of a valid row, for those that `broken` cannot think of itself.
BREAKING: dict[str, Callable[[], dict[str, Any]]] = {
    "enquiry_contact_on_london_day": lambda: {"contact_on": F("contact_on") + DAY},
    "enquiry_open_until_ended": lambda: {"closed_by": None},
    "enquiry_ends_after_start": lambda: {"ended_at": F("started_at") - DAY},
    "enquiry_referred_somewhere": lambda: {"outcome": Outcome.REFERRED, "referred_to": None},
    "enquiryentry_customers_as_its_kind": lambda: {"customer_is": 1},
    "enquiryentry_handed_to_somebody": lambda: {"handed_to": factories.make_user()},
    "hold_reviewed_within_a_year": lambda: {"review_on": london_today() + dt.timedelta(days=367)},
    "hold_authority_is_a_reference": lambda: {"authority": "Mrs Jones"},
    "hold_released_by_has_a_time": lambda: {"released_by": factories.make_user()},
    "canary_run_searched_if_decided": lambda: {"searched_at": Now()},
    "purge_run_refusal_known": lambda: {"refusal": "zz"},
    "purge_run_finished_if_done": lambda: {"finished_at": None},
    "purge_run_confirmed_by_somebody": lambda: {"confirmed_at": Now()},
}
# Other changes that break the same constraints.
BREAKING_TOO: list[tuple[str, Callable[[], dict[str, Any]]]] = [
    ("enquiry_open_until_ended", lambda: {"ended_at": None}),
    ("enquiry_open_until_ended", lambda: {"outcome": Outcome.OPEN}),
    ("enquiry_open_until_ended", lambda: {"ended_at": None, "closed_by": None}),
    ("enquiry_contact_on_london_day", lambda: {"started_at": F("started_at") - DAY}),
    ("enquiryentry_customers_as_its_kind", lambda: {"customer_was": 1}),
    ("enquiryentry_customers_as_its_kind", lambda: {"kind": "attached"}),
    ("enquiryentry_customers_as_its_kind", lambda: {"kind": "moved", "customer_is": 1}),
    ("enquiryentry_customers_as_its_kind", lambda: {"kind": "taken_back", "customer_is": 1}),
    ("enquiryentry_handed_to_somebody", lambda: {"kind": "handed_over"}),
    ("purge_run_refusal_known", lambda: {"state": "refused", "refusal": ""}),
    ("purge_run_finished_if_done", lambda: {"state": "running"}),
    ("purge_run_confirmed_by_somebody", lambda: {"confirmed_by": factories.make_user()}),
    ("canary_run_searched_if_decided", lambda: {"state": "clean"}),
    ("hold_authority_is_a_reference", lambda: {"authority": ""}),
]
# What makes a row like another where a unique constraint is about more than the columns it names.
LIKE: dict[str, Callable[[], dict[str, Any]]] = {
    "user_username_whatever_case": lambda: {"username": Upper(models.Value("alike"))},
    "purge_run_one_at_a_time": lambda: {"state": "running", "finished_at": None},
}


def make(model: Any) -> Any:
    """A valid row; of an enquiry, one that is closed."""
    name = model.data_policy.name
    if name in MADE_HERE:
        return MADE_HERE[name]()
    if model is Enquiry:
        return factories.make_enquiry()
    return factories.make_marked(model, factories.make_user()) if is_retained(model) else _from_factory(name)


def _from_factory(name: str) -> Any:
    return getattr(factories, f"make_{name}")()


def _audit_entry() -> AuditEntry:
    factories.make_location()
    entry = AuditEntry.objects.order_by("-pk").first()
    assert entry is not None
    return entry


MADE_HERE: dict[str, Callable[[], Any]] = {
    "access_event": lambda: AccessEvent.objects.create(
        by=factories.make_user(), record_type="customer", record_ids=[1], categories=[], place="x"
    ),
    "audit_entry": _audit_entry,
    "canary_run": lambda: CanaryRun.objects.create(due_on=london_today() + DAY * (1 + CanaryRun.objects.count())),
    "deleted_file": lambda: DeletedFile.objects.create(record_type="clip", field="file", name=str(uuid.uuid4())),
    "purge_count": lambda: PurgeCount.objects.create(run=make_run(), record_type=str(uuid.uuid4())),
    "purge_run": make_run,
    "search_entry": lambda: SearchEntry.objects.create(
        record_type="customer", record_id=SearchEntry.objects.count(), terms=[]
    ),
    "search_marker": lambda: SearchMarker.objects.create(rebuilt_at=timezone.now()),
    "search_word": lambda: SearchWord.objects.create(word=str(uuid.uuid4())),
    "staff": lambda: factories.make_user(Role.ADVISER),
}


def stated(kind: type[models.BaseConstraint]) -> list[Any]:
    """Each constraint of a kind that a model of ours states, as a test's parameter."""
    return [
        pytest.param(model, constraint, id=constraint.name)
        for model in MODELS
        for constraint in model._meta.constraints
        if isinstance(constraint, kind)
    ]


def broken(model: Any, constraint: models.CheckConstraint) -> dict[str, Any] | None:
    """Columns that break a check constraint of a valid row; None where nobody has said which do."""
    if constraint.name in BREAKING:
        return BREAKING[constraint.name]()
    if constraint.name.endswith("_known"):
        field = next(
            f for f in model._meta.concrete_fields if f.choices and constraint.name.endswith(f"_{f.name}_known")
        )
        return {field.name: unknown(field)}
    if constraint.name.endswith("_sealed_until_due"):
        return {"sealed_until": F("expires_on") - DAY}
    if constraint.name.endswith("_canary_not_held"):
        return {"is_canary": True, "hold": factories.make_hold()}
    return None


def unknown(field: Any) -> Any:
    """A value of the column's type that is none of the field's choices."""
    return 99 if isinstance(field, models.IntegerField) else "zz"


def only(model: Any, name: str) -> None:
    """Drop the other check constraints of the table, so that no other can refuse in the place of this one."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'c' AND conname <> %s",
            [table, name],
        )
        for (other,) in cursor.fetchall():
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{other}"')


def assert_refused(model: Any, row: Any, columns: dict[str, Any], name: str) -> None:
    with unguarded(model), pytest.raises(IntegrityError, match=rf'"{name}"'), transaction.atomic():
        models.QuerySet(model).filter(pk=row.pk).update(**columns)


@pytest.mark.parametrize(("model", "constraint"), stated(models.CheckConstraint))
def test_check_constraint_refuses_what_breaks_it(model, constraint):
    row, columns = make(model), broken(model, constraint)
    assert columns is not None, "say in BREAKING what breaks it"
    only(model, constraint.name)

    assert_refused(model, row, columns, constraint.name)


@pytest.mark.parametrize(("name", "columns"), BREAKING_TOO)
def test_check_constraint_refuses_whatever_breaks_it(name, columns):
    model = next(model for model in MODELS for constraint in model._meta.constraints if constraint.name == name)
    row = make(model)
    only(model, name)

    assert_refused(model, row, columns(), name)


@pytest.mark.parametrize(("model", "constraint"), stated(models.UniqueConstraint))
def test_unique_constraint_refuses_a_second_row_like_the_first(model, constraint):
    one, other = make(model), make(model)
    columns = LIKE[constraint.name]() if constraint.name in LIKE else _same(one, constraint.fields)
    assert columns, "say in LIKE what makes a row like another"
    only(model, constraint.name)
    with unguarded(model):
        if constraint.name in LIKE:
            models.QuerySet(model).filter(pk=one.pk).update(**_plain(columns))

    assert_refused(model, other, columns, constraint.name)


def _same(row: Any, names: Any) -> dict[str, Any]:
    return {name: getattr(row, model_field(row, name).attname) for name in names}


def model_field(row: Any, name: str) -> Any:
    return type(row)._meta.get_field(name)


def _plain(columns: dict[str, Any]) -> dict[str, Any]:
    """The columns of the first of two rows that are alike but for their case."""
    return {name: "alike" if isinstance(value, Upper) else value for name, value in columns.items()}


UNIQUE = [
    pytest.param(model, field, id=f"{model._meta.label}.{field.name}")
    for model in MODELS
    for field in model._meta.concrete_fields
    if field.unique and not field.primary_key
]


@pytest.mark.parametrize(("model", "field"), UNIQUE)
def test_unique_column_refuses_the_value_of_another_row(model, field):
    one, other = make(model), make(model)

    with unguarded(model), pytest.raises(IntegrityError, match="unique"), transaction.atomic():
        models.QuerySet(model).filter(pk=other.pk).update(**{field.name: getattr(one, field.name)})


CHOICES = [
    pytest.param(model, field, id=f"{model._meta.label}.{field.name}")
    for model in MODELS
    for field in model._meta.concrete_fields
    if field.choices
]


@pytest.mark.parametrize(("model", "field"), CHOICES)
def test_column_of_choices_refuses_what_is_none_of_them(model, field):
    row = make(model)

    with unguarded(model), pytest.raises(IntegrityError, match="violates check constraint"), transaction.atomic():
        models.QuerySet(model).filter(pk=row.pk).update(**{field.name: unknown(field)})


def test_nothing_is_said_of_constraints_that_are_not_there():
    known = {constraint.name for model in MODELS for constraint in model._meta.constraints}

    assert BREAKING.keys() | LIKE.keys() | {name for name, _ in BREAKING_TOO} <= known


def test_every_constraint_that_a_model_states_is_in_the_database_and_valid():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE convalidated UNION SELECT relname FROM pg_class"
            " UNION SELECT tgname FROM pg_trigger WHERE tgenabled = 'O'"
        )
        there = {name for (name,) in cursor}

    assert {constraint.name for model in MODELS for constraint in model._meta.constraints} <= there


def test_valid_rows_of_every_model_can_be_made():
    for model in MODELS:
        assert models.QuerySet(model).filter(pk=make(model).pk).exists()
