"""Do again from the ledger, after a restore, what was purged, held and released since the backup.

May be killed anywhere and run again. The site serves nobody before the last step: only that makes the purges of the
ledger known to the database.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from privacy.actions import rebuild_search
from privacy.keyring import KeyMissing
from privacy.sealed import lost_days
from retention.actions.holds import place_hold_again, release_hold
from retention.actions.purges import destroy_again, purge
from retention.ledger import ledger
from retention.ledger_state import HOLD_RELEASED, HoldNote, LedgerState, ledger_state, missing_from_database
from retention.models import PurgeCount, PurgeRun
from retention.relations import retained_models
from staff.models import Role, User

logger = logging.getLogger(__name__)

REPLAYED = "purges replayed"
# What the lost days may have used up of every sequence: no reference given to one person then goes to another now.
GAP = 1_000_000

Progress = Callable[[int, int], None]


class HoldsLost(Exception):
    """So many notes of holds (`number`) do not open any more: a purge might delete what was held."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


class ReplayRefused(Exception):
    """The purge did not run: another one does, or a guard refused it, whose words are in the text."""


@dataclass(frozen=True)
class Replay:
    """Counts of what was done again."""

    runs: int  # purges that the database did not know
    released: int  # holds that had been released since the backup
    placed: int  # holds that had been placed since the backup
    without_record: int  # of those, holds on records that the backup does not have
    lost: int  # holds whose notes did not open
    unreadable: int  # held records that the backup keeps under a key that is gone
    deleted: dict[str, int]  # records that had come back, by kind
    searchable: int  # records from which the search was rebuilt


def replay_purges(
    *, accept_lost: bool = False, purging: Progress = lambda a, b: None, indexing: Progress = lambda a, b: None
) -> Replay | None:
    """Do again what the ledger has and the database lacks; None when there is nothing.

    Holds come first, so that nothing is purged which was held. Then one purge up to the latest day of the ledger's,
    the search rebuilt from what is left, and at last the purges entered in the database. Raises HoldsLost (unless the
    loss is accepted) and ReplayRefused with nothing deleted; LedgerDamaged, LedgerUnavailable and KeyringUnavailable.
    """
    missing, state = missing_from_database(), ledger_state()
    if not missing:
        return None
    notes, lost = _opened(missing.kept)
    if lost and not accept_lost:
        raise HoldsLost(len(lost))
    destroy_again()
    for hold in missing.released:
        release_hold(hold, by=None)
    placed = sum(_place_again(note, facts) for note, facts in notes)
    for note in lost:
        ledger().append(HOLD_RELEASED, {"hold": str(note.identity), "lost": True})
    run = _purge_again(state, purging)
    searchable = rebuild_search(indexing)
    _leave_gaps()
    result = Replay(
        runs=len(missing.runs),
        released=len(missing.released),
        placed=placed,
        without_record=len(notes) - placed,
        lost=len(lost),
        unreadable=_unreadable(),
        deleted=dict(run.counts.filter(deleted__gt=0).values_list("record_type", "deleted")) if run else {},
        searchable=searchable,
    )
    ledger().append(REPLAYED, {**vars(result), "purges": [str(identity) for identity in missing.runs]})
    _enter_runs(missing.runs, state)
    return result


def _opened(notes: list[HoldNote]) -> tuple[list[tuple[HoldNote, dict[str, Any]]], list[HoldNote]]:
    """The notes that open, with the fields in them, and those that do not open."""
    opened, lost = [], []
    for note in notes:
        try:
            opened.append((note, note.open()))
        except KeyMissing:
            lost.append(note)
    return opened, lost


@transaction.atomic
def _place_again(note: HoldNote, facts: dict[str, Any]) -> bool:
    """Place a hold from its note; False, and released at once, when the backup does not have the record."""
    staff = set(User.objects.values_list("pk", flat=True))
    if facts["responsible_id"] not in staff:  # an account made since the backup: somebody must answer for the hold
        governance = User.objects.filter(role=Role.GOVERNANCE, is_active=True).order_by("pk").first()
        if governance is None:
            raise ReplayRefused("Nobody of the role governance is there to answer for a hold.")
        facts = facts | {"responsible_id": governance.pk}
    if facts["placed_by_id"] not in staff:
        facts = facts | {"placed_by_id": None}
    hold, found = place_hold_again(note.identity, facts)
    if not found:
        release_hold(hold, by=None)
    return found


def _purge_again(state: LedgerState, progress: Progress) -> PurgeRun | None:
    """Purge once, up to the latest day of the ledger's purges; None when it has none. Raises ReplayRefused."""
    days = [dt.date.fromisoformat(entry.body["cut_off"]) for entry in state.begun.values()]
    if not days:
        return None
    while True:  # a run that the backup caught in the middle is finished first, with its own day
        run = purge(max(days), progress=progress, replayed=True)
        if run is None:
            raise ReplayRefused("Another purge is running.")
        if run.state == PurgeRun.State.REFUSED:
            raise ReplayRefused(str(run.get_refusal_display()))
        if run.cut_off >= max(days):
            return run


def _unreadable() -> int:
    """How many held records cannot be opened: held since the backup, which has them as they were sealed before."""
    number = 0
    for model in retained_models():
        kept = model._base_manager.filter(hold__isnull=False)
        number += kept.filter(sealed_until__in=lost_days(kept)).count()
    return number


def _leave_gaps() -> None:
    """Move every sequence on by GAP."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT setval(format('%%I.%%I', schemaname, sequencename)::regclass, coalesce(last_value, 0) + %s)"
            " FROM pg_sequences WHERE schemaname = current_schema() AND data_type = 'bigint'::regtype",
            [GAP],
        )


@transaction.atomic
def _enter_runs(runs: list[Any], state: LedgerState) -> None:
    """Enter the ledger's purges in the database as they were; from here on people may work."""
    for identity in runs:
        begun, done = state.begun[identity], state.done.get(identity)
        run = PurgeRun.objects.create(
            identity=identity,
            cut_off=dt.date.fromisoformat(begun.body["cut_off"]),
            policy_version=begun.body["policy"],
            state=PurgeRun.State.DONE,
            started_at=dt.datetime.fromisoformat(begun.at),
            finished_at=dt.datetime.fromisoformat(done.at) if done else timezone.now(),
            keys_destroyed=done.body["keys"] if done else 0,
            left=done.body["left"] if done else 0,
            head=(done or begun).hash,
        )
        deleted = done.body["deleted"] if done else {}
        PurgeCount.objects.bulk_create(
            PurgeCount(
                run=run,
                record_type=kind,
                due=begun.body["due"].get(kind, 0),
                held=begun.body["held"].get(kind, 0),
                deleted=deleted.get(kind, 0),
            )
            for kind in sorted(begun.body["due"].keys() | deleted.keys())
        )
