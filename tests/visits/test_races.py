"""Two people at once: nothing of either is lost, and nothing is decided on what another is just changing."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest

from drafts.actions import save_draft
from drafts.models import Draft
from privacy.dates import database_now, london_today
from retention.actions import move_due_date
from tests import factories
from tests.races import race
from tests.rows import set_columns
from visits import actions
from visits.models import Customer, Enquiry, EnquiryEntry, Outcome
from visits.pages import COUNTER

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def colleague():
    return factories.make_user()


def later(customer: Customer, day: dt.date) -> None:
    """Let a contact of `day` be known of the customer."""
    move_due_date(Customer.objects.select_for_update().get(pk=customer.pk), since=day)


def test_two_who_change_a_customer_at_once_lose_nothing(adviser, colleague):
    customer = factories.make_customer(by=adviser)

    first, second, waited = race(
        lambda: factories.change(customer, by=adviser, family_name="Davies"),
        lambda: actions.change_customer(
            customer, submission=uuid.uuid4(), version=1, by=colleague, family_name="Evans"
        ),
    )

    assert waited
    assert (first, type(second)) == (customer, actions.Changed)
    customer.refresh_from_db()
    assert (customer.family_name, customer.version) == ("Davies", 2)


def test_contact_of_today_does_not_take_back_a_later_one(adviser):
    customer = factories.make_customer(by=adviser)
    move_due_date(customer, since=london_today() - dt.timedelta(days=30))
    tomorrow = london_today() + dt.timedelta(days=1)

    _, enquiry, waited = race(
        lambda: later(customer, tomorrow), lambda: factories.make_enquiry(by=adviser, customer=customer)
    )

    assert waited
    assert enquiry.customer == customer
    assert Customer.objects.get(pk=customer.pk).last_contact_on == tomorrow


def test_contact_waits_for_the_undo_of_another_of_today(adviser):
    customer = factories.make_customer(by=adviser)
    set_columns(customer, created_at=database_now() - dt.timedelta(days=30))
    first = factories.make_enquiry(by=adviser, customer=customer)
    customer.refresh_from_db()

    _, second, waited = race(
        lambda: actions.undo_enquiry(first, content={}, page=COUNTER.page(), submission=uuid.uuid4(), by=adviser),
        lambda: factories.make_enquiry(by=adviser, customer=customer),
    )

    assert waited
    assert Customer.objects.get(pk=customer.pk).last_contact_on == second.contact_on == london_today()


def test_addition_sent_twice_at_once_is_made_once(adviser):
    enquiry, submission = factories.make_enquiry(by=adviser), uuid.uuid4()

    def add() -> EnquiryEntry:
        return actions.amend_enquiry(enquiry, text="more", submission=submission, by=adviser)

    first, second, waited = race(add, add)

    assert waited
    assert first == second == EnquiryEntry.objects.get()


def test_addition_waits_for_the_closing(adviser, colleague):
    enquiry = factories.make_enquiry(by=adviser, outcome=Outcome.OPEN)
    ending = {"outcome": Outcome.RESOLVED, "text": "", "referred_to": None, "submission": uuid.uuid4()}

    _, added, waited = race(
        lambda: actions.close_enquiry(enquiry, **ending, by=colleague),
        lambda: actions.amend_enquiry(enquiry, text="more", submission=uuid.uuid4(), by=adviser),
    )

    assert waited
    assert added == EnquiryEntry.objects.get()


def test_two_who_attach_at_once_leave_the_first(adviser, colleague):
    enquiry = factories.make_enquiry(by=adviser, outcome=Outcome.OPEN)
    one, other = (factories.make_customer(by=adviser) for _ in range(2))

    _, second, waited = race(
        lambda: actions.attach_customer(enquiry, customer=one, submission=uuid.uuid4(), by=adviser),
        lambda: actions.attach_customer(enquiry, customer=other, submission=uuid.uuid4(), by=colleague),
    )

    assert waited
    assert isinstance(second, actions.AlreadyAttached)
    assert Enquiry.objects.get().customer == one


def test_undo_waits_for_the_addition_and_is_refused(adviser, colleague):
    enquiry = factories.make_enquiry(by=adviser)

    _, second, waited = race(
        lambda: actions.amend_enquiry(enquiry, text="more", submission=uuid.uuid4(), by=colleague),
        lambda: actions.undo_enquiry(enquiry, content={}, page=COUNTER.page(), submission=uuid.uuid4(), by=adviser),
    )

    assert waited
    assert isinstance(second, actions.TooLateToUndo)
    assert EnquiryEntry.objects.get().enquiry == enquiry


def test_two_who_close_at_once_leave_one_ending(adviser, colleague):
    enquiry = factories.make_enquiry(by=adviser, outcome=Outcome.OPEN, narrative="noted")

    def close(by: object) -> Enquiry:
        ending = {"outcome": Outcome.RESOLVED, "text": f"by {by}", "referred_to": None}
        return actions.close_enquiry(enquiry, **ending, submission=uuid.uuid4(), by=by)

    _, second, waited = race(lambda: close(adviser), lambda: close(colleague))

    assert waited
    assert isinstance(second, actions.AlreadyClosed)
    assert Enquiry.objects.get().narrative == "noted"
    assert EnquiryEntry.objects.get().text == f"by {adviser}"


def test_closing_sent_twice_at_once_is_made_once(adviser):
    enquiry = factories.make_enquiry(by=adviser, outcome=Outcome.OPEN, narrative="noted")
    sent = {"outcome": Outcome.RESOLVED, "text": "answered", "referred_to": None, "submission": uuid.uuid4()}

    first, second, waited = race(
        lambda: actions.close_enquiry(enquiry, **sent, by=adviser),
        lambda: actions.close_enquiry(enquiry, **sent, by=adviser),
    )

    assert waited
    assert first == second
    assert EnquiryEntry.objects.get().text == "answered"


def test_two_first_savings_of_one_page_keep_both(adviser):
    submission = uuid.uuid4()

    def save(text: str) -> Draft | None:
        return save_draft(
            submission, page=COUNTER.page(), content={"summary": text}, revision=1, writer=uuid.uuid4(), by=adviser
        )

    first, second, waited = race(lambda: save("one"), lambda: save("two"))

    assert waited
    assert first.submission == submission != second.submission
    assert {draft.content["summary"] for draft in Draft.objects.all()} == {"one", "two"}


def test_two_savings_of_one_draft_at_once_keep_both(adviser):
    submission = uuid.uuid4()

    def save(text: str, revision: int) -> Draft | None:
        return save_draft(
            submission,
            page=COUNTER.page(),
            content={"summary": text},
            revision=revision,
            writer=uuid.uuid4(),
            by=adviser,
        )

    save("begun", 1)
    _, _, waited = race(lambda: save("one", 2), lambda: save("two", 2))

    assert waited
    assert {draft.content["summary"] for draft in Draft.objects.all()} == {"one", "two"}


def test_race_sees_who_does_not_wait(adviser):
    customer = factories.make_customer(by=adviser)

    first, second, waited = race(lambda: later(customer, london_today()), lambda: 1 / 0)

    assert (first, waited) == (None, False)
    assert isinstance(second, ZeroDivisionError)


# --- the record is gone before it is written on -----------------------------------------------------------------------


def undo(enquiry: Enquiry, by: object) -> object:
    return actions.undo_enquiry(enquiry, content={}, page=COUNTER.page(), submission=uuid.uuid4(), by=by)


WRITINGS = {
    "amended": lambda enquiry, by: actions.amend_enquiry(enquiry, text="x", submission=uuid.uuid4(), by=by),
    "closed": lambda enquiry, by: factories.close(enquiry, submission=uuid.uuid4(), by=by),
    "attached": lambda enquiry, by: actions.attach_customer(
        enquiry, customer=factories.make_customer(by=by), submission=uuid.uuid4(), by=by
    ),
}


@pytest.mark.parametrize("kind", WRITINGS)
def test_writing_on_an_enquiry_that_is_being_undone_says_that_it_is_gone(adviser, colleague, kind):
    enquiry = factories.make_enquiry(by=adviser, outcome=Outcome.OPEN)

    _, second, waited = race(lambda: undo(enquiry, adviser), lambda: WRITINGS[kind](enquiry, colleague))

    assert waited
    assert isinstance(second, actions.Gone)


WRITINGS_ON_A_CUSTOMER = {
    "changed": lambda customer, by: factories.change(customer, by=by, family_name="Evans"),
    "logged": lambda customer, by: factories.make_enquiry(by=by, customer=customer),
}


@pytest.mark.parametrize("kind", WRITINGS_ON_A_CUSTOMER)
def test_writing_on_a_customer_who_is_gone_says_so(adviser, kind):
    customer = factories.make_customer(by=adviser)
    Customer.objects.filter(pk=customer.pk).delete()

    with pytest.raises(actions.Gone):
        WRITINGS_ON_A_CUSTOMER[kind](customer, adviser)
