"""Whose an enquiry was: attaching, moving, undoing either, and what holds make of it."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.urls import reverse

from privacy.dates import london_today
from retention.actions import place_hold, release_hold
from sharing.models import AccessEvent
from staff.models import Role
from tests import factories
from tests.rows import set_columns
from visits import actions
from visits.models import Customer, Enquiry, EnquiryEntry, Outcome

pytestmark = pytest.mark.django_db


def move(enquiry, customer, *, by, reason=""):
    return actions.move_enquiry(enquiry, customer=customer, reason=reason, submission=uuid.uuid4(), by=by)


def attach(enquiry, customer, *, by):
    return actions.attach_customer(enquiry, customer=customer, submission=uuid.uuid4(), by=by)


def take_back(enquiry, *, by):
    return actions.take_back_move(enquiry, submission=uuid.uuid4(), by=by)


def hold(record, by):
    review = london_today() + dt.timedelta(days=30)
    return place_hold(record, reason="dispute", authority="C/1", responsible=by, review_on=review, by=by)


def long_ago(enquiry):
    set_columns(enquiry, logged_at=Now() - dt.timedelta(minutes=5))
    enquiry.refresh_from_db()


@pytest.fixture
def moved(adviser):
    """An enquiry of one customer, and the other one whose it was."""
    one, other = (factories.make_customer(by=adviser) for _ in range(2))
    return factories.make_enquiry(by=adviser, customer=one), one, other


def test_move_is_an_entry_that_names_both(adviser, moved):
    enquiry, one, other = moved

    move(enquiry, other, by=adviser)

    entry = enquiry.entries.get()
    assert Enquiry.objects.get().customer == other
    assert (entry.kind, entry.customer_was, entry.customer_is) == ("moved", one.pk, other.pk)
    assert entry.added_by == adviser


def test_move_later_needs_a_reason(adviser, moved):
    enquiry, one, other = moved
    long_ago(enquiry)

    with pytest.raises(actions.ReasonNeeded):
        move(enquiry, other, by=adviser)
    assert Enquiry.objects.get().customer == one

    move(enquiry, other, by=adviser, reason="Two of this name")
    assert (Enquiry.objects.get().customer, enquiry.entries.get().text) == (other, "Two of this name")


def test_move_by_a_manager_needs_a_reason_at_any_time(moved):
    enquiry, _, other = moved
    manager = factories.make_user(Role.MANAGER)

    with pytest.raises(actions.ReasonNeeded):
        move(enquiry, other, by=manager)
    move(enquiry, other, by=manager, reason="Told by telephone")

    assert Enquiry.objects.get().customer == other


def test_move_by_a_colleague_is_refused(moved):
    enquiry, one, other = moved

    with pytest.raises(actions.NotYours):
        move(enquiry, other, by=factories.make_user(), reason="I think so")

    assert Enquiry.objects.get().customer == one


def test_move_to_the_same_customer_is_refused(adviser, moved):
    enquiry, one, _ = moved

    with pytest.raises(actions.SameCustomer):
        move(enquiry, one, by=adviser)


def test_move_moves_both_periods(adviser, moved):
    enquiry, one, other = moved
    today = london_today()
    for person in (one, other):
        set_columns(person, created_at=Now() - dt.timedelta(days=400), last_contact_on=today - dt.timedelta(days=400))
    set_columns(one, last_contact_on=today)
    one.refresh_from_db()

    move(enquiry, Customer.objects.get(pk=other.pk), by=adviser)

    assert Customer.objects.get(pk=other.pk).last_contact_on == today
    assert Customer.objects.get(pk=one.pk).last_contact_on == today - dt.timedelta(days=400)


@pytest.mark.parametrize("was_attached", [True, False])
def test_what_was_moved_or_attached_can_be_taken_back(adviser, moved, was_attached):
    enquiry, one, other = moved
    if was_attached:
        enquiry, one = factories.make_enquiry(by=adviser, caller_name="Zyxwcaller"), None
        attach(enquiry, other, by=adviser)
    else:
        move(enquiry, other, by=adviser)

    take_back(enquiry, by=adviser)

    enquiry.refresh_from_db()
    assert enquiry.customer == one
    assert [entry.kind for entry in enquiry.entries.in_order()][1:] == ["taken_back"]
    with pytest.raises(actions.TooLateToUndo):
        take_back(enquiry, by=adviser)


@pytest.mark.parametrize("why", ["late", "colleague", "nothing"])
def test_taking_back_is_refused(adviser, moved, why):
    enquiry, _, other = moved
    if why != "nothing":
        move(enquiry, other, by=adviser)
    if why == "late":
        set_columns(enquiry.entries.get(), added_at=Now() - dt.timedelta(minutes=5))

    with pytest.raises(actions.TooLateToUndo):
        take_back(enquiry, by=factories.make_user() if why == "colleague" else adviser)

    assert Enquiry.objects.get().customer == (moved[1] if why == "nothing" else other)


# --- never silently ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", [Outcome.RESOLVED, Outcome.OPEN])
@pytest.mark.parametrize("to", ["other", "nobody"])
def test_customer_does_not_change_without_an_entry(adviser, moved, to, outcome):
    _, one, other = moved
    enquiry = factories.make_enquiry(by=adviser, customer=one, outcome=outcome)

    with pytest.raises(IntegrityError, match="only together with an entry"), transaction.atomic():
        Enquiry.objects.filter(pk=enquiry.pk).update(customer=other if to == "other" else None)


def test_entry_of_an_earlier_move_allows_no_other(adviser, moved):
    enquiry, one, other = moved
    move(enquiry, other, by=adviser)
    actions.amend_enquiry(enquiry, text="more", submission=uuid.uuid4(), by=adviser)

    for customer in (one, None, factories.make_customer(by=adviser)):
        with pytest.raises(IntegrityError, match="only together with an entry"), transaction.atomic():
            Enquiry.objects.filter(pk=enquiry.pk).update(customer=customer)


# --- both in the access log -------------------------------------------------------------------------------------------


def looked_at(place):
    events = AccessEvent.objects.filter(place=place, record_type="customer")
    return {pk for event in events for pk in event.record_ids}


@pytest.mark.parametrize("kind", ["moved", "attached"])
def test_move_is_in_the_access_log_of_both(desk, adviser, moved, kind):
    enquiry, one, other = moved
    if kind == "attached":
        enquiry = factories.make_enquiry(by=adviser)
    url = reverse("visits:enquiry_attach", args=[enquiry.reference])

    answer = desk.post(url, {"submission": str(uuid.uuid4()), "customer": other.reference})

    assert answer.status_code == 302
    assert looked_at("visits:enquiry_attach") == ({one.pk, other.pk} if kind == "moved" else {other.pk})
    desk.post(reverse("visits:enquiry_take_back", args=[enquiry.reference]), {"submission": str(uuid.uuid4())})
    assert looked_at("visits:enquiry_take_back") == ({one.pk, other.pk} if kind == "moved" else {other.pk})


def test_page_says_who_attached_and_offers_undo_for_a_moment(desk, adviser):
    enquiry, customer = factories.make_enquiry(by=adviser), factories.make_customer(by=adviser)
    attach(enquiry, customer, by=adviser)

    page = desk.get(enquiry.get_absolute_url()).content.decode()
    assert "Customer attached" in page
    assert reverse("visits:enquiry_take_back", args=[enquiry.reference]) in page

    set_columns(enquiry.entries.get(), added_at=Now() - dt.timedelta(minutes=5))
    page = desk.get(enquiry.get_absolute_url()).content.decode()
    assert reverse("visits:enquiry_take_back", args=[enquiry.reference]) not in page


def test_page_asks_why_an_older_enquiry_is_moved(desk, adviser, moved):
    enquiry, one, other = moved
    long_ago(enquiry)
    url = reverse("visits:enquiry_attach", args=[enquiry.reference])

    asked = desk.post(url, {"submission": str(uuid.uuid4()), "customer": other.reference})
    assert asked.status_code == 422
    assert 'name="reason"' in asked.content.decode()
    assert Enquiry.objects.get().customer == one
    empty = desk.post(url, {"submission": str(uuid.uuid4()), "customer": other.reference, "reason": ""})
    assert "Say why" in empty.content.decode()
    desk.post(url, {"submission": str(uuid.uuid4()), "customer": other.reference, "reason": "Two of this name"})

    assert Enquiry.objects.get().customer == other


@pytest.mark.parametrize("who", ["author", "manager", "colleague"])
def test_page_offers_the_move_to_who_may(signed_in, adviser, moved, who):
    user = {"author": adviser, "manager": factories.make_user(Role.MANAGER), "colleague": factories.make_user()}[who]

    page = signed_in(user).get(moved[0].get_absolute_url()).content.decode()

    assert ('name="attach"' in page) == (who != "colleague")


# --- holds ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("held", ["enquiry", "customer"])
@pytest.mark.parametrize("is_first", [True, False], ids=["hold first", "attached first"])
def test_hold_keeps_what_is_attached_in_either_order(adviser, held, is_first):
    enquiry, customer = factories.make_enquiry(by=adviser), factories.make_customer(by=adviser)
    record = enquiry if held == "enquiry" else customer
    if is_first:
        hold(record, adviser)
        attach(enquiry, customer, by=adviser)
    else:
        attach(enquiry, customer, by=adviser)
        hold(record, adviser)

    for kept in (Enquiry.objects.get(), Customer.objects.get(), EnquiryEntry.objects.get()):
        assert kept.hold_id is not None


def test_hold_keeps_whom_an_enquiry_is_moved_to_and_whom_it_kept_before(adviser, moved):
    enquiry, _, other = moved
    placed = hold(enquiry, adviser)

    move(enquiry, other, by=adviser)

    assert {customer.hold for customer in Customer.objects.all()} == {placed}
    release_hold(placed, by=adviser)
    assert {customer.hold for customer in Customer.objects.all()} == {None}
