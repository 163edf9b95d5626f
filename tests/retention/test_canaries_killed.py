"""Canaries made and searched for by processes that are killed (SIGKILL) at any step: the end is the same."""

from __future__ import annotations

import datetime as dt
import time

import pytest

from privacy.dates import london_today
from retention import actions
from retention.actions import canaries as canary_actions
from retention.guards import last_done
from retention.models import CanaryRun
from tests import factories
from tests.retention.canary_runs import assert_planted, checkpoint, plant, purged, searched
from tests.retention.killing import killed_at
from tests.thinning import before_and_after
from visits.models import Customer, Enquiry, EnquiryEntry

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.kills,
    pytest.mark.slow("starts a process with a Django of its own, and waits until PostgreSQL has noticed its end"),
]

CANARY = "from retention.actions import canaries; canaries.SAVE_EVERY = 0.0; canaries.canary_if_due()"
SEARCHING = [
    *(("retention.actions.canaries", "_save_progress", nth) for nth in (1, 30, 55, 70)),
    *(("retention.stores:StoreResult", "add_hit", nth) for nth in (1, 2, 3)),
    ("retention.ledger:Ledger", "append", 1),
    ("retention.ledger", "_write", 1),
    ("retention.actions.canaries", "_decide", 1),
]
MAKING = [
    ("retention.actions.canaries", "canary_account", 1),
    ("privacy.actions", "_write", 1),
    ("retention.actions.canaries", "unfilled", 1),
    ("retention.actions.canaries", "_make_records", 1),
    ("retention.ledger:Ledger", "append", 1),
]


def as_soon_as_it_is_gone() -> None:
    """The next task, once the database has noticed that the killed one is gone."""
    until = time.monotonic() + 20
    while CanaryRun.objects.filter(searched_at__isnull=True, due_on__lte=last_day()).exists() or not made_at_all():
        assert time.monotonic() < until
        if actions.canary_if_due() is None:
            time.sleep(0.05)


def last_day() -> dt.date:
    last = last_done()
    assert last is not None
    return last.cut_off


def made_at_all() -> bool:
    return CanaryRun.objects.exists()


@pytest.mark.parametrize(("where", "name", "nth", "before"), before_and_after(SEARCHING))
def test_search_that_is_killed_is_finished_by_the_next(run, place, book, where, name, nth, before):
    plant(run, place)
    checkpoint()
    killed_at(where, name, nth, before, CANARY)

    as_soon_as_it_is_gone()

    run.refresh_from_db()
    assert_planted(run)
    assert [entry.kind for entry in book.entries()].count(canary_actions.SEARCHED) == 1


@pytest.mark.parametrize(("where", "name", "nth", "before"), before_and_after(MAKING))
def test_making_that_is_killed_leaves_one_whole_canary(whole_search, place, where, name, nth, before):
    factories.make_service()
    actions.purge(london_today())
    killed_at(where, name, nth, before, CANARY)

    as_soon_as_it_is_gone()

    run = CanaryRun.objects.get()
    assert Customer.objects.count() == Enquiry.objects.count() == EnquiryEntry.objects.count() == 1
    assert searched(purged(run)).state == "clean"
