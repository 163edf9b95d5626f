"""Guardian: of an established record only what is named here may change, whoever writes to its table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from django.db import IntegrityError, connection, transaction

from privacy.policy import our_models
from privacy.sealed import SealedField
from retention.relations import is_retained, retained_models
from services.models import Topic
from staff.models import User
from tests import factories
from visits.models import Enquiry, EnquiryEntry

pytestmark = pytest.mark.django_db


class Free(NamedTuple):
    """The columns that may change, and those that may be filled once."""

    change: frozenset[str]
    fill: frozenset[str] = frozenset()


# What a hold does: nothing else. Whose an enquiry was changes only together with an entry that says so.
# A column is added here for a reason that a lawyer accepts.
FREE = {
    Enquiry: Free(frozenset({"hold_id", "sealed_until"})),
    EnquiryEntry: Free(frozenset({"hold_id", "sealed_until"})),
}
REFUSED = "an established record is never rewritten|changes only together with an entry"
# Another value of the column's type, and one where there is none.
OTHERWISE = {
    "bigint": "coalesce({c}, 0) + 1",
    "integer": "coalesce({c}, 0) + 1",
    "boolean": "NOT {c}",
    "bytea": "coalesce({c}, ''::bytea) || '\\x07'::bytea",
    "date": "coalesce({c}, current_date) + 1",
    "timestamp with time zone": "coalesce({c}, now()) + interval '1 day'",
    "character varying": "CASE WHEN {c} = 'zz' THEN 'yy' ELSE 'zz' END",
    "text": "coalesce({c}, '') || 'zz'",
    "uuid": "gen_random_uuid()",
}


def triggered(suffix: str) -> set[str]:
    """The tables with a row trigger before updates whose name ends so."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid"
            " WHERE tgname LIKE %s AND tgenabled = 'O' AND tgtype & 19 = 19",
            [f"%\\_{suffix}"],
        )
        return {name for (name,) in cursor}


