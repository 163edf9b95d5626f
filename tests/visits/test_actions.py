"""What is done to customers and enquiries."""

from __future__ import annotations

import datetime as dt
import threading
import uuid

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.db.models.functions import Now

from drafts.actions import SentBefore, save_draft
from drafts.models import Draft
from privacy.dates import london_today
from privacy.search import matching
from privacy.terms import parse
from retention.actions import move_due_date
from retention.models import Hold
from tests import factories
from tests.retention.records import contact, due_day, hold
from tests.rows import set_columns
from visits import actions
from visits.models import Customer, Enquiry, EnquiryEntry, Outcome
from visits.pages import COUNTER

pytestmark = pytest.mark.django_db


def test_open_enquiry_sent_twice_is_made_once(adviser):
    submission, details = uuid.uuid4(), factories.enquiry_details(narrative="said")

    first = actions.open_enquiry(submission=submission, by=adviser, **details)
    second = actions.open_enquiry(submission=submission, by=adviser, **details)

    assert first == second
    assert Enquiry.objects.count() == 1


def test_open_enquiry_with_other_words_is_not_swallowed(adviser):
    submission, details = uuid.uuid4(), factories.enquiry_details(narrative="said")
    actions.open_enquiry(submission=submission, by=adviser, **details)

    with pytest.raises(SentBefore):
        actions.open_enquiry(submission=submission, by=adviser, **details | {"narrative": "said otherwise"})


def test_open_enquiry_with_other_details_of_its_new_customer_is_not_swallowed(adviser):
    submission, details = uuid.uuid4(), factories.enquiry_details(narrative="said")
    person = {"family_name": "Jones", "given_names": "Siân", "phone": "01978 0123456"}
    first = actions.open_enquiry(submission=submission, by=adviser, new_customer=person, **details)

    assert actions.open_enquiry(submission=submission, by=adviser, new_customer=person, **details) == first
    for other in ({"family_name": "Johns"}, {"phone": "01978 0654321"}):
        with pytest.raises(SentBefore):
            actions.open_enquiry(submission=submission, by=adviser, new_customer=person | other, **details)
    assert (Enquiry.objects.count(), Customer.objects.count()) == (1, 1)


def test_open_enquiry_with_a_new_customer_after_it_was_logged_without_is_not_swallowed(adviser):
    submission, details = uuid.uuid4(), factories.enquiry_details(narrative="said")
    actions.open_enquiry(submission=submission, by=adviser, **details)

    with pytest.raises(SentBefore):
        actions.open_enquiry(submission=submission, by=adviser, new_customer={"family_name": "Jones"}, **details)


def test_open_enquiry_begins_when_its_draft_did(adviser):
    draft = save_draft(
        uuid.uuid4(), page=COUNTER.page(), content={"summary": "x"}, revision=1, writer=uuid.uuid4(), by=adviser
    )

    enquiry = factories.make_enquiry(by=adviser, submission=draft.submission)

    assert enquiry.started_at == draft.started_at
    assert enquiry.ended_at > enquiry.started_at
    assert not Draft.objects.exists()


def test_open_enquiry_left_open_has_no_end(adviser):
    enquiry = factories.make_enquiry(by=adviser, outcome=Outcome.OPEN)

    assert enquiry.is_open
    assert enquiry.closed_by is None


def test_open_enquiry_moves_its_customer_to_the_new_day(adviser):
    customer = factories.make_customer(by=adviser)
    before = london_today() - dt.timedelta(days=30)
    move_due_date(customer, since=before)
    sealed_before = _raw(customer)

    factories.make_enquiry(by=adviser, customer=customer)

    customer = Customer.objects.get(pk=customer.pk)
    assert customer.last_contact_on == london_today()
    assert customer.expires_on == customer.sealed_until == customer.data_policy.keep.after(london_today())
    assert customer.family_name == "Jones"
    assert _raw(customer) != sealed_before


def _raw(customer: Customer) -> bytes:
    with connection.cursor() as cursor:
        cursor.execute("SELECT family_name FROM visits_customer WHERE id = %s", [customer.pk])
        return bytes(cursor.fetchone()[0])


def test_closed_enquiry_can_be_sealed_for_a_later_day(adviser):
    enquiry = factories.make_enquiry(by=adviser, narrative="said")
    hold = _hold(adviser)
    enquiry.hold, enquiry.sealed_until = hold, enquiry.expires_on + dt.timedelta(days=400)

    enquiry.save()

    again = Enquiry.objects.get(pk=enquiry.pk)
    assert again.narrative == "said"
    assert again.sealed_until == enquiry.expires_on + dt.timedelta(days=400)


