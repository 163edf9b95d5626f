"""Make a canary each night, and search every store for the one that the last purge deleted.

The purge treats a canary as any other record. Each action here may be killed anywhere and run again.
"""

from __future__ import annotations

import datetime as dt
import logging
import math
import time
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils import timezone

from privacy.dates import london_today
from privacy.keyring import KeyringUnavailable, keyring
from privacy.locks import try_lock
from retention.canary_makers import CanaryFields, NoCanary, count_left, due_day, makers, unfilled
from retention.guards import last_done
from retention.ledger import LedgerDamaged, LedgerUnavailable, ledger
from retention.marks import Marks
from retention.models import CanaryRun, PurgeRun
from retention.stores import SearchTarget, Store, StoreResult, stores
from staff.actions import canary_account

logger = logging.getLogger(__name__)

MADE, SEARCHED = "canary made", "canary searched"
# The advisory lock of whatever is done to canaries.
CANARY_LOCK = 0xCA4A
# How often what was found is written down while a search goes on, in seconds.
SAVE_EVERY = 2.0
# A file last changed so long before the canary was made cannot hold it, whatever the clocks of two machines say.
CLOCKS_MAY_DIFFER = dt.timedelta(days=1)
State = CanaryRun.State


def canary_if_due(
    *, seconds: float = math.inf, progress: Callable[[int, int], None] = lambda done, total: None
) -> CanaryRun | None:
    """Make the coming night's canary unless there is one, then search for those that were purged, for `seconds`.

    Returns the one that was searched for last, or made; None when there was nothing to do, or another process is at it.
    """
    until = time.monotonic() + seconds
    with try_lock(CANARY_LOCK) as is_alone:
        if not is_alone:
            return None
        touched = _make_if_due()
        for run in to_be_searched():
            touched = search_canary(run, until=until, progress=progress)
            if touched.searched_at is None:
                break
    return touched


def _make_if_due() -> CanaryRun | None:
    """Make tonight's canary if tonight's purge is done; None when it is not, or when none can be made (logged)."""
    last = last_done()
    if last is None or last.cut_off < london_today():
        return None
    try:
        return make_canary()
    except (NoCanary, KeyringUnavailable) as error:
        logger.error("no canary: %s", str(error))  # names of models and directories: of ours
        return None


def make_canary() -> CanaryRun | None:
    """Make a canary that is due tomorrow, sealed under tomorrow's key; None when there is one already.

    Raises NoCanary when one cannot be made whole, KeyringUnavailable.
    """
    if CanaryRun.objects.filter(due_on__gt=london_today()).exists():
        return None
    run = _make_records(due_day(london_today()))
    # Logged once, here: a search that finds the control in a log has shown that it reads that log.
    logger.info("canary made, control %s", run.control)
    _append_once(MADE, {"run": str(run.identity), "due": run.due_on.isoformat(), "control": run.control})
    return run


@transaction.atomic
def _make_records(due_on: dt.date) -> CanaryRun:
    run = CanaryRun.objects.create(due_on=due_on)
    run.refresh_from_db()
    fields = CanaryFields(Marks(run.seed), due_on)
    for maker in makers():
        maker(fields, canary_account())
    if missing := unfilled(due_on):
        raise NoCanary(f"No canary fills {', '.join(missing)}.")
    return run


def to_be_searched() -> list[CanaryRun]:
    """The canaries that a purge deleted and whose search is not finished, oldest first."""
    return [run for run in CanaryRun.objects.filter(searched_at__isnull=True).order_by("due_on") if _purge_of(run)]


def _purge_of(run: CanaryRun) -> PurgeRun | None:
    """The first finished purge that began after the canary was made and reached its day."""
    since = PurgeRun.objects.filter(started_at__gte=run.made_at, cut_off__gte=run.due_on)
    return since.filter(state=PurgeRun.State.DONE).order_by("finished_at").first()


