"""Delete what is due with all that belongs to it, then destroy its days' keys.

May be killed anywhere and run again, by two at once: each step is either in one transaction with its count, or asks
what is left to do. The order matters (docs/decisions/0008): intent in the ledger, rows, search words, keys, result.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import math
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from privacy.actions import sweep_search, unindex_records
from privacy.dates import LONDON
from privacy.keyring import KeyringUnavailable, keyring
from privacy.locks import try_lock
from privacy.naming import name_of
from privacy.register import render
from retention.actions.files import note_files, remove_files
from retention.actions.holds import reseal_held
from retention.guards import days_sealed_until, due_by_model, last_done, refusal, sealed_for_no_day
from retention.ledger import LedgerDamaged, LedgerUnavailable, ledger
from retention.ledger_state import INTENT, KEYS_INTENT, KEYS_RESULT, RESULT, ledger_state
from retention.models import PurgeCount, PurgeRun
from retention.relations import due, due_by_day, followers, held, is_retained, past, purged_models

logger = logging.getLogger(__name__)

SLICE = 500
# The advisory lock of a purge: one at a time.
PURGE_LOCK = 0x6057
PURGE_AT = dt.time(3, 15)
FORECAST_DAYS = 30
RETRY_LEFT = dt.timedelta(hours=1)


class NotConfirmable(Exception):
    """The purge was not refused, or for a reason that a person cannot overrule."""


def purge_if_due(*, seconds: float = math.inf) -> PurgeRun | None:
    """Run the purge that should have run by now and has not, for at most `seconds`; None if nothing is to be done."""
    try:
        destroy_again()
    except (KeyringUnavailable, LedgerDamaged, LedgerUnavailable) as error:
        logger.error("%s", type(error).__name__)  # the purge is refused for it below, where people see it
    now = timezone.now().astimezone(LONDON)
    cut_off = now.date() if now.time() >= PURGE_AT else now.date() - dt.timedelta(days=1)
    last = last_done()
    if last is not None and last.cut_off >= cut_off and not _unfinished():
        tried = last.finished_at
        if not last.left or tried is None or now - tried < RETRY_LEFT:
            return None
    return purge(cut_off, seconds=seconds)


def purge(
    cut_off: dt.date,
    *,
    seconds: float = math.inf,
    progress: Callable[[int, int], None] = lambda done, total: None,
    replayed: bool = False,
) -> PurgeRun | None:
    """Delete what is due up to `cut_off` and destroy its days' keys; returns the run, None if another one is at it.

    An unfinished run is finished first, with its own cut-off. After `seconds` it stops between two slices, unfinished.
    A run that must not begin is left `refused` with the reason (`retention.guards`; fewer apply when `replayed`).
    """
    until = time.monotonic() + seconds
    with try_lock(PURGE_LOCK) as is_alone:
        if not is_alone:
            return None
        run = _unfinished() or PurgeRun.objects.create(cut_off=cut_off, policy_version=policy_version())
        if run.state == PurgeRun.State.REFUSED and run.cut_off != cut_off and not run.counts.exists():
            run = _give_new_cut_off(run, cut_off)
        strange = sealed_for_no_day(run.cut_off)
        if strange:
            logger.error("purge: sealed for a day that cannot be, and passed over: %s", strange)
        run.passed_over = sum(map(len, strange.values()))
        run.save(update_fields=["passed_over"])
        reason = refusal(run, replayed=replayed)
        if reason is not None:
            logger.error("purge refused: %s", reason.value)
            run.state, run.refusal = PurgeRun.State.REFUSED, reason
            run.save(update_fields=["state", "refusal"])
            return run
        ledger().mend()  # a writer that was killed may have left one copy an entry behind
        reseal_held()  # what stays needs no key that goes
        _announce(run)
        if _delete_due(run, until, progress):
            sweep_search()
            _destroy_keys(run)
            _finish(run)
            remove_files()  # last, since a store of files that fails must stop nothing else
    return run


@transaction.atomic
def confirm_purge(run: PurgeRun, *, by: Any) -> PurgeRun:
    """Let a purge run that was refused for a reason a person can overrule. Raises NotConfirmable."""
    locked = PurgeRun.objects.select_for_update().get(pk=run.pk)
    if not locked.may_be_confirmed:
        raise NotConfirmable
    locked.confirmed_by, locked.confirmed_at = by, timezone.now()
    locked.save(update_fields=["confirmed_by", "confirmed_at"])
    return locked


def destroy_again() -> int:
    """Destroy keys that the ledger says were destroyed and that exist again; returns how many files went."""
    gone = ledger_state().destroyed
    back = [name for name in keyring().due(dt.date.max) if _key_name(name) in gone]
    removed = keyring().destroy(*back) if back else 0
    if removed:
        logger.error("keys destroyed before had come back: %s files destroyed again", removed)
    return removed


def policy_version() -> str:
    """The first 16 hexadecimal digits of the data register's SHA-256: which policies are in force."""
    return hashlib.sha256(render().encode()).hexdigest()[:16]


