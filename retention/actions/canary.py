"""The standing canary: a synthetic person, made each night, purged the next one like anybody, and then looked for.

No step of it is special to the purge. Making, searching and writing down may each be killed anywhere and run again.
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
from retention import canaries
from retention.actions.locking import alone
from retention.guards import last_done
from retention.ledger import LedgerDamaged, LedgerUnavailable, ledger
from retention.models import CanaryRun, PurgeRun
from retention.stores import Look, Outcome, Store, stores
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
    """Make the coming night's canary unless there is one, then look for those that were purged, for so many seconds.

    Returns the one that was looked for last, or made; None when there was nothing to do, or another process is at it.
    """
    until = time.monotonic() + seconds
    with alone(CANARY_LOCK) as is_alone:
        if not is_alone:
            return None
        touched = _make_if_due()
        for run in to_be_searched():
            touched = search_canary(run, until=until, progress=progress)
            if touched.searched_at is None:
                break
    return touched


def _make_if_due() -> CanaryRun | None:
    """Tonight's canary, once tonight's purge is done. That none can be made must not stop the search for the last."""
    last = last_done()
    if last is None or last.cut_off < london_today():
        return None
    try:
        return make_canary()
    except (canaries.NoCanary, KeyringUnavailable) as error:
        logger.error("no canary: %s", str(error))  # names of models and directories: of ours
        return None


def make_canary() -> CanaryRun | None:
    """A canary that is due tomorrow, sealed under tomorrow's key; None when there is one already.

    Raises NoCanary when one cannot be made whole, KeyringUnavailable.
    """
    if CanaryRun.objects.filter(due_on__gt=london_today()).exists():
        return None
    run = _make_records(canaries.due_day(london_today()))
    # The only place where the control of a run is said aloud: whatever keeps this log can be shown to be seen.
    logger.info("canary made, control %s", run.control)
    _tell(MADE, {"run": str(run.identity), "due": run.due_on.isoformat(), "control": run.control})
    return run


@transaction.atomic
def _make_records(due_on: dt.date) -> CanaryRun:
    run = CanaryRun.objects.create(due_on=due_on)
    run.refresh_from_db()
    mould = canaries.Mould(canaries.Marks(run.seed), due_on)
    for maker in canaries.makers():
        maker(mould, canary_account())
    if missing := canaries.unfilled(due_on):
        raise canaries.NoCanary(f"No canary fills {', '.join(missing)}.")
    return run


def to_be_searched() -> list[CanaryRun]:
    """The canaries whose purge is done and for which the search is not, oldest first."""
    return [run for run in CanaryRun.objects.filter(searched_at__isnull=True).order_by("due_on") if _purge_of(run)]


def _purge_of(run: CanaryRun) -> PurgeRun | None:
    """The first purge that was begun after the canary was made, reached its day and is done."""
    since = PurgeRun.objects.filter(started_at__gte=run.made_at, cut_off__gte=run.due_on)
    return since.filter(state=PurgeRun.State.DONE).order_by("finished_at").first()


def search_canary(
    run: CanaryRun, *, until: float = math.inf, progress: Callable[[int, int], None] = lambda done, total: None
) -> CanaryRun:
    """Look for a purged canary in every store, until it was looked for everywhere or the time is over.

    Goes on where an earlier search stopped or was killed. The caller sees to it that it is the only one.
    """
    if run.state == State.ALIVE:
        took = _purge_of(run)
        run.state, run.gone_at = State.SEARCHING, took.finished_at if took else None
        run.save(update_fields=["state", "gone_at"])
    look = Look(
        needles=tuple(canaries.Marks(run.seed).needles()),
        control=run.control,
        due_on=run.due_on,
        since=(run.made_at - CLOCKS_MAY_DIFFER).timestamp(),
    )
    every = stores()
    for number, store in enumerate(every):
        progress(number, len(every))
        if not _search_store(run, store, look, until):
            return run
    progress(len(every), len(every))
    return _decide(run)


def _search_store(run: CanaryRun, store: Store, look: Look, until: float) -> bool:
    """Search one store, unless that is done; False when the time was over before it was through."""
    outcome = next(
        (Outcome(**kept) for kept in run.stores if (kept["kind"], kept["name"]) == (store.kind, store.name)),
        Outcome(store.kind, store.name),
    )
    if outcome.is_done:
        return True
    saved = time.monotonic()
    for position in store.steps(look, outcome, run.position.get(f"{store.kind} {store.name}", {})):
        moment = time.monotonic()
        if moment >= until or moment - saved >= SAVE_EVERY:
            saved = moment
            _keep(run, outcome, position)
        if moment >= until:
            return False
    outcome.is_done = True
    _keep(run, outcome, {})
    return True


def _keep(run: CanaryRun, outcome: Outcome, position: dict[str, Any]) -> None:
    """Write down together what was found and where to go on."""
    here = (outcome.kind, outcome.name)
    run.stores = [kept for kept in run.stores if (kept["kind"], kept["name"]) != here] + [outcome.as_json()]
    run.position = {f"{outcome.kind} {outcome.name}": position} if position else {}
    run.save(update_fields=["stores", "position"])


def _decide(run: CanaryRun) -> CanaryRun:
    """Say what came of it, in the ledger first: while that cannot be written the run is not over."""
    run.left = canaries.left_of(run.due_on)
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
    if _tell(SEARCHED, body):
        run.state, run.searched_at = state, timezone.now()
        if state != State.CLEAN:
            logger.error("canary %s: %s, %s hits", run.identity, state.value, run.hits)
    run.save(update_fields=["left", "keys_left", "state", "searched_at"])
    return run


def _keys_left(day: dt.date) -> int:
    """How many versions of a day's key are held still; of a directory that cannot be read the page says so itself."""
    try:
        return sum(held == day for held, _ in keyring().due(day))
    except KeyringUnavailable:
        return 0


def _tell(kind: str, body: dict[str, Any]) -> bool:
    """Write to the ledger once what was done to a canary; whether it stands there."""
    try:
        if not any(entry.kind == kind and entry.body["run"] == body["run"] for entry in ledger().entries()):
            ledger().append(kind, body)
    except (LedgerDamaged, LedgerUnavailable) as error:
        logger.error("canary: %s", type(error).__name__)
        return False
    return True