def _hold(by):
    return Hold.objects.create(
        reason=Hold.Reason.DISPUTE, authority="C/1", responsible=by, review_on=london_today() + dt.timedelta(days=90)
    )


def test_amendment_refuses_rewriting(adviser):
    enquiry = factories.make_enquiry(by=adviser)
    amendment = actions.amend_enquiry(enquiry, text="more", submission=uuid.uuid4(), by=adviser)
    amendment.text = "less"

    with pytest.raises(IntegrityError, match="never rewritten"), transaction.atomic():
        amendment.save()


def test_amendments_are_kept_in_order_and_once(adviser):
    enquiry = factories.make_enquiry(by=adviser)
    submission = uuid.uuid4()

    for _ in range(2):
        actions.amend_enquiry(enquiry, text="first", submission=submission, by=adviser)
    actions.amend_enquiry(enquiry, text="second", submission=uuid.uuid4(), by=adviser)

    texts = [amendment.text for amendment in enquiry.entries.order_by("added_at", "pk")]
    assert texts == ["first", "second"]
    assert {amendment.expires_on for amendment in enquiry.entries.all()} == {enquiry.expires_on}


def test_open_enquiry_takes_notes_without_being_closed(adviser):
    enquiry, colleague = (
        factories.make_enquiry(by=adviser, outcome=Outcome.OPEN, narrative="noted"),
        factories.make_user(),
    )

    note = actions.amend_enquiry(enquiry, text="more", submission=uuid.uuid4(), by=colleague)

    enquiry.refresh_from_db()
    assert (note.kind, note.text, note.added_by) == ("note", "more", colleague)
    assert (enquiry.is_open, enquiry.narrative) == (True, "noted")


def test_note_is_established_at_once(adviser):
    enquiry = factories.make_enquiry(by=adviser, outcome=Outcome.OPEN)
    note = actions.amend_enquiry(enquiry, text="more", submission=uuid.uuid4(), by=adviser)
    note.text = "less"

    with pytest.raises(IntegrityError, match="never rewritten"), transaction.atomic():
        note.save()


def test_close_enquiry_adds_the_closing_words_as_an_entry_of_who_closed_it(adviser):
    enquiry, manager = (
        factories.make_enquiry(by=adviser, outcome=Outcome.OPEN, narrative="noted"),
        factories.make_user(),
    )

    closed = actions.close_enquiry(
        enquiry, outcome=Outcome.RESOLVED, text="answered", referred_to=None, submission=uuid.uuid4(), by=manager
    )

    enquiry.refresh_from_db()
    entry = enquiry.entries.get()
    assert enquiry.narrative == "noted"
    assert (entry.kind, entry.text, entry.added_by) == ("closing", "answered", manager)
    assert entry.added_at == closed.ended_at
    assert enquiry.closed_by == manager


def test_close_enquiry_without_words_adds_no_entry(adviser):
    enquiry = factories.make_enquiry(by=adviser, outcome=Outcome.OPEN)

    actions.close_enquiry(enquiry, **ending(by=adviser, text=""))

    assert not enquiry.entries.exists()


def ending(**given):
    """What closes an enquiry."""
    usual = {"outcome": Outcome.RESOLVED, "text": "answered", "referred_to": None, "submission": uuid.uuid4()}
    return usual | given


def test_close_enquiry_sent_twice_is_closed_once(adviser):
    enquiry = factories.make_enquiry(by=adviser, outcome=Outcome.OPEN, narrative="noted")
    sent = ending(by=adviser)

    first, second = (actions.close_enquiry(enquiry, **sent) for _ in range(2))

    assert first == second
    assert [entry.text for entry in enquiry.entries.all()] == ["answered"]
    assert second.ended_at == first.ended_at


@pytest.mark.parametrize("other", ["text", "outcome", "referred_to", "by"])
def test_close_enquiry_that_was_closed_otherwise_is_refused(adviser, other):
    enquiry = factories.make_enquiry(by=adviser, outcome=Outcome.OPEN, narrative="noted")
    actions.close_enquiry(enquiry, **ending(by=adviser))
    values = {
        "text": "answered otherwise",
        "outcome": Outcome.SIGNPOSTED,
        "referred_to": enquiry.service,
        "by": factories.make_user(),
    }

    with pytest.raises(actions.AlreadyClosed):
        actions.close_enquiry(enquiry, **ending(by=adviser) | {other: values[other]})

    assert [entry.text for entry in enquiry.entries.all()] == ["answered"]


