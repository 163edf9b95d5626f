"""Write and verify the ledger: a record outside the database of what was destroyed and when.

Each file of `LEDGER_PATHS` is one copy: a JSON object a line, in one canonical form, with the hash of the line before.
Whoever changes, removes, inserts or moves a line breaks the chain there; whoever forges the whole chain of one copy is
given away by the other. The newest entries of *every* copy can be taken away unseen from in here: whoever must notice
that keeps `head()` somewhere else.

No personal data comes in here: counts, dates, labels of models and random ids, nothing else.
"""

from __future__ import annotations

import datetime as dt
import enum
import fcntl
import hashlib
import json
import os
import stat
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

NOTHING_BEFORE = "0" * 64
DAMAGES_IN_A_MESSAGE = 5
# Made once: `json.dumps` would make it anew for each of ten thousand lines.
CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


class Cure(enum.IntEnum):
    """What repairs a damage."""

    APPEND = 1  # it is what a killed process leaves behind: the next append sees to it
    MEND = 2  # nothing is lost, but a person should know why: `mend()`
    NONE = 3  # a person finds out which copy is right, and puts it in the other's place


@dataclass(frozen=True)
class Damage:
    """One thing that is wrong with one copy: where and what, never what the line contains."""

    path: Path
    line: int  # counted from 1; of a copy that is short or missing, the first line that it lacks
    wrong: str
    cure: Cure

    def __str__(self) -> str:
        return f"{self.path}, line {self.line}: {self.wrong}"


class LedgerDamaged(Exception):
    """The copies are not what was written; `damages` says where. Nothing was added."""

    def __init__(self, damages: list[Damage]) -> None:
        self.damages = damages
        more = len(damages) - DAMAGES_IN_A_MESSAGE
        words = [*map(str, damages[:DAMAGES_IN_A_MESSAGE]), *([f"and {more} more"] if more > 0 else [])]
        super().__init__("The ledger is damaged. " + "; ".join(words))


class LedgerUnavailable(Exception):
    """A copy cannot be read or written now."""


@dataclass(frozen=True)
class Entry:
    """One line of the ledger."""

    n: int
    at: str  # UTC, ISO 8601, whole seconds
    kind: str
    body: dict[str, Any]
    previous: str
    hash: str

    def line(self) -> bytes:
        """The bytes of this entry in a copy: canonical JSON and a newline."""
        return _canonical(vars(self)) + b"\n"

    def is_sound(self) -> bool:
        """Whether its parts have their types and its hash fits them."""
        return (
            type(self.n) is int
            and isinstance(self.body, dict)
            and all(isinstance(text, str) for text in (self.at, self.kind, self.previous, self.hash))
            and self.hash == _digest(vars(self))
        )


@dataclass
class _Copy:
    """What one file holds."""

    path: Path
    exists: bool
    lines: list[bytes]  # the whole ones, with their newlines
    tail: bytes  # what stands behind the last newline
    entries: list[Entry | None]  # of each line; None where it is not what was written
    damages: list[Damage]

    def is_wrong(self, line: int, wrong: str, cure: Cure = Cure.NONE) -> None:
        """Note a damage, unless this line has one already."""
        if all(damage.line != line for damage in self.damages):
            self.damages.append(Damage(self.path, line, wrong, cure))


