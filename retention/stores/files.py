"""Search every file below a directory, byte by byte; packed ones are unpacked where Python's own library can."""

from __future__ import annotations

import bz2
import datetime as dt
import gzip
import lzma
import os
import stat
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from privacy.keyring import FILE_NAME
from retention.stores import SearchTarget, StoreResult

CHUNK = 1024 * 1024
# How often a packed file, which can only be read from its beginning, is begun before it is left to a person.
TRIES = 3
WITHHELD = "?"
UNPACKERS: dict[bytes, Callable[[Any], Any]] = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ\x00": lzma.open}
# Packed or encrypted in ways that nothing here undoes: what they hold must be called unread, not clean.
CLOSED = (
    b"\x28\xb5\x2f\xfd",  # zstd
    b"\x04\x22\x4d\x18",  # lz4
    b"PK\x03\x04",  # zip
    b"7z\xbc\xaf\x27\x1c",
    b"PGDMP",  # pg_dump -Fc
    b"Salted__",  # openssl enc
    b"age-encryption.org",
    b"-----BEGIN AGE",
    b"-----BEGIN PGP",
    b"\x85\x01",  # gpg --encrypt, for a key
    b"\x85\x02",
    b"\x8c\x0d",  # gpg --symmetric
)
# Names are kept as bytes are, so that any name a disk can bear is kept.
NAMES = "latin-1"


class Directory:
    """A directory with all that is below it; links are followed, each directory is entered once.

    `proof` is a file without which this is not the directory meant; `known` is text that its files hold anyway, where
    no control can be; `exclude` are directories below that are another store's.
    """

    def __init__(
        self, kind: str, path: Path, *, proof: str = "", known: str = "", exclude: tuple[Path, ...] = ()
    ) -> None:
        self.kind, self.name, self._path = kind, str(path), path
        self._proof, self._known = proof, known
        self._exclude = {os.fsencode(other.resolve()) for other in exclude}

    def steps(self, target: SearchTarget, result: StoreResult, position: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Search one chunk of a file in each step, the files in the order of their names."""
        try:
            os.listdir(self._path)
            if self._proof:
                (self._path / self._proof).stat()
        except OSError:
            result.is_away = True
            return
        needles = [needle.encode() for needle in target.needles]
        proofs = [text.encode() for text in (target.control, self._known) if text]
        after = tuple(name.encode(NAMES) for name in position.get("file", ()))
        for parts in self._walk(os.fsencode(self._path), (), after, set(), result):
            resumed = position if parts == after else {}
            if resumed.get("is_done"):
                continue
            yield from self._file(parts, target, result, needles, proofs, resumed)

    def _walk(
        self,
        folder: bytes,
        parts: tuple[bytes, ...],
        after: tuple[bytes, ...],
        seen: set[tuple[int, int]],
        result: StoreResult,
    ) -> Iterator[tuple[bytes, ...]]:
        """Yield the files below a folder, from `after` on. What has just been removed is passed over."""
        try:
            status = os.stat(folder)
            if (status.st_dev, status.st_ino) in seen or os.path.realpath(folder) in self._exclude:
                return
            seen.add((status.st_dev, status.st_ino))
            names = sorted(os.listdir(folder))
        except FileNotFoundError:
            return
        except OSError:
            result.add_unreadable(_shown(parts))
            return
        for name in names:
            here = (*parts, name)
            if here < after[: len(here)]:
                continue
            try:
                mode = os.stat(os.path.join(folder, name)).st_mode
            except FileNotFoundError:
                continue
            except OSError:
                result.add_unreadable(_shown(here))
                continue
            if stat.S_ISDIR(mode):
                yield from self._walk(os.path.join(folder, name), here, after, seen, result)
            elif stat.S_ISREG(mode):
                yield here

    def _file(
        self,
        parts: tuple[bytes, ...],
        target: SearchTarget,
        result: StoreResult,
        needles: list[bytes],
        proofs: list[bytes],
        resumed: dict[str, Any],
    ) -> Iterator[dict[str, Any]]:
        """Search one file. It is counted once, however often its search is begun again."""
        path = os.path.join(os.fsencode(self._path), *parts)
        here: dict[str, Any] = {"file": [name.decode(NAMES) for name in parts]}
        found, tries = resumed.get("found", False), resumed.get("tries", 0) + 1
        done = here | {"is_done": True}

        def note(place: str) -> bool:
            if not found:
                result.add_hit(place)
            return True

        if any(needle in b"/".join(parts).lower() for needle in needles):
            found = note(WITHHELD)  # the name itself says it: it must not be repeated
        if _is_key_of(os.fsdecode(parts[-1]), target.due_on):
            found = note(_shown(parts))
        try:
            status = os.stat(path)
            if max(status.st_mtime, status.st_ctime) < target.since:
                result.older += 1
                yield done
                return
            with open(path, "rb", buffering=0) as plain:
                beginning = plain.read(18)
                plain.seek(0)
                unpack = next((opens for magic, opens in UNPACKERS.items() if beginning.startswith(magic)), None)
                if beginning.startswith(CLOSED) or (unpack and tries > TRIES):
                    result.add_unreadable(_shown(parts))
                    yield done
                    return
                at = 0 if unpack else resumed.get("at", 0)
                overlap = max(map(len, [*needles, *proofs])) - 1
                plain.seek(max(0, at - overlap))
                kept = plain.read(min(at, overlap)).lower()  # a mark may stand across the place of the stop
                handle: Any = unpack(plain) if unpack else plain
                while chunk := handle.read(CHUNK):
                    text = kept + chunk.lower()
                    result.proved = result.proved or any(proof in text for proof in proofs)
                    if not found and any(needle in text for needle in needles):
                        found = note(_shown(parts))
                    at += len(chunk)
                    kept = text[-overlap:]
                    yield here | {"at": at, "found": found, "tries": tries}
            result.read += 1
        except FileNotFoundError:  # its program removed it a moment ago
            pass
        except (OSError, EOFError, zlib.error, lzma.LZMAError):  # not ours to read, or not whole
            result.add_unreadable(_shown(parts))
        yield done


def _is_key_of(name: str, day: dt.date) -> bool:
    """Whether a file's name is that of a key of `day`."""
    match = FILE_NAME.match(name)
    return bool(match and match[1] == day.isoformat())


def _shown(parts: tuple[bytes, ...]) -> str:
    return b"/".join(parts).decode("utf-8", "backslashreplace")
