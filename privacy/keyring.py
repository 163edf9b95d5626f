"""The keyring: one random 256-bit key for each calendar day on which something must be gone.

What is sealed under a day's key is readable while the key exists. When the key is destroyed, every copy of the data,
in a backup, a write-ahead log or a dead page, is noise (Perlman, *The Ephemerizer*, 2005). So a key must be safe in
every directory *before* anything sealed under it is committed, and gone from every directory afterwards.

A key is a file `2032-03-14.1.key` (day, version) in each directory of `KEYRING_DIRS`, wrapped by AES-256-GCM under the
master key from the environment, with day and version as associated data: a file renamed or swapped does not open.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import datetime as dt
import os
import re
import secrets
import stat
import threading
import time
import weakref
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from privacy.dates import london_today

MAGIC = b"CWK1"
NONCE_BYTES = 12
FILE_NAME = re.compile(r"^(\d{4}-\d\d-\d\d)\.(\d{1,3})\.key$")
# What a process killed while it placed a key leaves beside it: the same key under another name. A tool that copies the
# directories leaves such names too, with endings of its own.
LEFT_OVER = re.compile(r"^\.(\d{4}-\d\d-\d\d)\.(\d{1,3})\.key\..+$")
# How long a key found whole in every directory is trusted before it is looked for again, in seconds.
RECHECK_SECONDS = 1.0
# How often a process looks whether keys that it remembers were destroyed by another.
WATCH_SECONDS = 0.4


class KeyringUnavailable(Exception):
    """The keys cannot be read or written now. Nothing may be sealed, and nothing was lost."""


class KeyMissing(KeyringUnavailable):
    """The key of one day is in no directory, or does not open."""


class DayOver(KeyringUnavailable):
    """The day has come and its key is gone: what is due is deleted, never sealed anew."""


class Keyring:
    """The day keys in one set of directories. Safe for threads; processes agree through the file system."""

    def __init__(self, directories: list[Path], master_key: bytes) -> None:
        if not directories:
            raise ImproperlyConfigured("KEYRING_DIRS names no directory.")
        if len({directory.resolve() for directory in directories}) < len(directories):
            raise ImproperlyConfigured("KEYRING_DIRS names a directory twice: a second copy must lie elsewhere.")
        if len(master_key) != 32:
            raise ImproperlyConfigured("KEYRING_MASTER_KEY must be 32 bytes in base64.")
        self.directories = directories
        self._master = AESGCM(master_key)
        self._lock = threading.Lock()
        self._opened: dict[tuple[dt.date, int], AESGCM] = {}
        self._verified: dict[tuple[dt.date, int], float] = {}  # last found whole in every directory
        self._seen: dict[tuple[dt.date, int], float] = {}  # last found in one
        self._watching = 0  # the process in which a thread forgets what was destroyed: a fork has none

    def sealing_key(self, day: dt.date) -> tuple[int, AESGCM]:
        """The version and key to seal under for `day`, made if it is new, and safe in every directory.

        Raises KeyringUnavailable when a directory is missing or cannot be written, DayOver when a key would have to be
        made for a day that has come.
        """
        version = 1
        name = (day, version)
        now = time.monotonic()
        known = self._opened.get(name)
        if known is not None and now - self._verified.get(name, -RECHECK_SECONDS) < RECHECK_SECONDS:
            return version, known
        with self._lock:
            self._require_writable()
            present = [self._path(directory, name).exists() for directory in self.directories]
            if not any(present):
                if day <= london_today():  # nobody would ever destroy it
                    self._forget(name)
                    raise DayOver(f"The key of {day.isoformat()} was destroyed, or never made.")
                if name in self._opened:  # rows are sealed under it: a new key of the same name would hide the loss
                    raise KeyMissing(f"The key of {day.isoformat()} has left every key directory: put it back.")
                self._create(name)
            if not all(present) and day > london_today():  # else it is being destroyed: no copy may come back
                self._spread(name)
            key = self._opened.get(name) or self._open(name)
            self._remember(name, key)
            self._verified[name] = now
        return version, key

    def opening_key(self, day: dt.date, version: int) -> AESGCM:
        """The key to open what was sealed for `day`, or KeyMissing.

        A key that another process destroyed is forgotten here within RECHECK_SECONDS.
        """
        name = (day, version)
        key = self._opened.get(name)
        now = time.monotonic()
        if key is not None and now - self._seen.get(name, -RECHECK_SECONDS) < RECHECK_SECONDS:
            return key
        if key is None:
            with self._lock:  # a key read just before it is destroyed must not be remembered just after
                key = self._open(name)
                self._remember(name, key)
        elif self._is_gone(name):
            self._forget(name)
            raise KeyMissing(f"The key of {day.isoformat()}, version {version}, was destroyed.")
        self._seen[name] = now
        return key

    def destroy(self, *names: tuple[dt.date, int]) -> int:
        """Remove keys from every directory and from memory; returns how many files were removed, 0 if none was left.

        May be killed anywhere and repeated. Raises KeyringUnavailable, before anything is removed, unless every
        directory can be read and written: a copy in one that is not mounted now would outlive the proof.
        """
        with self._lock:
            self._require_writable()
            removed, wanted = 0, set(names)
            listed = [(directory, self._files(directory)) for directory in self.directories]
            for directory, entries in listed:
                going = [
                    entry
                    for entry, held in entries
                    if held in wanted or self._holds_another(directory / entry, held, wanted)
                ]
                removed += sum(self._shred(directory / entry) for entry in going)
                try:
                    self._sync(directory)  # with nothing removed too: who removed it may have been killed before this
                except OSError as error:
                    raise KeyringUnavailable(f"The key directory {directory} cannot be written.") from error
            for name in names:
                self._forget(name)
        return removed

    def due(self, day: dt.date) -> list[tuple[dt.date, int]]:
        """The keys of days up to `day` that any directory still holds, left-over files included, oldest first."""
        return sorted({held for directory in self.directories for _, held in self._files(directory) if held[0] <= day})

    def opens(self, directory: Path, day: dt.date, version: int) -> bool:
        """Whether the copy of a key in one directory can be read under this master key."""
        try:
            return self._unwrap((day, version), self._path(directory, (day, version)).read_bytes()) is not None
        except OSError:
            return False

    def forget(self) -> None:
        """Drop every key from this process's memory."""
        with self._lock:
            self._seen.clear()
            self._verified.clear()  # first: whoever is verified is taken from the opened without the lock
            self._opened.clear()

    def check(self) -> None:
        """Raise KeyringUnavailable, saying which directory, unless all can be read and written."""
        self._require_writable()

    def names(self, directory: Path) -> Iterator[tuple[dt.date, int]]:
        """The days and versions that have a file in `directory`."""
        yield from (held for entry, held in self._files(directory) if not entry.startswith("."))

    def left_over(self, directory: Path) -> int:
        """How many partial files lie in `directory`. One that stays was left by a killed process, and holds a key."""
        return sum(entry.startswith(".") for entry, _ in self._files(directory))

    @staticmethod
    def _files(directory: Path) -> list[tuple[str, tuple[dt.date, int]]]:
        """Each file that holds a key, left-over ones included, with the key's name."""
        try:
            entries = sorted(os.listdir(directory))
        except OSError as error:
            raise KeyringUnavailable(f"The key directory {directory} cannot be read.") from error
        held = []
        for entry in entries:
            if match := FILE_NAME.match(entry) or LEFT_OVER.match(entry):
                with contextlib.suppress(ValueError):  # of no calendar day, so no key: it must not stop the purge
                    held.append((entry, (dt.date.fromisoformat(match[1]), int(match[2]))))
        return held

    def _holds_another(self, file: Path, name: tuple[dt.date, int], others: set[tuple[dt.date, int]]) -> bool:
        """Whether a file holds the key of one of `others` under the name of its own: it would outlive the proof."""
        try:
            wrapped = file.read_bytes()
        except OSError:
            return False
        if self._unwrap(name, wrapped) is not None:
            return False
        return any(self._unwrap(other, wrapped) is not None for other in others)

    def _is_gone(self, name: tuple[dt.date, int]) -> bool:
        """Whether none of the directories has the key. One that is away, or cannot be looked into, proves nothing."""
        try:
            return not any(
                self._path(directory, name).exists() or not directory.is_dir() for directory in self.directories
            )
        except OSError:
            return False

    def _remember(self, name: tuple[dt.date, int], key: AESGCM) -> None:
        """Keep an opened key, and see to it that it is forgotten when it is destroyed. With the lock."""
        self._opened[name] = key
        if self._watching != os.getpid():
            self._watching = os.getpid()
            threading.Thread(target=_watch, args=[weakref.ref(self)], name="keyring", daemon=True).start()

    def forget_destroyed(self) -> None:
        """Drop from memory what no directory holds any more."""
        for name in list(self._opened):
            if self._is_gone(name):
                with self._lock:
                    self._forget(name)

    def _forget(self, name: tuple[dt.date, int]) -> None:
        for memory in (self._seen, self._verified, self._opened):
            memory.pop(name, None)

    @staticmethod
    def _shred(file: Path) -> bool:
        """Overwrite a key's bytes, then remove it; whether it was still there.

        Where the file system writes elsewhere than over the old bytes, the master key that wraps them still guards
        what is left on the disk. So it does where a copy cannot be overwritten: it goes by its name all the same.
        """
        try:
            with contextlib.suppress(OSError):
                file.chmod(0o600)  # a copy put back from elsewhere may not be ours to write yet
                with file.open("r+b", buffering=0) as handle:
                    handle.write(os.urandom(os.fstat(handle.fileno()).st_size))
                    os.fsync(handle.fileno())
            file.unlink()
        except FileNotFoundError:
            return False  # a second purge was quicker
        except OSError as error:
            raise KeyringUnavailable(f"The key file {file} cannot be destroyed.") from error
        return True

    @staticmethod
    def _sync(directory: Path) -> None:
        folder = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    @staticmethod
    def _path(directory: Path, name: tuple[dt.date, int]) -> Path:
        return directory / f"{name[0].isoformat()}.{name[1]}.key"

    def _require_writable(self) -> None:
        for directory in self.directories:
            try:
                mode = directory.stat().st_mode
            except OSError as error:
                raise KeyringUnavailable(f"The key directory {directory} is missing.") from error
            # Root may write where the mode says no; whoever took the permission away meant it for root too.
            if not (stat.S_ISDIR(mode) and mode & stat.S_IWUSR and os.access(directory, os.W_OK | os.X_OK)):
                raise KeyringUnavailable(f"The key directory {directory} cannot be written.")

    def _create(self, name: tuple[dt.date, int]) -> None:
        wrapped = self._wrap(name, secrets.token_bytes(32))
        self._place(self.directories[0], name, wrapped)

    def _spread(self, name: tuple[dt.date, int]) -> None:
        """Bring the key to the directories that lack it, from the first that has it whole."""
        wrapped = self._read(name)
        for directory in self.directories:
            if not self._path(directory, name).exists():
                self._place(directory, name, wrapped)

    def _place(self, directory: Path, name: tuple[dt.date, int], wrapped: bytes) -> None:
        """Write the file whole or not at all. Of two that try at once the first wins and the second uses its key."""
        target = self._path(directory, name)
        partial = directory / f".{target.name}.{secrets.token_hex(8)}"
        try:
            descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                if os.write(descriptor, wrapped) != len(wrapped):  # a full disk: nothing is linked
                    raise OSError("short write")
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            try:
                os.link(partial, target)
            except FileExistsError:
                pass
            finally:
                os.unlink(partial)
            self._sync(directory)
        except OSError as error:
            raise KeyringUnavailable(f"The key directory {directory} cannot be written.") from error

    def _wrap(self, name: tuple[dt.date, int], key: bytes) -> bytes:
        nonce = secrets.token_bytes(NONCE_BYTES)
        return MAGIC + nonce + self._master.encrypt(nonce, key, self._label(name))

    def _unwrap(self, name: tuple[dt.date, int], wrapped: bytes) -> bytes | None:
        body = wrapped[len(MAGIC) :]
        if not wrapped.startswith(MAGIC) or len(body) != NONCE_BYTES + 32 + 16:
            return None
        try:
            return self._master.decrypt(body[:NONCE_BYTES], body[NONCE_BYTES:], self._label(name))
        except InvalidTag:
            return None

    @staticmethod
    def _label(name: tuple[dt.date, int]) -> bytes:
        return f"contact-wrexham key {name[0].isoformat()}.{name[1]}".encode()

    def _read(self, name: tuple[dt.date, int]) -> bytes:
        for directory in self.directories:
            try:
                wrapped = self._path(directory, name).read_bytes()
            except OSError:
                continue
            if self._unwrap(name, wrapped) is not None:
                return wrapped
        raise KeyMissing(f"The key of {name[0].isoformat()}, version {name[1]}, is in no key directory.")

    def _open(self, name: tuple[dt.date, int]) -> AESGCM:
        key = self._unwrap(name, self._read(name))
        assert key is not None  # _read returns only what opens
        return AESGCM(key)


def _watch(reference: weakref.ref[Keyring]) -> None:
    """While there is this keyring, let it forget keys that others destroy, within a second."""
    before: list[int] = []
    while True:
        time.sleep(WATCH_SECONDS)
        ring = reference()
        if ring is None:
            return
        changed = _changed_at(ring.directories)
        # A file that goes changes its directory's time; one that changed a moment ago may change again unseen.
        if changed != before or any(time.time_ns() - moment < 2_000_000_000 for moment in changed):
            ring.forget_destroyed()
        before = changed
        del ring


def _changed_at(directories: list[Path]) -> list[int]:
    moments = []
    for directory in directories:
        with contextlib.suppress(OSError):
            moments.append(directory.stat().st_mtime_ns)
    return moments


@cache
def keyring() -> Keyring:
    """This process's keyring, from the settings."""
    try:
        master_key = base64.b64decode(settings.KEYRING_MASTER_KEY, validate=True)
    except binascii.Error as error:
        raise ImproperlyConfigured("KEYRING_MASTER_KEY must be 32 bytes in base64.") from error
    return Keyring([Path(directory) for directory in settings.KEYRING_DIRS], master_key)
