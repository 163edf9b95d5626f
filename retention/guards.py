"""The checks before a purge: for what reasons it must not delete anything (clocks, keys, ledger, far too many)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from privacy.dates import database_now
from privacy.keyring import KeyringUnavailable, keyring
from privacy.naming import name_of
from privacy.sealed import sealed_field_names
from retention.ledger import LedgerDamaged, LedgerUnavailable, ledger
from retention.ledger_state import database_is_behind, ledger_state
from retention.models import CONFIRMABLE, PurgeRun, Refusal
from retention.relations import held, past, purged_models, retained_models

CLOCKS_MAY_DIFFER = dt.timedelta(minutes=5)
DAYS_WITHOUT_A_WORD = 7
# What may be due beyond the forecast of a week before: half as much again, and a few.
FORESEEN_FACTOR, FORESEEN_MARGIN = 1.5, 100
# How many records of a kind are named in the log.
NAMED = 50


def refusal(run: PurgeRun, *, replayed: bool = False) -> Refusal | None:
    """The first reason why `run` must not go on; None if it may.

    Reasons that a person confirmed do not count; nor, when purges are `replayed`, those that a restored database always
    gives, since the ledger says that the purges were right.
    """
    for reason, applies in CHECKS.items():
        confirmed = run.confirmed_at is not None and reason in CONFIRMABLE
        if not confirmed and not (replayed and reason in EXPECTED_OF_A_RESTORE) and applies(run):
            return reason
    return None


def last_done() -> PurgeRun | None:
    """The finished purge with the latest cut-off."""
    return PurgeRun.objects.filter(state=PurgeRun.State.DONE).order_by("-cut_off", "-finished_at").first()


def due_by_model(cut_off: dt.date) -> dict[str, int]:
    """How many records of each kind are past their day and not held."""
    return {name_of(model): past(model, cut_off).count() for model in purged_models()}


def _clocks_differ(run: PurgeRun) -> bool:
    return abs(database_now() - timezone.now()) > CLOCKS_MAY_DIFFER


def _clock_behind(run: PurgeRun) -> bool:
    last = last_done()
    return last is not None and run.cut_off < last.cut_off


def _clock_ahead(run: PurgeRun) -> bool:
    last = last_done()
    return last is not None and run.cut_off > last.cut_off + dt.timedelta(days=DAYS_WITHOUT_A_WORD)


def _far_more_due(run: PurgeRun) -> bool:
    """Whether more is due than the newest forecast that is a week old and reaches the cut-off allows."""
    day, week = run.cut_off.isoformat(), dt.timedelta(days=7)
    earlier = PurgeRun.objects.filter(
        state=PurgeRun.State.DONE, cut_off__lte=run.cut_off - week, forecast__has_key=day
    ).order_by("-cut_off", "-finished_at")
    forecast = earlier.values_list("forecast", flat=True).first()
    if forecast is None:
        return False
    counts = due_by_model(run.cut_off)
    foreseen = forecast[day]
    return any(counts.get(kind, 0) > number * FORESEEN_FACTOR + FORESEEN_MARGIN for kind, number in foreseen.items())


def _keys_unavailable(run: PurgeRun) -> bool:
    try:
        keyring().check()
        keyring().due(run.cut_off)
    except KeyringUnavailable:
        return True
    return False


def _keys_missing(run: PurgeRun) -> bool:
    """Whether a record that stays needs a key that no directory holds whole.

    A key cut short, or put under another day's name, is as good as missing, and the purge would go on to shred what
    lies under the due days' names. What the ledger says was destroyed is not missed: a restore brought its record back.
    """
    ring = keyring()
    gone = {dt.date.fromisoformat(name.partition(".")[0]) for name in ledger_state().destroyed}
    needed = days_sealed_after(run.cut_off) | (_days_of_held(run.cut_off) - gone)
    names = {name for directory in ring.directories for name in ring.names(directory) if name[0] in needed}
    whole = {name for name in names if any(ring.opens(directory, *name) for directory in ring.directories)}
    return bool(needed - {day for day, _ in names}) or whole != names


def days_sealed_after(cut_off: dt.date) -> set[dt.date]:
    """The days to come under whose keys records are sealed, as far as any record can have been sealed."""
    days: set[dt.date] = set()
    for model in retained_models():
        later: Any = model._base_manager.filter(_filled(model), sealed_until__gt=cut_off)
        later = later.filter(sealed_until__lte=last_day_of_all(cut_off))
        days.update(later.values_list("sealed_until", flat=True).distinct())
    return days


def last_day_of_all(cut_off: dt.date) -> dt.date:
    """The last day for which this site can have sealed anything: the longest period, a hold's reach, and a year."""
    longest = max(model.data_policy.keep.after(cut_off) for model in purged_models())  # type: ignore[attr-defined]
    return longest + dt.timedelta(days=366 + 2 * settings.BACKUP_HORIZON_DAYS)


