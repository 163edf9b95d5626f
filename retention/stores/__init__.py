"""The stores of this site (tables, files, Valkey, …), and the search of each for the marks of a purged canary.

A store is searched in small steps. Each step yields the position from which to go on, in JSON; what was found so far
is in a StoreResult. A process that saves the two together may be killed anywhere and go on there.
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
class SearchTarget:
    """What a search looks for: marks, in small letters, which must be nowhere, and a control, which must be there."""

    needles: tuple[str, ...]
    control: str
    due_on: dt.date
    since: float  # a file that did not change after this moment cannot hold any of it


@dataclass
class StoreResult:
    """What the search of one store found so far: counts and names of places, never what was found there."""

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

    def add_hit(self, place: str) -> None:
        """Count a place that holds a mark."""
        self.hits += 1
        if len(self.places) < PLACES:
            self.places.append(place)

    def add_unreadable(self, place: str) -> None:
        """Count a place that cannot be read."""
        self.unreadable += 1
        if len(self.unread) < PLACES:
            self.unread.append(place)

    def as_json(self) -> dict[str, Any]:
        """The dictionary that is stored in a CanaryRun."""
        return asdict(self)


class Store(Protocol):
    """One place where data is kept, and its search."""

    kind: str
    name: str

    def steps(self, target: SearchTarget, result: StoreResult, position: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Search from `position` on, add what is found to `result`, and yield the next position after each step."""
        ...


def stores() -> list[Store]:
    """Every store of this site, in the order in which they are searched."""
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
        Directory("data", data, exclude=(data / "postgres", Path(settings.STATIC_ROOT))),
        *(Directory("path", Path(path)) for path in settings.CANARY_PATHS),
    ]


def _cluster() -> Path | None:
    """The directory of the database server's files; None when we may not ask or it is on another machine."""
    from retention.stores.database import data_directory

    said = data_directory()
    return Path(said) if said and (Path(said) / "PG_VERSION").exists() else None
