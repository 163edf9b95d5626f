"""The audit: who changed which record when, and not a letter of what a personal field said."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from auditlog.registry import auditlog
from django.contrib.auth.models import AnonymousUser
from django.db import connection

from privacy.audit import WITHHELD, acting, request_id, withhold
from privacy.policy import our_models
from staff.models import AuditEntry, User
from tests import factories
from tests.retention.builders import RETAINED
from visits.models import Customer

pytestmark = pytest.mark.django_db

AUDITED = [model for model in our_models() if model.data_policy.audited]
PERSONAL = [model for model in AUDITED if model.data_policy.personal_fields()]
# What a change of each personal field is; an amendment refuses every change.
SECOND = {name: factories.MARKED[name] for name in factories.MARKED} | {
    name: f"{value} again" for name, value in factories.MARKED_WORDS.items()
}


def audit() -> str:
    """Every row of the audit as the database holds it, but for the clock's own digits."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(string_agg(lower((to_jsonb(e) - 'timestamp' - 'expires_on')::text), ' '), '')"
            " FROM staff_auditentry e"
        )
        return cursor.fetchone()[0]


def marks_in(text: str) -> list[str]:
    return [mark for mark in factories.MARKS if mark in text]


def test_every_model_is_audited_as_its_policy_says():
    assert [model for model in our_models() if auditlog.contains(model)] == AUDITED


@pytest.mark.parametrize("model", AUDITED, ids=lambda model: model._meta.label)
def test_every_personal_field_is_masked_and_every_field_followed(model):
    registered = auditlog.get_model_fields(model)

    assert set(registered["mask_fields"]) == set(model.data_policy.personal_fields())
    assert set(registered["include_fields"]) == {field.name for field in model._meta.concrete_fields}


@pytest.mark.parametrize("model", PERSONAL, ids=lambda model: model._meta.label)
def test_builder_leaves_a_mark_in_every_personal_field(adviser, model):
    record = factories.make_marked(model, adviser)

    for name in model.data_policy.personal_fields():
        assert marks_in(str(getattr(record, name)).lower()), name


@pytest.mark.parametrize("model", AUDITED, ids=lambda model: model._meta.label)
def test_create_change_and_delete_leave_no_personal_word(adviser, model):
    record = factories.make_marked(model, adviser)
    pk = record.pk
    if model.data_policy.name != "enquiry_entry":
        for name in model.data_policy.personal_fields():
            setattr(record, name, SECOND.get(name, f"{getattr(record, name)} again"))
        record.save()
    record.delete()

    done = AuditEntry.objects.get_for_model(model).filter(object_id=pk).values_list("action", flat=True)
    assert {AuditEntry.Action.CREATE, AuditEntry.Action.DELETE} <= set(done)
    assert marks_in(audit()) == []


def test_change_of_a_personal_field_is_told_without_its_words(adviser):
    customer = factories.make_customer(by=adviser, family_name="Zyxwfamily")

    factories.change(customer, by=adviser, family_name="Zyxwother", language="cy")

    changes = AuditEntry.objects.get_for_object(customer).get(action=AuditEntry.Action.UPDATE).changes
    assert changes == {"family_name": [WITHHELD, WITHHELD], "language": ["", "cy"], "version": ["1", "2"]}


def test_whole_day_at_the_desk_leaves_no_personal_word(desk, adviser):
    topic = factories.make_topic()
    form = factories.posted("new", about=f"t:{topic.code}", **factories.MARKED_WORDS) | factories.MARKED
    form["born_on"] = "19/07/1931"

    desk.post("/enquiries/", form)
    customer = Customer.objects.get()
    desk.post("/customers/search/", {"q": "Zyxwfamily"})
    desk.post("/drafts/", factories.posted(narrative="zyxwdraft"))
    desk.post(
        f"{customer.get_absolute_url()}change/",
        form | {"version": "1", "given_names": "Zyxwsecond", "submission": str(uuid.uuid4())},
    )

    customer.refresh_from_db()
    assert customer.given_names == "Zyxwsecond"
    assert customer.reference.lower() in audit()
    assert marks_in(audit()) == []


@pytest.fixture
def unmasked() -> Iterator[None]:
    """Customers audited as if nobody had thought of it."""
    before = auditlog.get_model_fields(Customer)
    auditlog.unregister(Customer)
    auditlog.register(Customer)
    yield
    auditlog.unregister(Customer)
    auditlog.register(Customer, include_fields=before["include_fields"], mask_fields=before["mask_fields"])


def test_the_guardian_would_find_an_unmasked_field(adviser, unmasked):
    RETAINED["customer"](adviser)

    assert set(marks_in(audit())) >= {"zyxw", "ab987123", "ll19 7zx", "0719733", "971933"}


def test_withheld_value_tells_nothing_of_what_it_stands_for():
    assert withhold("x") == withhold("a much longer value") == withhold("")


def test_entry_names_record_and_person_by_number_only(adviser):
    with acting(adviser):
        customer = RETAINED["customer"](adviser)

    entry = AuditEntry.objects.get_for_object(customer).get()
    assert entry.object_repr == customer.reference
    assert entry.actor == adviser
    assert entry.serialized_data is None


def test_acting_inside_acting_gives_the_outer_person_back(adviser):
    other = factories.make_user()
    with acting(adviser) as outer:
        with acting(other) as inner:
            one = factories.make_location()
        two = factories.make_location()

    assert AuditEntry.objects.get_for_object(one).get().actor == other
    assert AuditEntry.objects.get_for_object(two).get().actor == adviser
    assert outer == inner, "one request has one id, whoever acts in it"
    assert request_id() == ""


@pytest.mark.parametrize("nobody", [None, AnonymousUser()])
def test_nobody_acting_leaves_the_actor_empty(nobody):
    with acting(nobody) as identity:
        location = factories.make_location()

    entry = AuditEntry.objects.get_for_object(location).get()
    assert (entry.actor, entry.cid) == (None, identity)


def test_request_is_audited_under_its_person_and_an_id_made_here(desk, adviser):
    said = "x" * 300

    desk.post("/shortcuts/", {"on": "0"}, headers={"X-Correlation-Id": said, "X-Forwarded-For": "203.0.113.7"})

    entry = AuditEntry.objects.get_for_model(User).filter(action=AuditEntry.Action.UPDATE).latest("pk")
    assert entry.actor == adviser
    assert len(entry.cid) == 32
    assert "x" not in entry.cid
    assert "203.0.113.7" not in audit()
