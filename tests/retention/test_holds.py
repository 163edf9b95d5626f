"""Holds: what is kept with a record and what is not, races with the purge, sealing ahead, letting go."""

from __future__ import annotations

import datetime as dt
import threading
import uuid

import pytest
from django.db import IntegrityError, connection, transaction

from privacy.dates import london_today
from privacy.keyring import keyring
from retention import actions
from retention.ledger_state import HOLD_RELEASED, ledger_state
from retention.models import Hold
from tests import factories
from tests.retention.builders import make_hold
from tests.retention.records import contact, due_day, person, place
from visits import actions as desk
from visits.models import Customer, Enquiry, EnquiryEntry

pytestmark = pytest.mark.django_db(transaction=True)


def test_hold_on_an_enquiry_keeps_additions_and_the_customer_but_no_other_enquiry(adviser, whole_search):
    customer = person(adviser)
    enquiry = Enquiry.objects.get()
    other = contact(adviser, customer=customer)

    told = actions.what_is_kept(enquiry)
    placed = place(enquiry, adviser)

    assert told.kept == {"enquiry": 1, "enquiry_entry": 1, "customer": 1}
    assert told.left == {"enquiry": 1}
    actions.purge(due_day())
    assert list(Enquiry.objects.values_list("pk", flat=True)) == [enquiry.pk] != [other.pk]
    assert EnquiryEntry.objects.get().text == "zyxwtext"
    assert Customer.objects.get().family_name == factories.MARKED["family_name"]
    assert {EnquiryEntry.objects.get().hold, Customer.objects.get().hold} == {placed}


def test_hold_on_a_customer_keeps_all_that_is_recorded_of_them(adviser, whole_search):
    customer = person(adviser)
    contact(adviser, customer=customer)

    assert actions.what_is_kept(customer).left == {}
    place(customer, adviser)
    run = actions.purge(due_day())

    assert Enquiry.objects.count() == 2
    assert EnquiryEntry.objects.count() == 1
    assert run.left == 0


def test_released_record_past_its_day_goes_that_night(adviser, whole_search):
    person(adviser)
    placed = place(Enquiry.objects.get(), adviser)
    actions.purge(due_day())

    actions.release_hold(placed, by=adviser)
    placed.refresh_from_db()
    assert placed.released_by == adviser
    run = actions.purge(due_day())

    assert not Enquiry.objects.exists()
    assert not Customer.objects.exists()
    assert run.left == 0


def test_record_that_two_holds_need_stays_until_both_are_released(adviser, whole_search):
    customer = person(adviser)
    first = place(Enquiry.objects.get(), adviser)
    second = place(contact(adviser, customer=customer), adviser)

    actions.release_hold(first, by=adviser)

    assert Customer.objects.get().hold == second
    actions.purge(due_day())
    assert Enquiry.objects.get().hold == second
    actions.release_hold(second, by=adviser)
    actions.purge(due_day())
    assert not Customer.objects.exists()


def test_held_record_is_refused_a_second_hold_of_its_own(adviser):
    enquiry = contact(adviser)
    place(enquiry, adviser)

    with pytest.raises(actions.AlreadyHeld):
        place(enquiry, adviser)
    assert Hold.objects.count() == 1


def test_hold_on_a_record_that_was_purged_says_so(adviser, whole_search):
    enquiry = contact(adviser)
    actions.purge(due_day())

    with pytest.raises(actions.RecordGone):
        place(enquiry, adviser)
    assert not Hold.objects.exists()


def test_record_is_kept_while_what_was_added_to_it_is_held(adviser, whole_search):
    """As when a hold reached the addition and not its record: the two go together, and neither now."""
    enquiry = contact(adviser)
    added = desk.amend_enquiry(enquiry, text="zyxwtext", submission=uuid.uuid4(), by=adviser)
    EnquiryEntry.objects.filter(pk=added.pk).update(hold=make_hold(adviser))

    run = actions.purge(due_day())

    assert run.left == 1
    assert Enquiry.objects.get() == enquiry
    assert EnquiryEntry.objects.get().text == "zyxwtext"


def test_hold_released_while_the_ledger_is_away_is_noted_that_night(adviser, book, tmp_path):
    placed = place(contact(adviser), adviser)
    away = book.paths[1].parent
    away.rename(tmp_path / "unplugged")
    actions.release_hold(placed, by=adviser)
    (tmp_path / "unplugged").rename(away)
    assert placed.identity in ledger_state().kept

    actions.reseal_held()

    assert placed.identity in ledger_state().released
    assert [entry.kind for entry in book.entries()].count(HOLD_RELEASED) == 1


