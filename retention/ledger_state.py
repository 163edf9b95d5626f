"""Read from the ledger what was purged, held and released, and find what of it this database does not have.

A database restored from a backup lacks what was done since. A purge's own entries name it by a random id. A hold is
noted with everything that placing it again needs, sealed under the key of a day to come like any record, and noted
again before that day: once it is released and the key is destroyed, what the ledger still has of it is noise. An entry
is written after the database committed what it is about, so a database that lacks it is older than the ledger.
"""

from __future__ import annotations

import datetime as dt
import json
import time
import uuid
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from privacy.sealed import unseal
from retention.ledger import Entry, LedgerDamaged, LedgerUnavailable, ledger
from retention.models import Hold, PurgeRun

# Kinds of entries.
INTENT, KEYS_INTENT, KEYS_RESULT, RESULT = "purge begun", "keys to destroy", "keys destroyed", "purge done"
HOLD_KEPT, HOLD_RELEASED = "hold kept", "hold released"
# What the notes of holds are sealed for.
LABEL = b"retention.ledger.hold"
# For how many seconds a process does not ask again whether the database is as new as the ledger.
CHECK_EVERY = 30


@dataclass(frozen=True)
class HoldNote:
    """The newest entry of the ledger about one hold: its fields, sealed, and the day whose key seals them."""

    identity: uuid.UUID
    until: dt.date
    sealed: bytes

    def open(self) -> dict[str, Any]:
        """The hold's fields. Raises KeyMissing when the key of its day is destroyed."""
        facts: dict[str, Any] = json.loads(unseal(self.sealed, label=LABEL))
        for name in ("placed_at", "reviewed_at"):
            facts[name] = dt.datetime.fromisoformat(facts[name])
        return facts | {"review_on": dt.date.fromisoformat(facts["review_on"])}


@dataclass
class LedgerState:
    """The ledger's entries by purge, hold and key."""

    begun: dict[uuid.UUID, Entry] = field(default_factory=dict)  # the first entry of each purge
    done: dict[uuid.UUID, Entry] = field(default_factory=dict)  # its last one
    kept: dict[uuid.UUID, HoldNote] = field(default_factory=dict)  # holds that were not released
    released: set[uuid.UUID] = field(default_factory=set)
    destroyed: set[str] = field(default_factory=set)  # keys, by day and version


@dataclass(frozen=True)
class Missing:
    """What stands in the ledger and not in the database."""

    runs: list[uuid.UUID]
    kept: list[HoldNote]
    released: list[Hold]

    def __bool__(self) -> bool:
        return bool(self.runs or self.kept or self.released)


def ledger_state() -> LedgerState:
    """The state of the ledger now. Raises LedgerDamaged and LedgerUnavailable."""
    return _read(tuple(_version(path) for path in ledger().paths))


def missing_from_database() -> Missing:
    """The purges, holds and releases of the ledger that the database lacks. Raises LedgerDamaged, LedgerUnavailable."""
    state = ledger_state()
    runs = set(PurgeRun.objects.values_list("identity", flat=True))
    holds = set(Hold.objects.filter(identity__in=state.kept).values_list("identity", flat=True))
    return Missing(
        runs=[identity for identity in state.begun if identity not in runs],
        kept=[note for identity, note in state.kept.items() if identity not in holds],
        released=list(Hold.objects.in_force().filter(identity__in=state.released).order_by("pk")),
    )


def database_is_behind() -> bool:
    """Whether the database lacks something that the ledger has; False while the ledger cannot be read.

    A purge is refused for an unreadable ledger by itself (`retention.guards`).
    """
    try:
        return bool(missing_from_database())
    except (LedgerDamaged, LedgerUnavailable):
        return False


class _LastCheck:
    """Until when, in monotonic seconds, this process need not ask `database_is_behind` again."""

    good_until = 0.0


def may_serve() -> bool:
    """Whether people may work with this database. A yes is not asked again for CHECK_EVERY seconds, a no always is."""
    if time.monotonic() >= _LastCheck.good_until:
        if database_is_behind():
            return False
        _LastCheck.good_until = time.monotonic() + CHECK_EVERY
    return True


def forget_state() -> None:
    """Drop what this process remembers of the ledger, as after a restore."""
    _LastCheck.good_until = 0.0
    _read.cache_clear()


def _version(path: Path) -> tuple[str, int, int]:
    """What of a file changes whenever it is written."""
    try:
        state = path.stat()
    except OSError:
        return str(path), 0, 0
    return str(path), state.st_mtime_ns, state.st_size


@lru_cache(maxsize=1)
def _read(versions: tuple[tuple[str, int, int], ...]) -> LedgerState:
    """Read the whole ledger; once for each state of its files."""
    state = LedgerState()
    for entry in ledger().entries():
        if entry.kind == INTENT:
            state.begun[uuid.UUID(entry.body["run"])] = entry
        elif entry.kind == RESULT:
            state.done[uuid.UUID(entry.body["run"])] = entry
        elif entry.kind == KEYS_RESULT:
            state.destroyed.update(entry.body["keys"])
        elif entry.kind == HOLD_KEPT:
            identity, until = uuid.UUID(entry.body["hold"]), dt.date.fromisoformat(entry.body["until"])
            state.kept[identity] = HoldNote(identity, until, bytes.fromhex(entry.body["sealed"]))
        elif entry.kind == HOLD_RELEASED:
            state.released.add(uuid.UUID(entry.body["hold"]))
    for identity in state.released:
        state.kept.pop(identity, None)
    return state
