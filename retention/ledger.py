"""The ledger: what was destroyed, in an append-only, hash-chained file outside the database, in two or more places.

A database can be restored from before a purge; the ledger cannot be talked out of it. An entry is one line of JSON
with its number, moment, kind and body, the hash of the entry before it and its own (SHA-256 over the canonical JSON of
the rest). It holds counts, days, names of models and random ids, never anything personal.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

FIRST = "0" * 64


class LedgerUnavailable(Exception):
    """A copy of the ledger cannot be read or written now. Nothing may be destroyed."""


class LedgerDamaged(Exception):
    """The copies are not alike, or one was edited. Nothing may be destroyed until a person has looked."""

    def __init__(self, damages: list[Damage]) -> None:
        super().__init__("; ".join(map(str, damages)))
        self.damages = damages


@dataclass(frozen=True)
class Damage:
    """What is wrong with one copy, and where: the number of a line, or 0 for the whole file."""

    path: Path
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.path}, line {self.line}: {self.what}" if self.line else f"{self.path}: {self.what}"


@dataclass(frozen=True)
class Entry:
    """One line of the ledger."""

    n: int
    at: str
    kind: str
    body: dict[str, Any]
    previous: str
    hash: str

    @classmethod
    def after(cls, last: Entry | None, kind: str, body: dict[str, Any]) -> Entry:
        """The entry that follows `last`."""
        given: dict[str, Any] = {
            "n": last.n + 1 if last else 1,
            "at": timezone.now().isoformat(timespec="seconds"),
            "kind": kind,
            "body": body,
            "previous": last.hash if last else FIRST,
        }
        return cls(**given, hash=_digest(given))

    def line(self) -> bytes:
        """The entry as it is written."""
        return _canonical(vars(self)) + b"\n"


@dataclass
class Copy:
    """One file of the ledger as it was read: its intact lines, and what is wrong after them."""

    path: Path
    lines: list[bytes]
    entries: list[Entry]
    damage: Damage | None = None
    torn: bool = False  # the last line has no end: its writer was killed


class Ledger:
    """The ledger in one set of files. Safe for threads and processes: a lock file beside the first orders them."""

    def __init__(self, paths: list[Path]) -> None:
        if len({path.resolve() for path in paths}) < max(2, len(paths)):
            raise ImproperlyConfigured("LEDGER_PATHS must name two or more files, each once.")
        self.paths = paths

    def append(self, kind: str, body: dict[str, Any]) -> Entry:
        """Write one entry to every copy, and to the disk; returns it.

        What a writer that was killed left behind (a torn line, one copy an entry behind) is put right first. Raises
        LedgerDamaged or LedgerUnavailable, before anything is written, when anything else is amiss.
        """
        with self._locked():
            copies = self._read()
            longest = max(copies, key=lambda copy: len(copy.entries))
            if damages := list(self._damages(copies, killed_writer=True)):
                raise LedgerDamaged(damages)
            for copy in copies:
                self._complete(copy, longest)
            entry = Entry.after(longest.entries[-1] if longest.entries else None, kind, body)
            for path in self.paths:
                self._write(path, entry.line())
        return entry

    def entries(self) -> list[Entry]:
        """All entries, oldest first. Raises LedgerDamaged or LedgerUnavailable."""
        with self._locked():
            copies = self._read()
        if damages := list(self._damages(copies, killed_writer=True)):
            raise LedgerDamaged(damages)
        return max((copy.entries for copy in copies), key=len)

    def verify(self) -> list[Damage]:
        """Everything that is not as the last writer should have left it."""
        with self._locked():
            return list(self._damages(self._read(), killed_writer=False))

    def mend(self) -> int:
        """Complete missing and shorter copies from the longest; returns how many lines were copied.

        Raises LedgerDamaged when a copy was edited or tells another story: that is for a person to judge.
        """
        with self._locked():
            copies = self._read()
            longest = max(copies, key=lambda copy: len(copy.entries))
            if damages := [damage for copy in copies if (damage := copy.damage or _fork(copy, longest))]:
                raise LedgerDamaged(damages)
            return sum(self._complete(copy, longest) for copy in copies)

    def _damages(self, copies: list[Copy], *, killed_writer: bool) -> Iterator[Damage]:
        """What is amiss; with `killed_writer`, but for what a writer that was killed may leave."""
        longest = max(copies, key=lambda copy: len(copy.entries))
        for copy in copies:
            behind = len(longest.entries) - len(copy.entries)
            if copy.damage:
                yield copy.damage
            elif fork := _fork(copy, longest):
                yield fork
            elif behind > killed_writer:
                what = "missing" if not copy.path.exists() else f"ends {behind} entries too early"
                yield Damage(copy.path, 0, what)
            elif copy.torn and not killed_writer:
                yield Damage(copy.path, len(copy.lines) + 1, "the last line is torn")

    def _read(self) -> list[Copy]:
        return [_parse(path, self._bytes(path)) for path in self.paths]

    @staticmethod
    def _bytes(path: Path) -> bytes:
        try:
            return path.read_bytes()
        except FileNotFoundError:
            if not path.parent.is_dir():
                raise LedgerUnavailable(f"The directory of {path} is missing.") from None
            return b""
        except OSError as error:
            raise LedgerUnavailable(f"The ledger {path} cannot be read.") from error

    def _complete(self, copy: Copy, longest: Copy) -> int:
        lines = longest.lines[len(copy.lines) :]
        if copy.torn:
            with self._writing(copy.path), copy.path.open("r+b") as file:
                file.truncate(sum(map(len, copy.lines)))
        for line in lines:
            self._write(copy.path, line)
        return len(lines)

    def _write(self, path: Path, line: bytes) -> None:
        with self._writing(path):
            new = not path.exists()
            file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                if os.write(file, line) != len(line):
                    raise OSError("short write")
                os.fsync(file)
            finally:
                os.close(file)
            if new:
                folder = os.open(path.parent, os.O_RDONLY)
                try:
                    os.fsync(folder)
                finally:
                    os.close(folder)

    @staticmethod
    @contextmanager
    def _writing(path: Path) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise LedgerUnavailable(f"The ledger {path} cannot be written.") from error

    @contextmanager
    def _locked(self) -> Iterator[None]:
        lock = self.paths[0].with_suffix(".lock")
        with self._writing(self.paths[0]):
            file = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
        finally:
            os.close(file)


@cache
def ledger() -> Ledger:
    """This process's ledger, from the settings."""
    return Ledger([Path(path) for path in settings.LEDGER_PATHS])