def test_releasing_or_reviewing_twice_says_so(adviser):
    placed = place(contact(adviser), adviser)
    actions.review_hold(placed, review_on=london_today() + dt.timedelta(days=300), by=adviser)
    actions.release_hold(placed, by=adviser)

    with pytest.raises(actions.AlreadyReleased):
        actions.release_hold(placed, by=adviser)
    with pytest.raises(actions.AlreadyReleased):
        actions.review_hold(placed, review_on=london_today(), by=adviser)


def test_database_refuses_a_review_more_than_a_year_away(adviser):
    with pytest.raises(IntegrityError, match="hold_reviewed_within_a_year"), transaction.atomic():
        place(contact(adviser), adviser, review_on=london_today() + dt.timedelta(days=367))


def test_overdue_review_is_told_and_lets_nothing_go(adviser, whole_search):
    placed = place(contact(adviser), adviser, review_on=london_today() - dt.timedelta(days=1))

    assert placed.is_overdue
    actions.purge(due_day())
    assert Enquiry.objects.exists()


def test_held_record_is_sealed_ahead_of_its_day_and_its_old_key_goes(adviser, whole_search, settings):
    settings.BACKUP_HORIZON_DAYS = 10_000
    person(adviser)
    place(Enquiry.objects.get(), adviser)

    assert actions.reseal_held() == 3
    assert actions.reseal_held() == 0

    actions.purge(due_day())
    assert keyring().due(due_day()) == []
    keyring().forget()
    kept = Enquiry.objects.get()
    assert kept.summary == factories.MARKED_WORDS["summary"]
    assert kept.expires_on == due_day()
    assert EnquiryEntry.objects.get().text == "zyxwtext"
    assert Customer.objects.get().address == factories.MARKED["address"]


def test_what_is_added_to_a_held_record_later_is_held_and_sealed_with_it(adviser, whole_search, settings):
    settings.BACKUP_HORIZON_DAYS = 10_000
    enquiry = contact(adviser)
    placed = place(enquiry, adviser)
    desk.amend_enquiry(enquiry, text="zyxwlater", submission=uuid.uuid4(), by=adviser)

    assert actions.reseal_held() == 2

    actions.purge(due_day())
    assert keyring().due(due_day()) == []
    assert (EnquiryEntry.objects.get().text, EnquiryEntry.objects.get().hold) == ("zyxwlater", placed)


def test_hold_being_placed_while_a_purge_looks_keeps_the_record(adviser, whole_search):
    """The purge sees the row locked and passes it over; once the hold is there, it is held."""
    enquiry = contact(adviser)
    placed, done = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            place(enquiry, adviser)
            placed.set()
            done.wait(20)
        connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    placed.wait(20)
    first = actions.purge(due_day())
    done.set()
    thread.join()
    second = actions.purge(due_day())

    assert (first.left, second.left) == (1, 0)
    assert Enquiry.objects.get().hold is not None