def _unfinished() -> PurgeRun | None:
    """The run that is not done, of which there is at most one."""
    return PurgeRun.objects.filter(finished_at__isnull=True).first()


def _give_new_cut_off(run: PurgeRun, cut_off: dt.date) -> PurgeRun:
    """Give a refused run that deleted nothing a new cut-off, and drop its confirmation."""
    run.cut_off, run.confirmed_at, run.confirmed_by = cut_off, None, None
    run.save(update_fields=["cut_off", "confirmed_at", "confirmed_by"])
    return run


def _announce(run: PurgeRun) -> None:
    """Count what is due and held, and write the intent to the ledger; each once a run."""
    if run.state == PurgeRun.State.REFUSED or not run.counts.exists():
        with transaction.atomic():
            run.state, run.refusal = PurgeRun.State.RUNNING, ""
            run.save(update_fields=["state", "refusal"])
            number = due_by_model(run.cut_off)
            PurgeCount.objects.bulk_create(
                [
                    PurgeCount(
                        run=run,
                        record_type=name_of(model),
                        due=number[name_of(model)],
                        held=held(model, run.cut_off).count(),
                    )
                    for model in purged_models()
                ],
                ignore_conflicts=True,
            )
    if not _written(run, INTENT):
        counts = run.counts.order_by("record_type")
        ledger().append(
            INTENT,
            {
                "run": str(run.identity),
                "cut_off": run.cut_off.isoformat(),
                "policy": run.policy_version,
                "due": {count.record_type: count.due for count in counts},
                "held": {count.record_type: count.held for count in counts},
            },
        )


def _written(run: PurgeRun, kind: str) -> list[dict[str, Any]]:
    """The bodies of this run's entries of one kind in the ledger."""
    return [entry.body for entry in ledger().entries() if entry.kind == kind and entry.body["run"] == str(run.identity)]


def _delete_due(run: PurgeRun, until: float, progress: Callable[[int, int], None]) -> bool:
    """Delete slice by slice; False when the monotonic time `until` was reached before the end."""
    total = sum(run.counts.values_list("due", flat=True))
    done = sum(run.counts.values_list("deleted", flat=True))
    for model in purged_models():
        while True:
            if time.monotonic() >= until:
                return False
            number = _delete_slice(run, model)
            if not number:
                break
            done += number
            progress(min(done, total), total)
    progress(total, total)
    return True


@transaction.atomic
def _delete_slice(run: PurgeRun, model: Any) -> int:
    """Delete up to SLICE due records of one kind with all that belongs to them; returns how many.

    A record that somebody has locked is passed over: placing a hold and editing lock it. Whatever changed the row
    before this got its lock is seen, since PostgreSQL looks at the row again.
    """
    rows = due(model, run.cut_off).order_by("expires_on")
    with connection.cursor() as cursor:
        # A crash may undo the last slices, counts and all: they are done again. The sweep's commit secures them all,
        # before any key goes.
        cursor.execute("SET LOCAL synchronous_commit = off")
        ids = list(rows.select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True)[:SLICE])
        deleted: Counter[str] = Counter()
        _delete(cursor, model, ids, deleted)
    for name, number in (+deleted).items():
        updated = PurgeCount.objects.filter(run=run, record_type=name).update(deleted=F("deleted") + number)
        if not updated:
            PurgeCount.objects.create(run=run, record_type=name, deleted=number)
    return len(ids)


