"""The lines of a ledger's copies, forged ones too, and processes of their own that write to it."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path

from retention.ledger import Ledger


def filled(book: Ledger, entries: int) -> list[bytes]:
    """The lines of a ledger of so many entries, each with its newline."""
    for count in range(entries):
        book.append("purge", {"model": "enquiry", "records": count, "day": "2032-03-14"})
    return lines_of(book.paths[0]) if entries else []


def lines_of(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines(keepends=True)


def contents(book: Ledger) -> list[bytes | None]:
    return [path.read_bytes() if path.exists() else None for path in book.paths]


def forged(line: bytes, **changes: object) -> bytes:
    """The line with other values and with the hash that belongs to them."""
    entry = json.loads(line) | changes
    del entry["hash"]
    entry["hash"] = hashlib.sha256(canonical(entry)).hexdigest()
    return canonical(entry) + b"\n"


def canonical(entry: object) -> bytes:
    return json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def chained(lines: Iterable[bytes]) -> list[bytes]:
    """The lines with numbers and hashes made to fit: what a forger with the time for it would leave."""
    made: list[bytes] = []
    for n, line in enumerate(lines, 1):
        made.append(forged(line, n=n, previous=json.loads(made[-1])["hash"] if made else "0" * 64))
    return made


def own_process(work: Callable[[], None]) -> int:
    """Begin `work` in a process of its own and give its number. Much faster than a new interpreter."""
    pid = os.fork()
    if pid:
        return pid
    try:
        work()
        os._exit(0)
    finally:  # nothing that pytest or the database does at the end of a process
        os._exit(1)


def ended(pid: int) -> int:
    """Wait for a process and give its exit code, or minus the signal that killed it."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