def columns_of(model: Any) -> Iterator[str]:
    """The columns of the table as the database has them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s ORDER BY ordinal_position",
            [model._meta.db_table],
        )
        yield from [name for (name,) in cursor.fetchall()]


def type_of(model: Any, column: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT data_type FROM information_schema.columns WHERE table_name = %s AND column_name = %s",
            [model._meta.db_table, column],
        )
        return str(cursor.fetchone()[0])


def otherwise(model: Any, column: str) -> str:
    """SQL of another value for the column."""
    return OTHERWISE[type_of(model, column)].format(c=f'"{column}"')


def change(record: Any, **assignments: str) -> None:
    """Update columns of one record by SQL, each to an expression."""
    given = ", ".join(f'"{name}" = {value}' for name, value in assignments.items())
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        cursor.execute(f"UPDATE {record._meta.db_table} SET {given} WHERE id = %s", [record.pk])  # noqa: S608
        assert cursor.rowcount == 1
        transaction.set_rollback(True)


def refused(record: Any, **assignments: str) -> None:
    with pytest.raises(IntegrityError, match=REFUSED):
        change(record, **assignments)


def full(model: Any, by: User) -> Any:
    """An established record with something in every column but that of its hold, and what its kind excludes."""
    if model is EnquiryEntry:
        return factories.make_moved(by).entries.get()
    service = factories.make_service()
    by.location = factories.make_location()
    by.save()
    topic: Topic = factories.make_topic(service)
    customer = factories.make_customer(by=by)
    told = {"on_behalf": "carer", "authority_seen": "written", "language_chosen": "cy", "language_served": "en"}
    details = factories.marked(model) | {"outcome": "referred", "referred_to": service, "customer": customer} | told
    return factories.make_enquiry(by=by, service=service, topic=topic, **details)


def empty(model: Any, by: User) -> Any:
    """An established record with as little in it as may be."""
    return factories.make_enquiry_entry(by, text="x") if model is EnquiryEntry else factories.make_enquiry(by=by)


def each_column() -> list[Any]:
    return [
        pytest.param(model, field.column, id=f"{model._meta.label}.{field.name}")
        for model in FREE
        for field in model._meta.concrete_fields
    ]


def test_established_models_are_those_decided_here():
    assert triggered("established") == {model._meta.db_table for model in FREE}


def test_record_of_which_every_column_is_tried_is_full(adviser):
    for model, empty_ones in {Enquiry: ["hold"], EnquiryEntry: ["hold", "handed_to"]}.items():
        record = full(model, adviser)
        assert [f.name for f in model._meta.concrete_fields if getattr(record, f.attname) in (None, "")] == empty_ones


@pytest.mark.parametrize("make", [full, empty])
@pytest.mark.parametrize(("model", "column"), each_column())
def test_column_of_an_established_record_is_never_rewritten(adviser, model, column, make):
    record, free = make(model, adviser), FREE[model]
    is_empty = getattr(record, column) is None

    if column in free.change or (column in free.fill and is_empty):
        change(record, **{column: otherwise(model, column)})
    else:
        refused(record, **{column: otherwise(model, column)})


@pytest.mark.parametrize("model", FREE)
def test_column_of_an_established_record_is_not_emptied(adviser, model):
    record = full(model, adviser)

    for column in columns_of(model):
        if column not in FREE[model].change and getattr(record, column) is not None:
            refused(record, **{column: "NULL"})


@pytest.mark.parametrize("model", FREE)
@pytest.mark.parametrize("kind", sorted(OTHERWISE))
def test_column_that_is_added_later_is_protected(adviser, model, kind):
    record = full(model, adviser)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {model._meta.db_table} ADD COLUMN later {kind}")

    # From NULL too: a plain column of tomorrow is not filled in afterwards.
    refused(record, later=otherwise(model, "later") if kind != "boolean" else "true")


SEALED = [
    pytest.param(model, field.column, id=f"{model._meta.label}.{field.name}")
    for model in FREE
    for field in model._meta.concrete_fields
    if isinstance(field, SealedField)
]
LATER = "sealed_until + 1"


@pytest.mark.parametrize(("model", "column"), SEALED)
def test_sealed_column_changes_only_with_its_day_and_keeps_its_length(adviser, model, column):
    record = full(model, adviser)
    anew = f'set_byte("{column}", 0, get_byte("{column}", 0) # 1)'

    refused(record, **{column: anew})
    change(record, **{column: anew}, sealed_until=LATER)
    refused(record, **{column: anew}, sealed_until="sealed_until + 0")
    for other in (f"\"{column}\" || '\\x07'::bytea", f'substring("{column}" from 2)', "''::bytea", "NULL"):
        refused(record, **{column: other}, sealed_until=LATER)


@pytest.mark.parametrize(("model", "column"), SEALED)
def test_empty_sealed_column_is_not_filled_with_its_day(adviser, model, column):
    record = empty(model, adviser)

    refused(record, **{column: f"coalesce(\"{column}\", ''::bytea) || '\\x0707'::bytea"}, sealed_until=LATER)


@pytest.mark.parametrize("model", FREE)
def test_plain_column_does_not_change_with_the_day_either(adviser, model):
    record = full(model, adviser)
    sealed = {field.column for field in model._meta.concrete_fields if isinstance(field, SealedField)}

    for column in set(columns_of(model)) - sealed - FREE[model].change:
        refused(record, **{column: otherwise(model, column)}, sealed_until=LATER)


def test_open_enquiry_can_still_change(adviser):
    enquiry = factories.make_marked(Enquiry, adviser)

    change(enquiry, outcome="'resolved'", ended_at="clock_timestamp()", closed_by_id=str(adviser.pk))


def test_established_record_can_be_deleted(adviser):
    factories.make_enquiry(by=adviser).delete()

    assert not Enquiry.objects.exists()


# --- what seals a row is of that row ----------------------------------------------------------------------------------


def test_every_retained_model_has_a_fixed_seal_id():
    assert triggered("seal_id") == {model._meta.db_table for model in our_models() if is_retained(model)}


@pytest.mark.parametrize("model", retained_models())
def test_seal_id_never_changes(adviser, model):
    record = factories.make_marked(model, adviser)

    for value in ("gen_random_uuid()", "NULL"):
        with pytest.raises(IntegrityError, match=r"seal_id never changes|never rewritten"):
            change(record, seal_id=value)
    change(record, seal_id="seal_id")