def _delete(cursor: Any, model: Any, ids: list[int], deleted: Counter[str]) -> None:
    """Delete records of one kind, first what follows them, and add the numbers to `deleted` by kind.

    The statements take one array, since PostgreSQL plans a list of 500 anew each time.
    """
    if not ids:
        return
    for follower, name in followers(model):
        field: Any = follower._meta.get_field(name)
        (table, key), column = _table_and_key(follower), connection.ops.quote_name(field.column)
        cursor.execute(f"SELECT {key} FROM {table} WHERE {column} = ANY(%s)", [ids])  # noqa: S608 - names of our own
        _delete(cursor, follower, [number for (number,) in cursor], deleted)
    note_files(model, ids)
    if model.data_policy.search:
        unindex_records(name_of(model), ids)
    table, key = _table_and_key(model)
    canary = "is_canary" if is_retained(model) else "false"
    cursor.execute(f"DELETE FROM {table} WHERE {key} = ANY(%s) RETURNING {canary}", [ids])  # noqa: S608 - our names
    deleted[name_of(model)] += sum(not is_canary for (is_canary,) in cursor)


def _table_and_key(model: Any) -> tuple[str, str]:
    """The names of a model's table and primary key, quoted."""
    quote = connection.ops.quote_name
    return quote(model._meta.db_table), quote(model._meta.pk.column)


def _destroy_keys(run: PurgeRun) -> None:
    """Destroy the keys of the days up to the cut-off under which nothing is sealed any more."""
    needed = days_sealed_until(run.cut_off)
    if needed:
        logger.error("purge: %s day keys must stay, since records past their day are sealed under them", len(needed))
    held_now = {_key_name(name): name for name in keyring().due(run.cut_off) if name[0] not in needed}
    announced = {name for body in _written(run, KEYS_INTENT) for name in body["keys"]}
    if held_now.keys() - announced:
        ledger().append(KEYS_INTENT, {"run": str(run.identity), "keys": sorted(held_now.keys() - announced)})
    keyring().destroy(*held_now.values())
    reported = {name for body in _written(run, KEYS_RESULT) for name in body["keys"]}
    destroyed = sorted((announced | held_now.keys()) - reported)
    if destroyed:
        stores = len(keyring().directories)
        ledger().append(KEYS_RESULT, {"run": str(run.identity), "keys": destroyed, "stores": stores})


def _finish(run: PurgeRun) -> None:
    """Count what could not go, forecast the next month, and write the result to ledger and database."""
    run.left = sum(past(model, run.cut_off).count() for model in purged_models())
    if run.left:
        logger.error("purge: %s records past their day could not go", run.left)
    run.keys_destroyed = len({name for body in _written(run, KEYS_RESULT) for name in body["keys"]})
    if not _written(run, RESULT):
        counts = run.counts.order_by("record_type")
        ledger().append(
            RESULT,
            {
                "run": str(run.identity),
                "deleted": {count.record_type: count.deleted for count in counts},
                "held": {count.record_type: count.held for count in counts},
                "left": run.left,
                "keys": run.keys_destroyed,
            },
        )
    run.head = ledger().head()
    run.forecast = forecast(run.cut_off)
    run.state, run.finished_at = PurgeRun.State.DONE, timezone.now()
    run.save(update_fields=["left", "keys_destroyed", "head", "forecast", "state", "finished_at"])


def forecast(after: dt.date) -> dict[str, dict[str, int]]:
    """For each of the next FORECAST_DAYS days: how many records by kind will be due by then that are not due now."""
    last = after + dt.timedelta(days=FORECAST_DAYS)
    days = [after + dt.timedelta(days=number) for number in range(1, FORECAST_DAYS + 1)]
    foreseen: dict[str, dict[str, int]] = {day.isoformat(): {} for day in days}
    due_on = due_by_day(after, last)
    for model in purged_models():
        period = model.data_policy.keep  # type: ignore[attr-defined]
        if not period.years and period.days <= FORECAST_DAYS:
            continue  # made and gone within the month: nobody can foresee it
        number, total = due_on[name_of(model)], 0
        for day in days:
            total += number.get(day, 0)
            foreseen[day.isoformat()][name_of(model)] = total
    return foreseen


def _key_name(name: tuple[dt.date, int]) -> str:
    return f"{name[0].isoformat()}.{name[1]}"