def test_close_enquiry_that_is_full_takes_closing_words(adviser):
    enquiry = factories.make_enquiry(by=adviser, outcome=Outcome.OPEN, narrative="x" * 20_000)

    actions.close_enquiry(enquiry, **ending(by=adviser, text="y" * 20_000))

    assert len(enquiry.entries.get().text) == 20_000


def test_attach_customer_keeps_the_start(adviser):
    enquiry = factories.make_enquiry(by=adviser, caller_name="Siân")
    customer = factories.make_customer(by=adviser)

    actions.attach_customer(enquiry, customer=customer, submission=uuid.uuid4(), by=adviser)

    again = Enquiry.objects.get(pk=enquiry.pk)
    assert (again.customer, again.started_at, again.caller_name) == (customer, enquiry.started_at, "Siân")
    with pytest.raises(actions.AlreadyAttached):
        actions.attach_customer(
            again, customer=factories.make_customer(by=adviser), submission=uuid.uuid4(), by=adviser
        )


def test_name_only_enquiry_is_found_until_it_has_a_customer(adviser, whole_search):
    enquiry = factories.make_enquiry(by=adviser, caller_name="Bronwen Sample")
    assert [entry.record_id for entry in matching(parse("sample bronwen"))] == [enquiry.pk]

    actions.attach_customer(enquiry, customer=factories.make_customer(by=adviser), submission=uuid.uuid4(), by=adviser)

    assert matching(parse("sample bronwen")) == []


def test_undo_makes_a_draft_again_with_its_start(adviser):
    enquiry = factories.make_enquiry(by=adviser, narrative="said")

    draft = actions.undo_enquiry(
        enquiry, content={"narrative": "said"}, page=COUNTER.page(), submission=uuid.uuid4(), by=adviser
    )

    assert not Enquiry.objects.exists()
    assert Draft.objects.get().content == {"narrative": "said"}
    assert draft.started_at == enquiry.started_at


def undone(enquiry, by) -> Draft:
    return actions.undo_enquiry(
        enquiry, content={"narrative": "said"}, page=COUNTER.page(), submission=uuid.uuid4(), by=by
    )


def test_undo_within_thirty_seconds_and_not_after(adviser):
    early, late = (factories.make_enquiry(by=adviser) for _ in range(2))
    for enquiry, seconds in ((early, 29), (late, 31)):
        set_columns(enquiry, logged_at=Now() - dt.timedelta(seconds=seconds))

    assert undone(early, adviser)
    with pytest.raises(actions.TooLateToUndo):
        undone(late, adviser)
    assert list(Enquiry.objects.all()) == [late]


def test_undo_of_a_held_enquiry_is_refused(adviser):
    enquiry = factories.make_enquiry(by=adviser)
    hold(enquiry, adviser)

    with pytest.raises(actions.TooLateToUndo):
        undone(enquiry, adviser)
    assert Enquiry.objects.exists()


def test_undo_of_an_enquiry_that_was_added_to_is_refused(adviser):
    enquiry = factories.make_enquiry(by=adviser)
    factories.make_enquiry_entry(adviser, enquiry)

    with pytest.raises(actions.TooLateToUndo):
        undone(enquiry, adviser)
    assert Enquiry.objects.exists()


def test_undo_leaves_no_word_to_find_by(adviser, whole_search):
    undone(factories.make_enquiry(by=adviser, caller_name="Bronwen Sample"), adviser)

    assert matching(parse("sample bronwen")) == []


def test_undo_of_a_colleagues_enquiry_is_refused(adviser):
    enquiry = factories.make_enquiry(by=adviser)

    with pytest.raises(actions.TooLateToUndo):
        actions.undo_enquiry(
            enquiry, content={}, page=COUNTER.page(), submission=uuid.uuid4(), by=factories.make_user()
        )


def test_undo_gives_the_customer_their_old_day_back(adviser):
    with time_machine.travel("2026-05-04T10:00Z", tick=False):
        customer = factories.make_customer(by=adviser)
    Customer.objects.filter(pk=customer.pk).update(created_at=dt.datetime(2026, 5, 4, 10, tzinfo=dt.UTC))
    enquiry = factories.make_enquiry(by=adviser, customer=customer)

    actions.undo_enquiry(enquiry, content={}, page=COUNTER.page(), submission=uuid.uuid4(), by=adviser)

    customer.refresh_from_db()
    assert customer.last_contact_on == dt.date(2026, 5, 4)


def long_ago(customer: Customer, *days_ago: int) -> list[Enquiry]:
    """Enquiries of a customer that began so many days ago; the customer was last seen when the latest did."""
    made = [contact(customer.created_by, days_ago=days, customer=customer) for days in days_ago]
    move_due_date(Customer.objects.get(pk=customer.pk), since=london_today() - dt.timedelta(days=min(days_ago)))
    return made


