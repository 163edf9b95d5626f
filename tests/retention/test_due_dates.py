"""The day a record is gone, the day it is sealed for, and the hold that parts the two."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError
from hypothesis import given
from hypothesis import strategies as st

from drafts.models import Draft
from privacy.dates import Period, london_today, years
from privacy.sealed import HEADER, SealedField, sealed_field_names
from retention.actions import move_due_date
from retention.models import Hold
from tests import factories
from tests.retention.builders import make_hold
from visits import actions
from visits.models import Customer, Enquiry, EnquiryEntry

pytestmark = pytest.mark.django_db


def days_sealed_for(record) -> set[dt.date]:
    """The days that the sealed columns of a row carry."""
    columns = [field.column for field in record._meta.concrete_fields if isinstance(field, SealedField)]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(columns)} FROM {record._meta.db_table} WHERE id = %s", [record.pk])  # noqa: S608
        stored = [bytes(value) for value in cursor.fetchone() if value]
    return {dt.date.fromordinal(HEADER.unpack_from(value)[1]) for value in stored}


def move(customer: Customer, since: dt.date) -> Customer:
    return move_due_date(Customer.objects.select_for_update().get(pk=customer.pk), since=since)


@pytest.mark.parametrize(
    ("since", "due"), [("2024-02-29", "2030-02-28"), ("2026-05-04", "2032-05-04"), ("2026-12-31", "2032-12-31")]
)
def test_due_date_is_stored_and_the_row_sealed_for_it(adviser, since, due):
    customer = factories.make_customer(by=adviser, **factories.MARKED)

    move(customer, dt.date.fromisoformat(since))

    again = Customer.objects.get(pk=customer.pk)
    assert again.expires_on == again.sealed_until == dt.date.fromisoformat(due)
    assert days_sealed_for(again) == {again.expires_on}
    assert {name: getattr(again, name) for name in factories.MARKED} == factories.MARKED


def test_due_date_cannot_be_set_by_hand(adviser):
    customer = factories.make_customer(by=adviser)
    due = customer.expires_on
    customer.expires_on = customer.sealed_until = dt.date(2099, 1, 1)

    customer.save()

    assert (customer.expires_on, customer.sealed_until) == (due, due)
    assert days_sealed_for(customer) == {due}


def test_moving_the_due_date_touches_nothing_else(adviser):
    customer = factories.make_customer(by=adviser, family_name="Jones", language="cy")
    mine = Customer.objects.get(pk=customer.pk)
    mine.language = "en"

    move_due_date(mine, since=dt.date(2026, 5, 4))

    again = Customer.objects.get(pk=customer.pk)
    assert (again.last_contact_on, again.language, again.version) == (dt.date(2026, 5, 4), "cy", 1)


def test_enquiry_is_kept_from_its_day_of_contact(adviser):
    enquiry = factories.make_enquiry(by=adviser, narrative="said")

    assert enquiry.expires_on == enquiry.data_policy.keep.after(enquiry.contact_on)
    assert days_sealed_for(enquiry) == {enquiry.expires_on}


def test_amendment_is_kept_as_long_as_its_enquiry(adviser):
    enquiry = factories.make_enquiry(by=adviser)

    amendment = actions.amend_enquiry(enquiry, text="more", submission=uuid.uuid4(), by=adviser)

    assert amendment.expires_on == enquiry.expires_on
    assert days_sealed_for(amendment) == {enquiry.expires_on}


def test_draft_is_kept_two_days_from_its_last_change(adviser):
    draft = factories.make_draft(adviser)

    assert draft.expires_on == london_today() + dt.timedelta(days=2)
    assert days_sealed_for(draft) == {draft.expires_on}


@pytest.mark.parametrize("model", [Customer, Enquiry, EnquiryEntry, Draft])
def test_every_sealed_field_is_sealed_anew_when_the_day_moves(model):
    expected = {field.name for field in model._meta.concrete_fields if isinstance(field, SealedField)}

    assert expected
    assert set(sealed_field_names(model())) == expected == set(model.data_policy.personal_fields())


def test_held_record_stays_sealed_for_the_later_day(adviser):
    customer = factories.make_customer(by=adviser)
    later = customer.expires_on + dt.timedelta(days=400)
    customer.hold, customer.sealed_until = make_hold(adviser), later

    customer.save()

    again = Customer.objects.get(pk=customer.pk)
    assert (again.expires_on, again.sealed_until) == (customer.expires_on, later)
    assert days_sealed_for(again) == {later}


def test_held_record_is_never_sealed_for_less_than_its_due_date(adviser):
    customer = factories.make_customer(by=adviser)
    customer.hold, customer.sealed_until = make_hold(adviser), dt.date(2020, 1, 1)

    customer.save()

    assert customer.sealed_until == customer.expires_on


def test_record_without_a_hold_goes_back_to_its_due_date(adviser):
    customer = factories.make_customer(by=adviser)
    customer.hold, customer.sealed_until = make_hold(adviser), customer.expires_on + dt.timedelta(days=400)
    customer.save()
    customer.hold = None

    customer.save()

    assert customer.sealed_until == customer.expires_on
    assert days_sealed_for(customer) == {customer.expires_on}


@pytest.mark.parametrize(
    "model",
    [
        Customer,
        Enquiry,
        EnquiryEntry,
        Draft,
    ],
)
def test_database_refuses_a_seal_shorter_than_the_period(model):
    constraint = f"{model._meta.model_name}_sealed_until_due"

    assert constraint in {made.name for made in model._meta.constraints}


def test_customer_sealed_for_less_than_its_period_is_refused(adviser):
    customer = factories.make_customer(by=adviser)
    short = customer.expires_on - dt.timedelta(days=1)

    with pytest.raises(IntegrityError, match="customer_sealed_until_due"), transaction.atomic():
        Customer.objects.filter(pk=customer.pk).update(sealed_until=short)


def test_hold_in_use_is_not_deleted(adviser):
    hold = make_hold(adviser)
    customer = factories.make_customer(by=adviser)
    customer.hold = hold
    customer.save()

    with pytest.raises(ProtectedError):
        hold.delete()


def test_person_responsible_for_a_hold_is_not_deleted(adviser):
    make_hold(adviser)

    with pytest.raises(ProtectedError):
        adviser.delete()


def test_hold_for_an_unknown_reason_is_refused(adviser):
    hold = make_hold(adviser)

    with pytest.raises(IntegrityError, match="hold_reason_known"), transaction.atomic():
        Hold.objects.filter(pk=hold.pk).update(reason="because")


@given(st.dates(dt.date(1990, 1, 1), dt.date(2090, 1, 1)), st.integers(0, 8), st.integers(0, 400))
def test_period_ends_on_the_day_before_which_it_was_begun(day, number, more):
    period = Period(years=number, days=more)

    begun = period.before(period.after(day))

    assert begun is not None
    assert period.after(begun) == period.after(day)


def test_no_six_years_end_on_a_leap_day():
    assert years(6).before(dt.date(2032, 2, 29)) is None
    assert years(6).before(dt.date(2030, 2, 28)) == dt.date(2024, 2, 28)