def test_many_holds_and_purges_at_once_lose_no_held_record(adviser, whole_search):
    enquiries = [contact(adviser) for _ in range(12)]
    kept: list[int] = []

    def hold() -> None:
        for enquiry in enquiries:
            try:
                place(enquiry, adviser)
                kept.append(enquiry.pk)
            except actions.RecordGone:
                pass
        connection.close()

    def purge() -> None:
        for _ in range(4):
            actions.purge(due_day())
        connection.close()

    threads = [threading.Thread(target=hold), threading.Thread(target=purge), threading.Thread(target=purge)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(Enquiry.objects.values_list("pk", flat=True)) == sorted(kept)


def test_new_contact_while_a_purge_looks_keeps_the_customer(adviser, whole_search):
    """The new enquiry moves the customer's day in their own row, which the purge finds locked."""
    customer = person(adviser, days_ago=30)
    began, done = threading.Event(), threading.Event()

    def log() -> None:
        with transaction.atomic():
            contact(adviser, customer=Customer.objects.get(pk=customer.pk))
            began.set()
            done.wait(20)
        connection.close()

    thread = threading.Thread(target=log)
    thread.start()
    began.wait(20)
    actions.purge(due_day(30))
    done.set()
    thread.join()
    actions.purge(due_day(30))

    assert Enquiry.objects.count() == 1
    assert Customer.objects.get().expires_on == due_day()
    assert Customer.objects.get().family_name == factories.MARKED["family_name"]


def test_release_of_one_hold_leaves_what_a_hold_on_the_customer_keeps(adviser, whole_search):
    customer = person(adviser)
    enquiry = Enquiry.objects.get()
    lone = contact(adviser, customer=customer)
    whole = place(customer, adviser)
    for one in (enquiry, lone):
        actions.release_hold(place(one, adviser), by=adviser)

    actions.purge(due_day())

    assert Enquiry.objects.count() == 2
    assert set(Enquiry.objects.values_list("hold", flat=True)) == {whole.pk}


def test_contact_made_after_a_hold_on_the_customer_is_held_from_that_night(adviser, whole_search):
    customer = person(adviser)
    placed = place(customer, adviser)
    later = contact(adviser, customer=customer)

    actions.purge(london_today())

    later.refresh_from_db()
    assert later.hold == placed


def test_anonymous_enquiry_that_is_held_brings_its_customer_once_attached(adviser, whole_search):
    enquiry = contact(adviser)
    placed = place(enquiry, adviser)
    customer = factories.make_customer(by=adviser)
    desk.attach_customer(enquiry, customer=customer, submission=uuid.uuid4(), by=adviser)

    actions.reseal_held()

    customer.refresh_from_db()
    assert customer.hold == placed


def test_database_refuses_two_holds_in_force_on_one_record(adviser):
    first = place(contact(adviser), adviser)
    again = {"record_type": first.record_type, "record_id": first.record_id, "authority": "C/2", "responsible": adviser}

    with pytest.raises(IntegrityError, match="hold_once_while_in_force"), transaction.atomic():
        Hold.objects.create(reason="police", review_on=london_today(), **again)


@pytest.mark.parametrize("text", ["Mrs Jones", "", "C/1 \u202e", "1\n2", "1 é", "<1>"])
def test_database_refuses_an_authority_that_is_no_reference(adviser, text):
    with pytest.raises(IntegrityError, match="hold_authority_is_a_reference"), transaction.atomic():
        place(contact(adviser), adviser, authority=text)


def test_hold_goes_six_years_after_its_release_and_not_before(adviser, whole_search):
    released, kept = place(contact(adviser), adviser), place(contact(adviser), adviser)
    actions.release_hold(released, by=adviser)
    released.refresh_from_db()
    assert released.expires_on == due_day()

    actions.purge(due_day() - dt.timedelta(days=1))
    assert Hold.objects.count() == 2
    actions.purge(due_day())

    assert list(Hold.objects.all()) == [kept]
    assert Enquiry.objects.get().hold == kept


def test_holds_placed_at_once_on_a_customer_and_their_enquiries_wait_for_each_other(adviser, whole_search):
    customer = person(adviser)
    records = [customer, *(contact(adviser, customer=customer) for _ in range(3))]
    failed: list[Exception] = []

    def hold(record) -> None:
        try:
            place(record, adviser)
        except Exception as error:  # a deadlock, say
            failed.append(error)
        connection.close()

    threads = [threading.Thread(target=hold, args=(record,)) for record in records]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failed == []
    assert Hold.objects.count() == 4
    assert not Enquiry.objects.filter(hold__isnull=True).exists()


def test_database_refuses_a_release_by_somebody_without_a_time(adviser):
    placed = place(contact(adviser), adviser)

    with pytest.raises(IntegrityError, match="hold_released_by_has_a_time"), transaction.atomic():
        Hold.objects.filter(pk=placed.pk).update(released_by=adviser)


def test_released_hold_is_placed_again_as_one_of_its_own(adviser, whole_search):
    person(adviser)
    first = place(Enquiry.objects.get(), adviser)
    released = actions.release_hold(first, by=adviser)

    again = actions.renew_hold(released, by=adviser)

    assert again.pk != first.pk
    assert {Enquiry.objects.get().hold, Customer.objects.get().hold} == {again}
    for name in ("record", "reason", "authority", "responsible", "review_on"):
        assert getattr(again, name) == getattr(first, name)
    assert Hold.objects.get(pk=first.pk).released_at is not None
    assert set(ledger_state().kept) == {again.identity}


def test_hold_in_force_or_of_a_record_that_is_gone_is_not_placed_again(adviser, whole_search):
    person(adviser)
    placed = place(Enquiry.objects.get(), adviser)
    with pytest.raises(actions.StillInForce):
        actions.renew_hold(placed, by=adviser)
    released = actions.release_hold(placed, by=adviser)
    actions.renew_hold(released, by=adviser)
    with pytest.raises(actions.AlreadyHeld):
        actions.renew_hold(released, by=adviser)
    actions.release_hold(Hold.objects.in_force().get(), by=adviser)
    actions.purge(due_day())

    with pytest.raises(actions.RecordGone):
        actions.renew_hold(released, by=adviser)
