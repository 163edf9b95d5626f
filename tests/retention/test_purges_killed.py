"""A purge that is killed (SIGKILL) at each step ends as an undisturbed one does. At random: `test_purges_storm`."""

from __future__ import annotations

import time
from collections import Counter

import pytest

from privacy.keyring import keyring
from retention import actions
from retention.ledger_state import INTENT, KEYS_RESULT, RESULT
from retention.models import PurgeCount, PurgeRun
from tests.retention.killing import killed_at
from tests.retention.records import RECORDS, contact, due_day, hold, person, rows
from tests.thinning import before_and_after
from visits.models import Enquiry

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.kills]

PURGE = (
    "import datetime; from retention import actions; from retention.actions import purges; purges.SLICE = 2;"
    " actions.purge(datetime.date.fromisoformat('{}'))"
)
# The numbered steps of a purge: each entry in the ledger, each slice, the words, each key, the last save.
STEPS = [
    ("retention.actions.purges", "due_by_model", 1),
    ("retention.ledger:Ledger", "append", 1),
    ("retention.ledger:Ledger", "append", 2),
    ("retention.ledger:Ledger", "append", 3),
    ("retention.ledger:Ledger", "append", 4),
    ("retention.ledger", "_write", 2),
    ("retention.ledger", "_write", 5),
    ("retention.ledger", "_write", 7),
    ("retention.actions.purges", "unindex_records", 1),
    ("retention.actions.purges", "_delete", 1),
    ("retention.actions.purges", "_delete", 4),
    ("retention.actions.purges", "_delete_slice", 1),
    ("retention.actions.purges", "_delete_slice", 3),
    ("retention.actions.purges", "sweep_search", 1),
    ("privacy.keyring:Keyring", "destroy", 1),
    ("privacy.keyring:Keyring", "_shred", 3),
    ("privacy.keyring:Keyring", "_shred", 1),
    ("privacy.keyring:Keyring", "_shred", 2),
    ("retention.actions.purges", "forecast", 1),
]


@pytest.fixture
def site(adviser, whole_search):
    """People due on two days, one record held, one not yet due."""
    for _ in range(3):
        person(adviser, days_ago=1)
    for _ in range(5):
        contact(adviser, caller_name="Zyxwcaller")
    kept = contact(adviser, summary="zyxwheld")
    hold(kept, adviser)
    return kept


def assert_undisturbed(kept: Enquiry, book) -> None:
    """As after a purge that nobody disturbed."""
    assert rows(*RECORDS) == dict.fromkeys(RECORDS, 0) | {"visits_enquiry": 1}
    assert Enquiry.objects.get().summary == "zyxwheld"
    assert keyring().due(due_day()) == [(due_day(), 1)]
    runs = list(PurgeRun.objects.order_by("pk"))
    assert {(run.state, run.left, run.cut_off) for run in runs} == {("done", 0, due_day())}
    deleted: Counter[str] = Counter()
    for count in PurgeCount.objects.all():
        deleted[count.record_type] += count.deleted
    assert deleted["customer"] == 3
    assert deleted["enquiry"] == 8
    assert deleted["enquiry_entry"] == 3
    entries = book.entries()
    assert book.verify() == []
    assert [entry.kind for entry in entries].count(INTENT) == len(runs)
    assert [entry.kind for entry in entries].count(RESULT) == len(runs)
    destroyed = [name for entry in entries if entry.kind == KEYS_RESULT for name in entry.body["keys"]]
    assert len(destroyed) == len(set(destroyed))
    assert f"{due_day(1).isoformat()}.1" in destroyed
    assert runs[-1].head == entries[-1].hash
    assert sum(run.keys_destroyed for run in runs) == len(destroyed)


def finish() -> None:
    """The next purge, as soon as the database has noticed that the killed one is gone."""
    until = time.monotonic() + 20
    while not PurgeRun.objects.exists() or PurgeRun.objects.exclude(state="done").exists():
        assert time.monotonic() < until
        if actions.purge(due_day()) is None:
            time.sleep(0.05)


def test_undisturbed_purge(site, book):
    actions.purge(due_day())

    assert_undisturbed(site, book)


@pytest.mark.slow("starts a process with a Django of its own, and waits until PostgreSQL has noticed its end")
@pytest.mark.parametrize(("where", "name", "nth", "before"), before_and_after(STEPS))
def test_purge_killed_at_a_step_is_finished_by_the_next(site, book, where, name, nth, before):
    killed_at(where, name, nth, before, PURGE.format(due_day().isoformat()))

    finish()

    assert_undisturbed(site, book)