class Ledger:
    """The copies of one ledger. Threads and processes of one machine take turns by a lock file beside the first."""

    def __init__(self, paths: list[Path]) -> None:
        if len(paths) < 2:
            raise ImproperlyConfigured("LEDGER_PATHS must name two files or more.")
        if len({path.resolve() for path in paths}) < len(paths):
            raise ImproperlyConfigured("LEDGER_PATHS names a file twice: a second copy must lie elsewhere.")
        self.paths = paths

    def append(self, kind: str, body: Mapping[str, Any]) -> Entry:
        """Write one entry to every copy. When this returns, it is on every disk.

        What a killed process left behind is put right first. Raises LedgerDamaged, with nothing written anywhere, when
        the copies differ by more than that; LedgerUnavailable when a copy cannot be read or written. The entry may
        then stand all the same, if the first copy had it before the second failed.
        """
        self._require_writable()
        with self._locked(fcntl.LOCK_EX):
            copies = self._examined()
            _refuse_beyond(Cure.APPEND, copies)
            longest = _longest(copies)
            entry = _entry_after(longest, kind, body)
            with self._opened(copies) as descriptors:
                # All are equal before the first gets more: however often this fails, no copy is ahead by two.
                for descriptor, copy in zip(descriptors, copies, strict=True):
                    _complete(descriptor, copy, longest)
                for descriptor, copy in zip(descriptors, copies, strict=True):
                    _write(descriptor, entry.line(), copy.path)
        return entry

    def entries(self) -> list[Entry]:
        """Every entry, oldest first, verified, with one that a killed process brought to some of the copies only.

        Raises LedgerDamaged and LedgerUnavailable.
        """
        with self._locked(fcntl.LOCK_SH):
            copies = self._examined()
        _refuse_beyond(Cure.APPEND, copies)
        return [entry for entry in _longest(copies).entries if entry is not None]

    def head(self) -> str:
        """The hash of the newest entry, from which those before it can be verified; 64 zeros when there is none.

        Raises LedgerDamaged and LedgerUnavailable.
        """
        entries = self.entries()
        return entries[-1].hash if entries else NOTHING_BEFORE

    def verify(self) -> list[Damage]:
        """Everything that is wrong, down to what the next append would put right. Raises LedgerUnavailable."""
        with self._locked(fcntl.LOCK_SH):
            return _damages(self._examined())

    def mend(self) -> list[Damage]:
        """Complete missing and shorter copies from the longest; returns the damages that were repaired.

        Raises LedgerDamaged, with nothing written, unless every copy is an unchanged beginning of the longest: no
        whole line is ever overwritten. Raises LedgerUnavailable.
        """
        self._require_writable()
        with self._locked(fcntl.LOCK_EX):
            copies = self._examined()
            _refuse_beyond(Cure.MEND, copies)
            damages = _damages(copies)
            if damages:
                with self._opened(copies) as descriptors:
                    for descriptor, copy in zip(descriptors, copies, strict=True):
                        _complete(descriptor, copy, _longest(copies))
        return damages

    def _require_writable(self) -> None:
        for path in self.paths:
            directory = path.parent
            with _reaching(path, "written"):
                modes = [directory.stat().st_mode, *([path.stat().st_mode] if path.exists() else [])]
            # Root may write where the mode says no; whoever took the permission away meant it for root too.
            if not (all(mode & stat.S_IWUSR for mode in modes) and os.access(directory, os.W_OK | os.X_OK)):
                raise LedgerUnavailable(f"The ledger {path} cannot be written.")

    @contextmanager
    def _locked(self, how: int) -> Iterator[None]:
        path = self.paths[0].with_name(f"{self.paths[0].name}.lock")
        flags = os.O_RDWR | os.O_CREAT if how == fcntl.LOCK_EX else os.O_RDONLY
        with ExitStack() as stack:
            with _reaching(path, "locked"):
                try:
                    descriptor = os.open(path, flags, 0o600)
                except FileNotFoundError:
                    if how == fcntl.LOCK_EX:
                        raise
                else:  # without a lock file nobody ever wrote here, and a reader waits for nobody
                    stack.callback(os.close, descriptor)
                    fcntl.flock(descriptor, how)
            yield

    def _examined(self) -> list[_Copy]:
        """Every copy with its damages: those that its own lines show, then those that another copy shows."""
        known: dict[bytes, Entry | None] = {}
        copies = [_read(path, known) for path in self.paths]
        for copy in copies:
            _check_chain(copy)
            if not copy.exists and any(other.lines for other in copies):
                copy.is_wrong(1, "the copy is missing", Cure.MEND)
        intact = [copy for copy in copies if not copy.damages]
        if intact:
            for copy in copies:
                _compare(copy, _longest(intact))
        for copy in copies:
            _check_tail(copy, _longest(intact).lines if intact else [])
        return copies

    @contextmanager
    def _opened(self, copies: list[_Copy]) -> Iterator[list[int]]:
        """Descriptors that only append to every copy. A new one is made before any gets a line.

        So a process killed over the very first entry leaves an empty copy, never a missing one.
        """
        with ExitStack() as stack:
            descriptors = []
            for copy in copies:
                with _reaching(copy.path, "written"):
                    descriptor = os.open(copy.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
                    stack.callback(os.close, descriptor)
                    if not copy.lines:  # new, or made by a process that was killed before it got this far
                        _sync_directory(copy.path.parent)
                    descriptors.append(descriptor)
            files = {(status.st_dev, status.st_ino) for status in map(os.fstat, descriptors)}
            if len(files) < len(descriptors):
                raise LedgerUnavailable(f"The ledger {copies[0].path} has two names for one file: that is one copy.")
            yield descriptors


def _canonical(fields: Mapping[str, Any]) -> bytes:
    return CANONICAL.encode(fields).encode("ascii")


def _digest(fields: Mapping[str, Any]) -> str:
    return hashlib.sha256(_canonical({name: value for name, value in fields.items() if name != "hash"})).hexdigest()


def _entry_after(copy: _Copy, kind: str, body: Mapping[str, Any]) -> Entry:
    last = copy.entries[-1] if copy.entries else None
    fields = {
        "n": len(copy.lines) + 1,
        "at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "kind": kind,
        "body": json.loads(_canonical(body)),  # as it will be read: JSON makes texts of keys, and texts sort otherwise
        "previous": last.hash if last else NOTHING_BEFORE,
    }
    return Entry(**fields, hash=_digest(fields))


def _entry_of(line: bytes) -> Entry | None:
    """The entry on a line, or None if this is no line of ours."""
    try:
        entry = Entry(**json.loads(line.decode("ascii")))
        return entry if entry.is_sound() and entry.line() == line else None
    except (ValueError, TypeError, RecursionError):
        return None


def _read(path: Path, known: dict[bytes, Entry | None]) -> _Copy:
    """One copy as it is. `known` spares the lines that were examined in another."""
    exists, content = True, b""
    with _reaching(path, "read"):
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            exists = False
            path.parent.stat()  # a disk that is not there is no empty ledger
    *whole, tail = content.split(b"\n")
    lines = [line + b"\n" for line in whole]
    for line in lines:
        if line not in known:
            known[line] = _entry_of(line)
    return _Copy(path, exists, lines, tail, [known[line] for line in lines], [])


def _check_chain(copy: _Copy) -> None:
    """Note each line that is not the next after the one before."""
    times = Counter(entry.n for entry in copy.entries if entry)
    n: int | None = 1
    previous: str | None = NOTHING_BEFORE
    for line, entry in enumerate(copy.entries, 1):
        if entry is None:
            copy.is_wrong(line, "the entry was edited: it is not what was written")
            n = previous = None  # nobody knows what should follow
            continue
        if n is not None and entry.n != n:
            if times[entry.n] > 1:
                copy.is_wrong(line, "an entry was inserted: its number occurs more than once")
            elif n in times:
                copy.is_wrong(line, "lines were reordered: the entry that belongs here stands elsewhere")
            else:
                copy.is_wrong(line, "a line was removed: the entry that belongs here is missing")
        elif previous is not None and entry.previous != previous:
            copy.is_wrong(line, "the chain is broken: this entry does not follow from the one before")
        n, previous = entry.n + 1, entry.hash


def _compare(copy: _Copy, longest: _Copy) -> None:
    """Note where a copy departs from the longest intact one, or ends before it."""
    intact = not copy.damages
    for line, (here, there) in enumerate(zip(copy.lines, longest.lines, strict=False), 1):
        if here != there:
            copy.is_wrong(line, f"the copies fork: {longest.path} has another entry here")
            if intact:  # nothing says which of the two was forged
                longest.is_wrong(line, f"the copies fork: {copy.path} has another entry here")
            return
    lacking = len(longest.lines) - len(copy.lines)
    if intact and lacking > 0 and not copy.tail:
        _is_short(copy, lacking, "the copy is shorter than another")


def _check_tail(copy: _Copy, longest: list[bytes]) -> None:
    """Note a last line without an end: harmless only if it is the beginning of what belongs there."""
    if not copy.tail:
        return
    lacking = len(longest) - len(copy.lines)
    if lacking > 0 and not longest[len(copy.lines)].startswith(copy.tail):
        copy.is_wrong(len(copy.lines) + 1, "the entry was edited: it has no end, and another copy does not begin so")
    else:
        _is_short(copy, lacking, "the last line is torn")


def _is_short(copy: _Copy, lacking: int, words: str) -> None:
    more = f", {lacking} lines short" if lacking > 1 else ""
    copy.is_wrong(len(copy.lines) + 1, words + more, Cure.MEND if lacking > 1 else Cure.APPEND)


def _longest(copies: list[_Copy]) -> _Copy:
    return max(copies, key=lambda copy: len(copy.lines))


def _damages(copies: list[_Copy]) -> list[Damage]:
    return [damage for copy in copies for damage in sorted(copy.damages, key=lambda damage: damage.line)]


def _refuse_beyond(cure: Cure, copies: list[_Copy]) -> None:
    damages = _damages(copies)
    if any(damage.cure > cure for damage in damages):
        raise LedgerDamaged(damages)


def _complete(descriptor: int, copy: _Copy, longest: _Copy) -> None:
    """Cut a torn line off and write what the copy lacks."""
    if copy.tail:
        with _reaching(copy.path, "written"):
            os.ftruncate(descriptor, sum(map(len, copy.lines)))
            os.fsync(descriptor)
    if lacking := longest.lines[len(copy.lines) :]:
        _write(descriptor, b"".join(lacking), copy.path)


def _write(descriptor: int, lines: bytes, path: Path) -> None:
    with _reaching(path, "written"):
        if os.write(descriptor, lines) != len(lines):  # a full disk: the next append cuts the torn line off
            raise OSError("short write")
        os.fsync(descriptor)


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _reaching(path: Path, verb: str) -> Iterator[None]:
    """Raise LedgerUnavailable in our own words for an OSError in the block."""
    try:
        yield
    except OSError as error:
        raise LedgerUnavailable(f"The ledger {path} cannot be {verb}.") from error


@cache
def ledger() -> Ledger:
    """This process's ledger, from the settings. Raises ImproperlyConfigured unless there are two places for it."""
    return Ledger([Path(path) for path in settings.LEDGER_PATHS])