def test_undo_goes_back_to_the_last_contact_that_there_still_is(adviser):
    customer = factories.make_customer(by=adviser)
    long_ago(customer, 300, 30, 100)
    enquiry = factories.make_enquiry(by=adviser, customer=customer)
    assert Customer.objects.get().last_contact_on == london_today()

    undone(enquiry, adviser)

    customer.refresh_from_db()
    assert customer.last_contact_on == london_today() - dt.timedelta(days=30)
    assert customer.expires_on == due_day(30)


def test_undo_of_an_earlier_contact_leaves_the_day_of_the_last(adviser):
    customer = factories.make_customer(by=adviser)
    contact(adviser, days_ago=0, customer=customer)
    early = contact(adviser, days_ago=30, customer=customer)

    undone(early, adviser)

    assert Customer.objects.get().last_contact_on == london_today()


def test_attach_moves_the_period_of_its_customer(adviser):
    customer = factories.make_customer(by=adviser)
    long_ago(customer, 300, 100)
    enquiry = contact(adviser, days_ago=30)

    actions.attach_customer(enquiry, customer=Customer.objects.get(), submission=uuid.uuid4(), by=adviser)

    customer.refresh_from_db()
    assert customer.last_contact_on == london_today() - dt.timedelta(days=30)
    assert customer.expires_on == due_day(30)


def test_attach_of_an_old_enquiry_does_not_shorten_the_period(adviser):
    customer = factories.make_customer(by=adviser)

    actions.attach_customer(contact(adviser, days_ago=300), customer=customer, submission=uuid.uuid4(), by=adviser)

    assert Customer.objects.get().last_contact_on == london_today()


def test_enquiry_of_a_colleagues_draft_begins_now_and_leaves_the_draft(adviser):
    draft = save_draft(
        uuid.uuid4(), page=COUNTER.page(), content={"summary": "mine"}, revision=1, writer=uuid.uuid4(), by=adviser
    )
    Draft.objects.filter(pk=draft.pk).update(started_at=Now() - dt.timedelta(hours=1))

    enquiry = factories.make_enquiry(submission=draft.submission, by=factories.make_user())

    assert enquiry.started_at == enquiry.ended_at == enquiry.logged_at
    assert Draft.objects.get().content == {"summary": "mine"}


def test_enquiry_of_a_june_night_is_of_the_day_in_london(adviser):
    draft = factories.make_draft(adviser)
    Draft.objects.filter(pk=draft.pk).update(started_at=dt.datetime(2025, 6, 30, 23, 30, tzinfo=dt.UTC))

    enquiry = factories.make_enquiry(by=adviser, submission=draft.submission, came_today=False)

    assert enquiry.contact_on == dt.date(2025, 7, 1)
    assert enquiry.expires_on == dt.date(2031, 7, 1)


def test_change_customer_of_a_stale_page_is_refused(adviser):
    customer = factories.make_customer(by=adviser)
    actions.change_customer(customer, submission=uuid.uuid4(), version=1, by=adviser, family_name="Davies")

    with pytest.raises(actions.Changed):
        actions.change_customer(customer, submission=uuid.uuid4(), version=1, by=adviser, family_name="Evans")


def test_change_customer_changes_what_they_are_found_by(adviser, whole_search):
    customer = factories.make_customer(by=adviser)

    actions.change_customer(customer, submission=uuid.uuid4(), version=1, by=adviser, family_name="Pritchard")

    assert matching(parse("pritchard"))
    assert not matching(parse("jones"))


def test_two_people_with_one_telephone_stay_two(adviser):
    for name in ("Siân", "Siôn"):
        factories.make_customer(by=adviser, given_names=name, phone="01978 0123456", email="both@example.org")

    assert Customer.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_twenty_sendings_at_once_make_one_enquiry():
    adviser = factories.make_user()
    submission, details = uuid.uuid4(), factories.enquiry_details(narrative="said")
    made, barrier = [], threading.Barrier(8)

    def send():
        barrier.wait()
        try:
            made.append(actions.open_enquiry(submission=submission, by=adviser, **details).pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(made) == 8
    assert len(set(made)) == Enquiry.objects.count() == 1


def test_amendment_goes_with_its_enquiry(adviser):
    enquiry = factories.make_enquiry(by=adviser)
    actions.amend_enquiry(enquiry, text="more", submission=uuid.uuid4(), by=adviser)

    assert EnquiryEntry.objects.get().expires_on == enquiry.expires_on