def _canonical(given: dict[str, Any]) -> bytes:
    return json.dumps(given, sort_keys=True, separators=(",", ":")).encode()


def _digest(given: dict[str, Any]) -> str:
    return hashlib.sha256(_canonical(given)).hexdigest()


def _parse(path: Path, content: bytes) -> Copy:
    """Read a copy up to its first fault."""
    copy = Copy(path, [], [])
    *lines, rest = content.split(b"\n")
    copy.torn = bool(rest)
    for number, line in enumerate(lines, start=1):
        previous = copy.entries[-1].hash if copy.entries else FIRST
        try:
            entry = Entry(**json.loads(line))
            given = {name: value for name, value in vars(entry).items() if name != "hash"}
            whole = _digest(given) == entry.hash and entry.line() == line + b"\n"
        except (ValueError, TypeError):
            whole = False
        if not whole:
            copy.damage = Damage(path, number, "edited")
        elif (entry.n, entry.previous) != (number, previous):
            copy.damage = Damage(path, number, f"does not follow the line before it (it is entry {entry.n})")
        if copy.damage:
            copy.torn = False
            break
        copy.lines.append(line + b"\n")
        copy.entries.append(entry)
    return copy


def _fork(copy: Copy, longest: Copy) -> Damage | None:
    """Where a copy tells another story than the longest one does, each intact in itself."""
    for number, (one, other) in enumerate(zip(copy.lines, longest.lines, strict=False), start=1):
        if one != other:
            return Damage(copy.path, number, f"another story than {longest.path}")
    return None
