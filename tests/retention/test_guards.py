"""What a purge asks before it begins: each answer that must stop it, and who may say that it is right."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from privacy.dates import london_today
from retention import actions
from retention.models import PurgeRun, Refusal
from sharing.models import AccessEvent
from tests import factories
from tests.retention.records import contact, due_day
from visits.models import Enquiry

pytestmark = pytest.mark.django_db(transaction=True)


def refused(cut_off: dt.date) -> str:
    run = actions.purge(cut_off)
    assert run.state == "refused", run.state
    return run.refusal


def done_until(cut_off: dt.date) -> PurgeRun:
    run = actions.purge(cut_off)
    assert run.state == "done"
    return run


def test_date_before_the_last_purge_is_refused(adviser):
    done_until(london_today())

    assert refused(london_today() - dt.timedelta(days=1)) == Refusal.CLOCK_BEHIND


def test_date_that_jumped_is_refused_until_a_person_confirms(adviser, whole_search):
    contact(adviser)
    done_until(london_today())

    assert refused(due_day()) == Refusal.CLOCK_AHEAD
    assert Enquiry.objects.exists()
    actions.confirm_purge(PurgeRun.objects.get(state="refused"), by=adviser)
    assert actions.purge(due_day()).state == "done"
    assert not Enquiry.objects.exists()


def test_word_given_for_one_day_does_not_count_for_another(adviser, whole_search):
    contact(adviser)
    done_until(london_today())
    refused(london_today() + dt.timedelta(days=9))
    actions.confirm_purge(PurgeRun.objects.get(state="refused"), by=adviser)

    assert refused(due_day()) == Refusal.CLOCK_AHEAD
    assert Enquiry.objects.exists()


def test_seven_days_off_need_no_word(adviser):
    done_until(london_today())

    assert actions.purge(london_today() + dt.timedelta(days=7)).state == "done"


def test_clocks_that_differ_are_refused(adviser, whole_search):
    contact(adviser)

    with time_machine.travel(timezone.now() + dt.timedelta(minutes=6)):
        assert refused(due_day()) == Refusal.CLOCKS_DIFFER
    assert Enquiry.objects.exists()


def looked_at(number: int) -> None:
    """So many entries of the access log, written today."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO sharing_accessevent (at, by_id, record_type, record_ids, categories, place)"
            " SELECT now(), %s, 'customer', '{}', '{}', 'counter' FROM generate_series(1, %s)",
            [factories.make_user().pk, number],
        )


def test_far_more_than_was_foreseen_is_refused(adviser):
    week_before = done_until(due_day() - dt.timedelta(days=7))
    assert week_before.forecast[due_day().isoformat()]["access_event"] == 0
    looked_at(101)

    assert refused(due_day()) == Refusal.FAR_MORE_DUE
    assert AccessEvent.objects.count() == 101
    actions.confirm_purge(PurgeRun.objects.get(state="refused"), by=adviser)
    assert actions.purge(due_day()).state == "done"
    assert not AccessEvent.objects.exists()


@pytest.mark.parametrize(("foreseen", "more"), [(0, 100), (150, 0), (150, 175)])
def test_what_was_foreseen_and_half_as_much_and_a_hundred_is_not_refused(foreseen, more):
    looked_at(foreseen)
    week_before = done_until(due_day() - dt.timedelta(days=7))
    assert week_before.forecast[due_day().isoformat()]["access_event"] == foreseen
    looked_at(more)

    assert actions.purge(due_day()).state == "done"


def test_missing_key_directory_is_refused(adviser, whole_search, keys):
    contact(adviser)
    keys.directories[1].rename(keys.directories[1].with_name("away"))

    assert refused(due_day()) == Refusal.KEYS_UNAVAILABLE
    assert Enquiry.objects.count() == 1


def test_lost_keyring_is_refused(adviser, whole_search, keys):
    contact(adviser)
    for directory in keys.directories:
        for file in directory.iterdir():
            file.unlink()

    assert refused(london_today()) == Refusal.KEYS_MISSING
    with pytest.raises(actions.NotConfirmable):
        actions.confirm_purge(PurgeRun.objects.get(), by=adviser)


def test_damaged_ledger_is_refused_and_mended(adviser, whole_search, book):
    done_until(london_today())
    contact(adviser)
    book.paths[1].unlink()

    assert refused(london_today() + dt.timedelta(days=1)) == Refusal.LEDGER_DAMAGED
    book.mend()
    assert actions.purge(london_today() + dt.timedelta(days=1)).state == "done"


def test_night_with_a_damaged_ledger_is_refused_where_people_see_it(adviser, book):
    done_until(london_today() - dt.timedelta(days=1))
    book.paths[1].unlink()

    run = actions.purge_if_due()

    assert (run.state, run.refusal) == ("refused", Refusal.LEDGER_DAMAGED)


def test_purge_that_was_stopped_midway_keeps_its_cut_off(adviser, whole_search, keys):
    contact(adviser)
    actions.purge(due_day(), seconds=0)
    keys.directories[1].rename(keys.directories[1].with_name("away"))
    assert actions.purge(due_day() + dt.timedelta(days=1)).state == "refused"
    keys.directories[1].with_name("away").rename(keys.directories[1])

    run = actions.purge(due_day() + dt.timedelta(days=2))

    assert (run.state, run.cut_off) == ("done", due_day())
    assert not Enquiry.objects.exists()


def test_ledger_that_vanished_whole_is_refused(adviser, book):
    done_until(london_today())
    for path in book.paths:
        path.unlink()

    assert refused(london_today() + dt.timedelta(days=1)) == Refusal.LEDGER_SHORT


# --- every model with a policy ----------------------------------------------------------------------------------------
