"""Of two that do something to the same row at once the second waits, or passes over."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import transaction

from privacy.dates import london_today
from retention import actions
from retention.models import DeletedFile, Hold, PurgeRun, Refusal
from staff.models import Role
from tests import factories
from tests.races import race
from tests.retention.records import place
from tests.threads import in_threads
from visits.models import Enquiry

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def officer():
    return factories.make_user(Role.GOVERNANCE)


@pytest.fixture
def held(officer) -> Hold:
    return place(factories.make_enquiry(by=officer, narrative="said"), officer)


def test_review_waits_for_a_release_and_sees_it(held, officer):
    ended = race(
        lambda: actions.release_hold(held, by=officer),
        lambda: actions.review_hold(held, review_on=london_today() + dt.timedelta(days=9), by=officer),
    )

    assert ended.waited
    assert isinstance(ended.second, actions.AlreadyReleased)


def test_confirmation_waits_for_another_and_sees_it(officer):
    run = PurgeRun.objects.create(
        cut_off=london_today(), policy_version="x", state="refused", refusal=Refusal.CLOCK_AHEAD
    )

    def begin() -> None:
        locked = PurgeRun.objects.select_for_update().get(pk=run.pk)
        locked.state, locked.refusal = "running", ""
        locked.save()

    ended = race(begin, lambda: actions.confirm_purge(run, by=officer))

    assert ended.waited
    assert isinstance(ended.second, actions.NotConfirmable)


def test_resealing_passes_over_a_record_that_somebody_edits(held, settings):
    settings.BACKUP_HORIZON_DAYS = 365 * 7  # all of them are near
    before = Enquiry.objects.get().sealed_until

    with transaction.atomic():
        Enquiry.objects.select_for_update().get()
        in_threads(actions.reseal_held)
        assert Enquiry.objects.get().sealed_until == before

    actions.reseal_held()
    assert Enquiry.objects.get().sealed_until > before


def test_file_that_another_is_removing_is_passed_over(monkeypatch):
    note = DeletedFile.objects.create(record_type="nothing", field="file", name="x")

    with transaction.atomic():
        DeletedFile.objects.select_for_update().get(pk=note.pk)
        assert in_threads(actions.remove_files) == [0]

    assert actions.remove_files() == 1  # nobody knows this kind: it stays, and is counted


def test_reminder_passes_over_a_hold_that_somebody_reviews(officer, mailoutbox):
    officer.email = "officer@example.org"
    officer.save()
    held = place(factories.make_enquiry(by=officer), officer, review_on=london_today() + dt.timedelta(days=5))

    with transaction.atomic():
        Hold.objects.select_for_update().get(pk=held.pk)
        assert in_threads(actions.remind_of_reviews) == [0]

    assert actions.remind_of_reviews() == 1
    assert len(mailoutbox) == 1