def sealed_for_no_day(cut_off: dt.date) -> dict[str, list[int]]:
    """The numbers of records, by kind, that say they are sealed for a day beyond all: only SQL can have written it.

    No key was ever made for such a day, so nothing of them opens. They stop no purge.
    """
    found = {}
    for model in retained_models():
        beyond = model._base_manager.filter(sealed_until__gt=last_day_of_all(cut_off))
        if numbers := list(beyond.order_by("pk").values_list("pk", flat=True)[:NAMED]):
            found[name_of(model)] = numbers
    return found


def _days_of_held(cut_off: dt.date) -> set[dt.date]:
    """The days up to `cut_off` under whose keys held records are still sealed."""
    days: set[dt.date] = set()
    for model in retained_models():
        here: Any = held(model, cut_off).filter(_filled(model), sealed_until__lte=cut_off)
        days.update(here.values_list("sealed_until", flat=True).distinct())
    return days


def _filled(model: Any) -> Q:
    """The condition that a record has anything sealed."""
    filled = Q()
    for name in sealed_field_names(model):
        filled |= Q(**{f"{name}__filled": True})
    return filled


def days_sealed_until(cut_off: dt.date) -> set[dt.date]:
    """The days up to `cut_off` under whose keys a record is still sealed: keys that must stay."""
    days: set[dt.date] = set()
    for model in retained_models():
        # A record is sealed for its own day or a later one, so that the index of due days finds it.
        here: Any = model._base_manager.filter(expires_on__lte=cut_off, sealed_until__lte=cut_off)
        days.update(here.values_list("sealed_until", flat=True).distinct())
    return days


def _ledger_unavailable(run: PurgeRun) -> bool:
    try:
        ledger().verify()
    except LedgerUnavailable:
        return True
    return False


def _ledger_damaged(run: PurgeRun) -> bool:
    try:
        ledger().entries()
    except LedgerDamaged:
        return True
    return False


def _ledger_short(run: PurgeRun) -> bool:
    last = last_done()
    return last is not None and last.head not in {entry.hash for entry in ledger().entries()}


def _database_behind(run: PurgeRun) -> bool:
    return database_is_behind()


EXPECTED_OF_A_RESTORE = CONFIRMABLE | {Refusal.DATABASE_BEHIND}

# In this order: what can be read is asked before what it says.
CHECKS: dict[Refusal, Callable[[PurgeRun], bool]] = {
    Refusal.CLOCKS_DIFFER: _clocks_differ,
    Refusal.CLOCK_BEHIND: _clock_behind,
    Refusal.KEYS_UNAVAILABLE: _keys_unavailable,
    Refusal.LEDGER_UNAVAILABLE: _ledger_unavailable,
    Refusal.LEDGER_DAMAGED: _ledger_damaged,
    Refusal.LEDGER_SHORT: _ledger_short,
    Refusal.DATABASE_BEHIND: _database_behind,
    Refusal.KEYS_MISSING: _keys_missing,
    Refusal.CLOCK_AHEAD: _clock_ahead,
    Refusal.FAR_MORE_DUE: _far_more_due,
}
