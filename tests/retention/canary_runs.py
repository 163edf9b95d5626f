"""Canaries made, purged and searched for, and marks planted where they must not be."""

from __future__ import annotations

import datetime as dt

import psycopg

from privacy.dates import london_today
from retention import actions
from retention.marks import Marks
from retention.models import CanaryRun
from retention.stores.files import CHUNK
from staff.models import Location
from tests import factories
from tests.retention.restoring import superuser

TOMORROW = dt.timedelta(days=1)


def made() -> CanaryRun:
    """A canary as the night makes it, after its purge."""
    factories.make_service()
    actions.purge(london_today())
    run = actions.canary_if_due()
    assert run is not None
    return run


def purged(run: CanaryRun) -> CanaryRun:
    """The purge of the night in which it is due."""
    assert actions.purge(run.due_on).state == "done"
    return run


def on_disk() -> None:
    """The search projection as it is in its files: an unlogged table's pages are written when it is made anew."""
    with psycopg.connect(superuser(), autocommit=True) as server:
        server.execute("VACUUM (FULL) privacy_searchentry, privacy_searchword")


def checkpoint() -> None:
    """What PostgreSQL has in memory is in its files afterwards, and replaced files are gone."""
    with psycopg.connect(superuser(), autocommit=True) as server:
        server.execute("CHECKPOINT")
        server.execute("CHECKPOINT")


def searched(run: CanaryRun) -> CanaryRun:
    """What the night that purged it finds of it."""
    checkpoint()
    actions.canary_if_due()
    run.refresh_from_db()
    return run


def store(run: CanaryRun, kind: str, name: str = "") -> dict:
    """What was found in one store, or in the first of its kind."""
    return next(kept for kept in run.stores if kept["kind"] == kind and kept["name"].endswith(name))


def mark(run: CanaryRun) -> str:
    """One of its marks, as its family name was."""
    return Marks(run.seed).letters + "abcdefgh"


def in_a_column(text: str) -> None:
    """A mark where it is not sealed; nothing writes to the audit that it came there."""
    if not Location.objects.exists():
        factories.make_location()
    Location.objects.update(name_en=text)


def plant(run, place) -> None:
    (place / "one").write_bytes(b"x" * (3 * CHUNK) + mark(run).encode() + b"x" * CHUNK + mark(run).encode())
    (place / "two").write_bytes(mark(run).encode())
    for name in "abc":
        (place / name).mkdir()
        (place / name / "empty").write_bytes(b"")
    in_a_column(mark(run))


def assert_planted(run) -> None:
    assert (run.state, run.hits) == ("found", 3)
    assert store(run, "database")["places"] == ["public.staff_location"]
    assert store(run, "path")["places"] == ["one", "two"]
    assert store(run, "path")["read"] == 5
