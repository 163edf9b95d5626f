"""Every store that the site has, and how each is searched for what must not be in it.

A store is searched in small steps. Each step gives the position from which to go on, in JSON; what was found so far is
in the outcome. Whoever keeps the two together may be killed anywhere.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

from django.conf import settings
from django.utils.translation import gettext_lazy as _

PLACES = 20
KINDS = {
    "database": _("Tables of the database, and its statistics"),
    "files": _("Files and write-ahead log of the database"),
    "valkey": _("Queue of background work (Valkey)"),
    "keys": _("Key directory"),
    "ledger": _("Directory of the ledger"),
    "data": _("Data directory of this machine"),
    "path": _("Backups, logs and other directories"),
}


@dataclass(frozen=True)
class Look:
    """What is looked for, in small letters, and what a search that sees must find."""

    needles: tuple[str, ...]
    control: str
    due_on: dt.date
    since: float  # a file that did not change after this moment cannot hold any of it


@dataclass
class Outcome:
    """What the search of one store gave so far. Counts, and places by name; never what was found there."""

    kind: str
    name: str
    is_away: bool = False  # not reachable from here: not searched
    is_done: bool = False
    proved: bool = False  # the control was found
    hits: int = 0
    places: list[str] = field(default_factory=list)
    read: int = 0  # rows, keys or files
    older: int = 0
    unreadable: int = 0
    unread: list[str] = field(default_factory=list)

    def hit(self, place: str) -> None:
        """Count a place that holds what it must not."""
        self.hits += 1
        if len(self.places) < PLACES:
            self.places.append(place)

    def miss(self, place: str) -> None:
        """Count a place that cannot be read here."""
        self.unreadable += 1
        if len(self.unread) < PLACES:
            self.unread.append(place)

    def as_json(self) -> dict[str, Any]:
        """As it is kept."""
        return asdict(self)


class Store(Protocol):
    """Something that holds bytes."""

    kind: str
    name: str

    def steps(self, look: Look, outcome: Outcome, position: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Search from `position` on, note what is found in `outcome`, and give after each step the next position."""
        ...


def stores() -> list[Store]:
    """All stores of this site, in the order in which they are searched."""
    from retention.stores.database import Tables
    from retention.stores.files import Directory
    from retention.stores.valkey import Valkey

    data = Path(settings.DATA_DIR)
    return [
        Tables(),
        Directory("files", _cluster() or data / "postgres", proof="PG_VERSION"),
        Valkey(),
        *(Directory("keys", Path(path), known="cwk1") for path in settings.KEYRING_DIRS),
        *(Directory("ledger", path) for path in dict.fromkeys(Path(path).parent for path in settings.LEDGER_PATHS)),
        Directory("data", data, but=(data / "postgres", Path(settings.STATIC_ROOT))),
        *(Directory("path", Path(path)) for path in settings.CANARY_PATHS),
    ]


def _cluster() -> Path | None:
    """Where the database's server says that its files are, if it says so to us and they are here."""
    from retention.stores.database import data_directory

    said = data_directory()
    return Path(said) if said and (Path(said) / "PG_VERSION").exists() else None
