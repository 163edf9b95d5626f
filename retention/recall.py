"""What the ledger knows and a database restored from a backup does not: the purges and the holds made since.

A purge's own entries name it by a random id. A hold is noted with everything that placing it again needs, sealed under
the key of a day to come like any record, and noted anew before that day: once it is released and the key is destroyed,
what the ledger still holds of it is noise. An entry is written after the database committed what it is about, so a
database that does not know it is older than the ledger.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import time
import uuid
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings

from privacy.dates import london_today
from privacy.keyring import KeyringUnavailable
from privacy.sealed import seal, unseal
from retention.ledger import Entry, LedgerDamaged, LedgerUnavailable, ledger
from retention.models import Hold, PurgeRun

logger = logging.getLogger(__name__)

INTENT, KEYS_INTENT, KEYS_RESULT, RESULT = "purge begun", "keys to destroy", "keys destroyed", "purge done"
HOLD_KEPT, HOLD_RELEASED = "hold kept", "hold released"
LABEL = b"retention.ledger.hold"
# For how long a process believes that the database is as new as the ledger.
BELIEVED_SECONDS = 30


@dataclass(frozen=True)
class Note:
    """A hold as the ledger last said it."""

    identity: uuid.UUID
    until: dt.date
    sealed: bytes

    def open(self) -> dict[str, Any]:
        """The hold's fields. Raises KeyMissing when the note is older than its key."""
        facts: dict[str, Any] = json.loads(unseal(self.sealed, label=LABEL))
        for name in ("placed_at", "reviewed_at"):
            facts[name] = dt.datetime.fromisoformat(facts[name])
        return facts | {"review_on": dt.date.fromisoformat(facts["review_on"])}


@dataclass
class Known:
    """What the ledger says: each purge's first and last entry, each hold's newest note, which keys are gone."""

    begun: dict[uuid.UUID, Entry] = field(default_factory=dict)
    done: dict[uuid.UUID, Entry] = field(default_factory=dict)
    kept: dict[uuid.UUID, Note] = field(default_factory=dict)
    released: set[uuid.UUID] = field(default_factory=set)
    destroyed: set[str] = field(default_factory=set)  # keys, by day and version


@dataclass(frozen=True)
class Unknown:
    """What of it the database does not know."""

    runs: list[uuid.UUID]
    kept: list[Note]
    released: list[Hold]

    def __bool__(self) -> bool:
        return bool(self.runs or self.kept or self.released)


def known() -> Known:
    """What the ledger says by now. Raises LedgerDamaged and LedgerUnavailable."""
    return _known(tuple(_state(path) for path in ledger().paths))


def unknown() -> Unknown:
    """What the ledger says and the database does not know. Raises LedgerDamaged and LedgerUnavailable."""
    said = known()
    runs = set(PurgeRun.objects.values_list("identity", flat=True))
    holds = set(Hold.objects.filter(identity__in=said.kept).values_list("identity", flat=True))
    return Unknown(
        runs=[identity for identity in said.begun if identity not in runs],
        kept=[note for identity, note in said.kept.items() if identity not in holds],
        released=list(Hold.objects.in_force().filter(identity__in=said.released).order_by("pk")),
    )


def is_behind() -> bool:
    """Whether the database is older than the ledger. Not asked of a ledger that cannot be read: purges refuse then."""
    try:
        return bool(unknown())
    except (LedgerDamaged, LedgerUnavailable):
        return False


class _Belief:
    """What this process last found."""

    until = 0.0


def may_serve() -> bool:
    """Whether people may work with this database. A yes is believed for half a minute, a no is asked again."""
    if time.monotonic() >= _Belief.until:
        if is_behind():
            return False
        _Belief.until = time.monotonic() + BELIEVED_SECONDS
    return True


def forget() -> None:
    """Believe nothing any longer."""
    _Belief.until = 0.0
    _known.cache_clear()


def note_hold(hold: Hold) -> None:
    """Let the ledger know all that placing `hold` again needs. To be called once the database has it.

    A ledger or key that is out of reach is no reason to lose the hold: the next night's purge notes what is missing.
    """
    until = london_today() + dt.timedelta(days=2 * settings.BACKUP_HORIZON_DAYS)
    facts = {
        "record_type": hold.record_type,
        "record_id": hold.record_id,
        "record": hold.record,
        "reason": hold.reason,
        "authority": hold.authority,
        "responsible_id": hold.responsible_id,
        "placed_by_id": hold.placed_by_id,
        "review_on": hold.review_on.isoformat(),
        "placed_at": hold.placed_at.isoformat(),
        "reviewed_at": hold.reviewed_at.isoformat(),
    }
    try:
        sealed = seal(json.dumps(facts), until=until, label=LABEL)
        body = {"hold": str(hold.identity), "until": until.isoformat(), "sealed": sealed.hex()}
        ledger().append(HOLD_KEPT, body)
    except (KeyringUnavailable, LedgerDamaged, LedgerUnavailable) as error:
        logger.error("hold %s is not in the ledger yet: %s", hold.pk, type(error).__name__)


def note_release(hold: Hold) -> None:
    """Let the ledger know that `hold` is over. To be called once the database has it."""
    try:
        ledger().append(HOLD_RELEASED, {"hold": str(hold.identity)})
    except (LedgerDamaged, LedgerUnavailable) as error:
        logger.error("the release of hold %s is not in the ledger yet: %s", hold.pk, type(error).__name__)


def note_holds() -> None:
    """Note what the ledger lacks of the holds, and anew each whose note would not outlive the oldest backup."""
    said = known()
    horizon = london_today() + dt.timedelta(days=settings.BACKUP_HORIZON_DAYS)
    for hold in Hold.objects.in_force().order_by("pk"):
        note = said.kept.get(hold.identity)
        if note is None or note.until < horizon:
            note_hold(hold)
    for hold in Hold.objects.filter(identity__in=said.kept, released_at__isnull=False).order_by("pk"):
        note_release(hold)


def _state(path: Path) -> tuple[str, int, int]:
    try:
        state = path.stat()
    except OSError:
        return str(path), 0, 0
    return str(path), state.st_mtime_ns, state.st_size


@lru_cache(maxsize=1)
def _known(state: tuple[tuple[str, int, int], ...]) -> Known:
    """Read anew only when a copy has changed."""
    said = Known()
    for entry in ledger().entries():
        if entry.kind == INTENT:
            said.begun[uuid.UUID(entry.body["run"])] = entry
        elif entry.kind == RESULT:
            said.done[uuid.UUID(entry.body["run"])] = entry
        elif entry.kind == KEYS_RESULT:
            said.destroyed.update(entry.body["keys"])
        elif entry.kind == HOLD_KEPT:
            identity, until = uuid.UUID(entry.body["hold"]), dt.date.fromisoformat(entry.body["until"])
            said.kept[identity] = Note(identity, until, bytes.fromhex(entry.body["sealed"]))
        elif entry.kind == HOLD_RELEASED:
            said.released.add(uuid.UUID(entry.body["hold"]))
    for identity in said.released:
        said.kept.pop(identity, None)
    return said
