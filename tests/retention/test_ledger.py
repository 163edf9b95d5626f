"""The ledger: one unbroken chain in every copy, whoever writes or is killed; a hand that edits it is found."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command

from retention.ledger import FIRST, Ledger, LedgerDamaged, LedgerUnavailable

WRITER = """
import sys
from pathlib import Path
from retention.ledger import Ledger
book = Ledger([Path(path) for path in sys.argv[2:]])
for number in range(int(sys.argv[1])):
    book.append("test", {"number": number})
"""


def writer(book: Ledger, times: int) -> subprocess.Popen[bytes]:
    """Another process that appends."""
    return subprocess.Popen([sys.executable, "-c", WRITER, str(times), *map(str, book.paths)])


def filled(book: Ledger, entries: int = 3) -> Ledger:
    for number in range(entries):
        book.append("test", {"number": number})
    return book


def lines(path) -> list[bytes]:
    return path.read_bytes().splitlines(keepends=True)


def test_entries_are_chained_and_alike_in_every_copy(book):
    first, second = book.append("one", {"a": 1}), book.append("two", {"b": 2})

    assert (first.n, first.previous, second.n, second.previous) == (1, FIRST, 2, first.hash)
    assert book.entries() == [first, second]
    assert book.paths[0].read_bytes() == book.paths[1].read_bytes()
    assert book.verify() == []


def test_copies_are_readable_by_their_owner_only(book):
    filled(book)

    assert {path.stat().st_mode & 0o777 for path in book.paths} == {0o600}


def test_entry_is_on_the_disk_before_append_returns(book, monkeypatch):
    synced, really = set(), os.fsync
    monkeypatch.setattr(os, "fsync", lambda descriptor: (synced.add(os.fstat(descriptor).st_ino), really(descriptor)))

    filled(book, 1)

    assert {path.stat().st_ino for path in book.paths} | {path.parent.stat().st_ino for path in book.paths} <= synced


def test_processes_and_threads_that_append_at_once_make_one_chain(book):
    others = [writer(book, 20) for _ in range(3)]
    threads = [threading.Thread(target=filled, args=(book, 20)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for waited in (*threads,):
        waited.join()

    assert [other.wait(30) for other in others] == [0, 0, 0]
    assert [entry.n for entry in book.entries()] == list(range(1, 121))
    assert book.verify() == []


def test_writer_killed_anywhere_never_blocks_the_next(book):
    chance = random.Random(7)
    for _ in range(12):
        killed = writer(book, 100_000)
        until = time.monotonic() + 20
        before = len(book.entries())
        while len(book.entries()) == before and time.monotonic() < until:
            time.sleep(0.005)
        time.sleep(chance.random() / 50)
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        written = len(book.entries())

        book.append("after", {})

        assert len(book.entries()) == written + 1
        assert book.verify() == []


@pytest.mark.parametrize("line", [0, 1, 2])
def test_every_edited_byte_is_located(book, line):
    filled(book)
    path, whole = book.paths[1], lines(book.paths[1])
    for at in range(0, len(whole[line]) - 1, 7):
        edited = bytearray(whole[line])
        edited[at] ^= 1
        path.write_bytes(b"".join(whole[:line]) + bytes(edited) + b"".join(whole[line + 1 :]))

        damages = book.verify()

        assert [(damage.path, damage.line) for damage in damages] == [(path, line + 1)], at
        with pytest.raises(LedgerDamaged, match=f"line {line + 1}"):
            book.append("more", {})
    assert book.paths[0].read_bytes() == b"".join(whole)


def test_entry_edited_with_its_hash_breaks_the_chain_after_it(book):
    filled(book)
    path, whole = book.paths[0], lines(book.paths[0])
    path.write_bytes(b"")
    forger = Ledger([path, path.with_suffix(".other")])
    forger.append("test", {"number": 99})
    path.write_bytes(lines(path)[0] + b"".join(whole[1:]))

    assert [(damage.path, damage.line) for damage in book.verify()] == [(path, 2)]


@pytest.mark.parametrize(
    ("order", "line"), [((0, 2), 2), ((1, 0, 2), 1), ((0, 0, 1, 2), 2)], ids=["removed", "swapped", "doubled"]
)
def test_lines_removed_swapped_or_doubled_are_located(book, order, line):
    filled(book)
    whole = lines(book.paths[0])
    book.paths[0].write_bytes(b"".join(whole[at] for at in order))

    assert [(damage.path, damage.line) for damage in book.verify()] == [(book.paths[0], line)]
    with pytest.raises(LedgerDamaged):
        book.append("more", {})


def test_copy_that_tells_another_story_is_located_and_not_mended(book, tmp_path):
    filled(book)
    other = Ledger([tmp_path / "x", tmp_path / "y"])
    other.append("test", json.loads(lines(book.paths[0])[0])["body"])
    filled(other, 1)
    book.paths[1].write_bytes((tmp_path / "x").read_bytes())
    before = book.paths[1].read_bytes()

    assert [damage.path for damage in book.verify()] == [book.paths[1]]
    with pytest.raises(LedgerDamaged, match="another story"):
        book.mend()
    assert book.paths[1].read_bytes() == before


def test_missing_copy_is_told_and_stops_writing_until_it_is_mended(book):
    filled(book)
    book.paths[1].unlink()

    with pytest.raises(LedgerDamaged, match="missing"):
        book.append("more", {})
    with pytest.raises(CommandError, match=r"ledger-b.jsonl: missing"):
        call_command("verify_ledger")
    call_command("verify_ledger", mend=True)

    assert book.append("more", {}).n == 4
    assert book.paths[0].read_bytes() == book.paths[1].read_bytes()


def test_torn_line_and_copy_one_behind_are_put_right(book):
    filled(book)
    book.paths[0].write_bytes(book.paths[0].read_bytes() + b'{"at":"2026')
    book.paths[1].write_bytes(b"".join(lines(book.paths[1])[:-1]))

    assert len(book.verify()) == 2
    assert book.append("more", {}).n == 4
    assert book.verify() == []


def test_missing_directory_is_unavailable_and_nothing_is_written(tmp_path):
    (tmp_path / "here").mkdir()
    book = Ledger([tmp_path / "here" / "a", tmp_path / "gone" / "b"])

    with pytest.raises(LedgerUnavailable, match="gone"):
        book.append("test", {})
    assert not (tmp_path / "here" / "a").exists()


@pytest.mark.parametrize("names", [[], ["a"], ["a", "a"], ["a", "b", "./a"]])
def test_fewer_than_two_places_are_refused(tmp_path, names):
    with pytest.raises(ImproperlyConfigured):
        Ledger([tmp_path / name for name in names])


def test_command_tells_entries_and_head(book, capsys):
    head = filled(book).entries()[-1].hash

    call_command("verify_ledger")

    assert capsys.readouterr().out == f"Entries: 3 in each of 2 copies\nHead: {head}\n"
