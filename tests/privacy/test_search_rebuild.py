"""Rebuilding the projection: from the truth, beside people at work, one at a time, and by itself after a crash."""

from __future__ import annotations

import threading
import time

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from privacy import actions
from privacy.models import SearchEntry, SearchMarker, SearchWord
from privacy.search import SearchUnready, matching
from privacy.tasks import mend_search
from privacy.terms import parse
from tests import factories
from tests.retention.builders import make_hold
from visits.models import Customer

pytestmark = pytest.mark.django_db(transaction=True)


def crash() -> None:
    """What PostgreSQL does to unlogged tables when it recovers from a crash."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE privacy_searchentry, privacy_searchword, privacy_searchmarker")


def found(text: str) -> list[int]:
    return [entry.record_id for entry in matching(parse(text))]


def entries() -> list[tuple]:
    return sorted(SearchEntry.objects.values_list("record_type", "record_id", "terms"))


def test_rebuild_after_a_crash_finds_what_was_found_before(monkeypatch):
    monkeypatch.setattr(actions, "BATCH", 2)
    adviser, told = factories.make_user(), []
    customers = [factories.make_customer(by=adviser, given_names=name) for name in ("Siân", "Mair", "Nia")]
    enquiry = factories.make_enquiry(by=adviser, caller_name="Bronwen Sample")
    factories.make_enquiry(by=adviser, customer=customers[0])
    before = entries()
    crash()

    read = actions.rebuild_search(lambda done, total: told.append((done, total)))

    assert entries() == before
    assert found("sample") == [enquiry.pk]
    assert found("sia") == [customers[0].pk]
    assert read == 4
    assert told[-1] == (4, 4)


def test_rebuild_forgets_what_is_no_longer_true():
    SearchEntry.objects.create(record_type="customer", record_id=999, terms=["n:zyxw"])
    SearchWord.objects.create(word="zyxw")

    actions.rebuild_search()

    assert found("zyxw") == []
    assert not SearchWord.objects.exists()


def test_rebuild_finds_whom_one_directory_has_lost_the_key_of(keys):
    customer = factories.make_customer()
    keys.forget()
    (keys.directories[0] / f"{customer.sealed_until.isoformat()}.1.key").unlink()

    assert actions.rebuild_search() == 1
    assert found("jones") == [customer.pk]


def test_rebuild_leaves_out_what_is_due():
    customer = factories.make_customer()
    Customer.objects.filter(pk=customer.pk).update(expires_on="2020-01-01")

    assert actions.rebuild_search() == 0
    assert found("jones") == []


def test_rebuild_finds_what_is_due_but_held():
    adviser = factories.make_user()
    customer = factories.make_customer(by=adviser)
    Customer.objects.filter(pk=customer.pk).update(expires_on="2020-01-01", hold=make_hold(adviser))

    actions.rebuild_search()

    assert found("jones") == [customer.pk]


class Colleague(threading.Thread):
    """Somebody who locks a customer before a rebuild comes to it, and `does` something once the rebuild waits."""

    def __init__(self, customer: Customer, does) -> None:
        super().__init__()
        self.customer, self.does, self.has_locked = customer, does, threading.Event()

    def run(self) -> None:
        try:
            with transaction.atomic():
                locked = Customer.objects.select_for_update().get(pk=self.customer.pk)
                self.has_locked.set()
                self.await_the_rebuild()
                self.does(locked)
        finally:
            connection.close()

    def await_the_rebuild(self) -> None:
        until = time.monotonic() + 10
        with connection.cursor() as cursor:
            while time.monotonic() < until:
                cursor.execute("SELECT 1 FROM pg_locks WHERE NOT granted AND pid <> pg_backend_pid()")
                if cursor.fetchone():
                    return
                time.sleep(0.01)
        raise AssertionError("the rebuild did not wait for the row")


def rebuild_beside(colleague: Colleague) -> None:
    colleague.start()
    colleague.has_locked.wait(10)
    actions.rebuild_search()
    colleague.join()


def test_rebuild_does_not_bring_back_what_is_deleted_meanwhile():
    def delete(customer: Customer) -> None:
        actions.unindex_record(customer)
        customer.delete()

    gone, stays = (factories.make_customer() for _ in range(2))

    rebuild_beside(Colleague(gone, delete))

    assert found("jones") == [stays.pk]


def test_rebuild_keeps_what_is_changed_meanwhile():
    adviser = factories.make_user()
    customer = factories.make_customer(by=adviser)

    rebuild_beside(Colleague(customer, lambda locked: factories.change(locked, by=adviser, family_name="Parry")))

    assert found("parry") == [customer.pk]
    assert found("jones") == []


def test_second_rebuild_at_once_is_refused_and_empties_nothing(capsys):
    customer = factories.make_customer()
    actions.rebuild_search()
    refused = []

    def rebuild_again(done: int, total: int) -> None:
        try:
            actions.rebuild_search()
        except actions.RebuildRunning:
            refused.append(actions.mend_search())
            with pytest.raises(CommandError, match="Another process"):
                call_command("rebuild_search")
        finally:
            connection.close()

    def at_once(done: int, total: int) -> None:
        thread = threading.Thread(target=rebuild_again, args=(done, total))
        thread.start()
        thread.join()

    actions.rebuild_search(at_once)

    assert refused == [0]
    assert found("jones") == [customer.pk]


def test_rebuild_that_fails_leaves_search_unready_and_can_be_repeated():
    def fail(done: int, total: int) -> None:
        raise RuntimeError

    customer = factories.make_customer()
    actions.rebuild_search()
    with pytest.raises(RuntimeError):
        actions.rebuild_search(fail)

    with pytest.raises(SearchUnready):
        found("jones")
    actions.rebuild_search()
    assert found("jones") == [customer.pk]


def test_crash_is_mended_by_the_task_and_wholeness_left_alone():
    customer = factories.make_customer()
    actions.rebuild_search()
    whole_since = SearchMarker.objects.get().rebuilt_at
    crash()
    assert not actions.search_is_whole()

    assert mend_search() == 1
    assert found("jones") == [customer.pk]
    mended_at = SearchMarker.objects.get().rebuilt_at

    assert mend_search() == 0
    assert SearchMarker.objects.get().rebuilt_at == mended_at > whole_since


def test_command_rebuilds_only_if_needed(capsys):
    factories.make_customer()

    call_command("rebuild_search", "--if-needed")
    first = capsys.readouterr().out
    call_command("rebuild_search", "--if-needed")

    assert "1 records read" in first
    assert capsys.readouterr().out == ""
