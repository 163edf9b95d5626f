"""Two people at once: one whose transaction is still open, and one who must wait for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from django.db import connection, transaction

# In seconds: how long a race may take before it is given up. PostgreSQL gives up a lock after five.
PATIENCE = 10


class Race(NamedTuple):
    """What each of the two got: a value, or the exception that ended it; and whether the second waited."""

    first: Any
    second: Any
    waited: bool


def race(first: Callable[[], Any], second: Callable[[], Any]) -> Race:
    """Call `first` in a transaction that is not ended before `second`, called meanwhile, waits for a lock or is over.

    For tests with `transaction=True`: each has a connection of its own.
    """
    results: dict[str, Any] = {}
    held, may_end = threading.Event(), threading.Event()

    def lead() -> None:
        try:
            with transaction.atomic():
                try:
                    results["first"] = first()
                finally:
                    held.set()
                may_end.wait(PATIENCE)
        except Exception as error:
            results["first"] = error
        finally:
            connection.close()

    def follow() -> None:
        try:
            results["second"] = second()
        except Exception as error:
            results["second"] = error
        finally:
            connection.close()

    leader, follower = threading.Thread(target=lead), threading.Thread(target=follow)
    leader.start()
    assert held.wait(PATIENCE)
    follower.start()
    waited = _waits_for_a_lock(follower)
    may_end.set()
    for thread in (leader, follower):
        thread.join(PATIENCE)
        assert not thread.is_alive()
    return Race(results["first"], results["second"], waited)


def _waits_for_a_lock(follower: threading.Thread) -> bool:
    """Whether somebody waits for a lock in this database, before the follower is over."""
    until = time.monotonic() + PATIENCE
    while follower.is_alive() and time.monotonic() < until:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone()[0]:
                return True
        time.sleep(0.01)
    return False