def search_canary(
    run: CanaryRun, *, until: float = math.inf, progress: Callable[[int, int], None] = lambda done, total: None
) -> CanaryRun:
    """Search every store for a purged canary, until all are searched or the monotonic time `until` is reached.

    Goes on where an earlier search stopped or was killed. The caller holds CANARY_LOCK.
    """
    if run.state == State.ALIVE:
        purge = _purge_of(run)
        run.state, run.gone_at = State.SEARCHING, purge.finished_at if purge else None
        run.save(update_fields=["state", "gone_at"])
    target = SearchTarget(
        needles=tuple(Marks(run.seed).needles()),
        control=run.control,
        due_on=run.due_on,
        since=(run.made_at - CLOCKS_MAY_DIFFER).timestamp(),
    )
    every = stores()
    for number, store in enumerate(every):
        progress(number, len(every))
        if not _search_store(run, store, target, until):
            return run
    progress(len(every), len(every))
    return _decide(run)


def _search_store(run: CanaryRun, store: Store, target: SearchTarget, until: float) -> bool:
    """Search one store unless that is done; False when the time was over before the end."""
    result = next(
        (StoreResult(**kept) for kept in run.stores if (kept["kind"], kept["name"]) == (store.kind, store.name)),
        StoreResult(store.kind, store.name),
    )
    if result.is_done:
        return True
    saved = time.monotonic()
    for position in store.steps(target, result, run.position.get(f"{store.kind} {store.name}", {})):
        moment = time.monotonic()
        if moment >= until or moment - saved >= SAVE_EVERY:
            saved = moment
            _save_progress(run, result, position)
        if moment >= until:
            return False
    result.is_done = True
    _save_progress(run, result, {})
    return True


def _save_progress(run: CanaryRun, result: StoreResult, position: dict[str, Any]) -> None:
    """Save in one statement what was found in a store and where to go on."""
    here = (result.kind, result.name)
    run.stores = [kept for kept in run.stores if (kept["kind"], kept["name"]) != here] + [result.as_json()]
    run.position = {f"{result.kind} {result.name}": position} if position else {}
    run.save(update_fields=["stores", "position"])


def _decide(run: CanaryRun) -> CanaryRun:
    """Decide whether the canary is gone; the ledger is told first, and while it cannot be written the run goes on."""
    run.left = count_left(run.due_on)
    run.keys_left = _keys_left(run.due_on)
    seen = {kept["kind"]: kept["proved"] for kept in run.stores}
    state = State.CLEAN if seen["database"] else State.BLIND
    if run.hits or run.left or run.keys_left:
        state = State.FOUND
    body = {
        "run": str(run.identity),
        "due": run.due_on.isoformat(),
        "hits": run.hits,
        "left": run.left,
        "keys": run.keys_left,
        "stores": len(run.stores),
        "away": sum(kept["is_away"] for kept in run.stores),
        "proved": sum(kept["proved"] for kept in run.stores),
    }
    if _append_once(SEARCHED, body):
        run.state, run.searched_at = state, timezone.now()
        if state != State.CLEAN:
            logger.error("canary %s: %s, %s hits", run.identity, state.value, run.hits)
    run.save(update_fields=["left", "keys_left", "state", "searched_at"])
    return run


def _keys_left(day: dt.date) -> int:
    """How many versions of a day's key still exist; 0 when a directory cannot be read: the page shows that itself."""
    try:
        return sum(held == day for held, _ in keyring().due(day))
    except KeyringUnavailable:
        return 0


def _append_once(kind: str, body: dict[str, Any]) -> bool:
    """Write an entry about a canary to the ledger unless it is there; whether it is there now."""
    try:
        if not any(entry.kind == kind and entry.body["run"] == body["run"] for entry in ledger().entries()):
            ledger().append(kind, body)
    except (LedgerDamaged, LedgerUnavailable) as error:
        logger.error("canary: %s", type(error).__name__)
        return False
    return True
