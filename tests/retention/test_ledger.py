"""The ledger: one chain in every copy, whoever is killed; any change is found where it is, and nothing added to it."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import random
import signal
import time
from itertools import pairwise
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command

from retention import ledger as ledger_module
from retention.ledger import Cure, Ledger, LedgerDamaged, LedgerUnavailable
from retention.ledger import ledger as this_ledger
from tests.retention.ledgers import canonical, chained, contents, ended, filled, forged, lines_of, own_process


def places(damages) -> list[tuple[Path, int]]:
    return [(damage.path, damage.line) for damage in damages]


# --- what is written --------------------------------------------------------------------------------------------------


def test_append_writes_the_same_canonical_line_to_every_copy(book):
    entry = book.append("purge", {"records": 3, "day": "2032-03-14", "place": "Tŷ"})

    first, second = contents(book)
    read = json.loads(first)
    assert first == second == canonical(read) + b"\n"
    assert read == vars(entry)
    assert list(read) == ["at", "body", "hash", "kind", "n", "previous"]
    assert (read["kind"], read["body"]) == ("purge", {"records": 3, "day": "2032-03-14", "place": "Tŷ"})


def test_entries_are_numbered_and_chained_from_64_zeros(book):
    read = [json.loads(line) for line in filled(book, 3)]

    assert [entry["n"] for entry in read] == [1, 2, 3]
    assert read[0]["previous"] == "0" * 64
    assert all(later["previous"] == earlier["hash"] for earlier, later in pairwise(read))
    for entry in read:
        digest = entry.pop("hash")
        assert hashlib.sha256(canonical(entry)).hexdigest() == digest


def test_entry_says_when_in_utc_and_whole_seconds(book):
    before = int(time.time())

    at = book.append("purge", {}).at

    assert at == dt.datetime.fromisoformat(at).astimezone(dt.UTC).isoformat(timespec="seconds")
    assert before <= dt.datetime.fromisoformat(at).timestamp() <= time.time()


def test_entries_and_head_are_what_was_appended(book):
    assert (book.entries(), book.head()) == ([], "0" * 64)

    appended = [book.append("intent", {"run": "a1"}), book.append("result", {"run": "a1", "records": 0})]

    assert Ledger(book.paths).entries() == appended
    assert book.head() == appended[-1].hash
    assert book.verify() == []


def test_body_with_numbers_for_keys_is_read_as_it_was_appended(book):
    entry = book.append("purge", {9: 1, 10: 2})

    assert entry.body == {"9": 1, "10": 2}
    assert book.entries() == [entry]


@pytest.mark.parametrize("body", [{"share": float("nan")}, {"when": object()}, {"name": b"bytes"}])
def test_body_that_is_no_json_is_refused_and_nothing_written(book, body):
    with pytest.raises((ValueError, TypeError)):
        book.append("purge", body)

    assert contents(book) == [None, None]


def test_files_are_readable_by_their_owner_only(book):
    book.append("purge", {})

    files = [*book.paths, book.paths[0].with_name("ledger.jsonl.lock")]
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}


def test_new_copies_and_their_directories_are_synced_to_disk(book, monkeypatch):
    synced, really = set(), os.fsync
    monkeypatch.setattr(os, "fsync", lambda descriptor: (synced.add(os.fstat(descriptor).st_ino), really(descriptor)))

    book.append("purge", {})

    for path in book.paths:
        assert {path.stat().st_ino, path.parent.stat().st_ino} <= synced


def test_line_is_written_in_one_piece_and_synced_before_the_next_copy(book, monkeypatch):
    book.append("purge", {})
    calls, write, sync = [], os.write, os.fsync
    monkeypatch.setattr(os, "write", lambda file, data: (calls.append(("write", data)), write(file, data))[1])
    monkeypatch.setattr(os, "fsync", lambda file: (calls.append(("sync", b"")), sync(file))[1])

    line = book.append("purge", {}).line()

    assert calls == [("write", line), ("sync", b"")] * 2


# --- where it is ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("names", [[], ["a/ledger"], ["a/ledger", "a/ledger"], ["a/ledger", "a/../a/ledger"]])
def test_fewer_than_two_places_are_refused(settings, tmp_path, names):
    settings.LEDGER_PATHS = [tmp_path / name for name in names]
    this_ledger.cache_clear()

    with pytest.raises(ImproperlyConfigured, match="LEDGER_PATHS"):
        this_ledger()


def test_ledger_of_the_settings_is_made_once(book, settings):
    assert this_ledger() is book
    assert book.paths == settings.LEDGER_PATHS


def test_second_name_of_the_same_file_is_no_second_copy(book):
    book.paths[0].touch()
    book.paths[1].hardlink_to(book.paths[0])

    with pytest.raises(LedgerUnavailable, match="one copy"):
        book.append("purge", {})

    assert contents(book) == [b"", b""]


@pytest.mark.parametrize("which", [0, 1])
def test_missing_directory_is_refused_and_not_made(book, which):
    book.paths[which].parent.rmdir()

    for use in (lambda: book.append("purge", {}), book.mend, book.entries, book.head, book.verify):
        with pytest.raises(LedgerUnavailable, match=book.paths[which].parent.name):
            use()

    assert not book.paths[which].parent.exists()
    assert contents(book) == [None, None]


@pytest.mark.parametrize("entries", [0, 2])
@pytest.mark.parametrize("which", [0, 1])
def test_read_only_directory_refuses_and_writes_nothing_even_for_root(book, which, entries):
    filled(book, entries)
    before = contents(book)
    book.paths[which].parent.chmod(0o500)

    with pytest.raises(LedgerUnavailable, match=book.paths[which].parent.name):
        book.append("purge", {})
    with pytest.raises(LedgerUnavailable, match=book.paths[which].parent.name):
        book.mend()

    assert contents(book) == before
    assert len(book.entries()) == entries


@pytest.mark.parametrize("which", [0, 1])
def test_read_only_copy_refuses_and_writes_nothing_even_for_root(book, which):
    filled(book, 2)
    before = contents(book)
    book.paths[which].chmod(0o400)

    with pytest.raises(LedgerUnavailable, match=book.paths[which].parent.name):
        book.append("purge", {})

    assert contents(book) == before


@pytest.mark.parametrize("which", [0, 1])
def test_directory_in_the_place_of_a_copy_is_refused(book, which):
    book.paths[which].mkdir()

    for use in (lambda: book.append("purge", {}), book.entries, book.verify):
        with pytest.raises(LedgerUnavailable, match=book.paths[which].parent.name):
            use()

    assert not book.paths[1 - which].exists()


@pytest.mark.parametrize("which", [0, 1])
def test_full_disk_is_refused_and_the_next_append_is_fine(book, monkeypatch, which):
    filled(book, 2)
    full, write = book.paths[which].stat().st_ino, os.write
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", lambda file, data: write(file, data[:9] if os.fstat(file).st_ino == full else data))
        for _ in range(3):  # however often it is tried, no copy gets far ahead
            with pytest.raises(LedgerUnavailable, match=book.paths[which].parent.name):
                book.append("purge", {})
    before = len(book.entries())

    last = book.append("purge", {})

    assert before == (2 if which == 0 else 3)
    assert last.n == before + 1
    assert book.verify() == []


# --- many at once, and killed -----------------------------------------------------------------------------------------


def test_processes_appending_at_once_make_one_chain(book, tmp_path):
    go = tmp_path / "go"

    def append(name: int) -> None:
        while not go.exists():
            time.sleep(0.0005)
        for count in range(12):
            Ledger(book.paths).append("purge", {"process": name, "count": count})

    processes = [own_process(lambda name=name: append(name)) for name in range(6)]
    go.touch()
    codes = [ended(process) for process in processes]

    assert codes == [0] * 6
    assert book.verify() == []
    written = [(entry.body["process"], entry.body["count"]) for entry in book.entries()]
    assert sorted(written) == [(name, count) for name in range(6) for count in range(12)]


def test_reading_while_another_process_writes_sees_no_damage(book, tmp_path):
    stop = tmp_path / "stop"

    def append() -> None:
        while not stop.exists():
            book.append("purge", {})

    filled(book, 1)
    process = own_process(append)
    seen = [(book.verify(), len(book.entries())) for _ in range(100)]
    stop.touch()

    assert ended(process) == 0
    assert [damages for damages, _ in seen if damages] == []
    assert seen[-1][1] > seen[0][1]


def kill_at(call: int, half: bool) -> None:
    """Let this process be killed at its n-th call that changes a file; with half a line written, if asked."""
    made = 0

    def killing(really):
        def maybe(file, *arguments):
            nonlocal made
            made += 1
            if made == call:
                if half and really is write:
                    write(file, arguments[0][: len(arguments[0]) // 2])
                os.kill(os.getpid(), signal.SIGKILL)
            return really(file, *arguments)

        return maybe

    write = os.write
    for name in ("write", "fsync", "ftruncate"):
        setattr(os, name, killing(getattr(os, name)))


@pytest.mark.parametrize("half", [False, True], ids=["between calls", "halfway"])
@pytest.mark.parametrize("entries", [0, 3])
def test_process_killed_at_any_call_never_blocks_the_next_append(book, entries, half):
    """Each next process is killed one call later, while it puts right what the one before left behind."""
    filled(book, entries)
    killed = 0

    for call in range(1, 20):

        def append(call: int = call) -> None:
            kill_at(call, half)
            book.append("purge", {"from": "killed"})

        before = book.entries()
        code = ended(own_process(append))
        assert all(damage.cure is Cure.APPEND for damage in book.verify())
        assert book.entries()[: len(before)] == before
        if code == 0:
            break
        assert code == -signal.SIGKILL
        killed += 1
    last = book.append("purge", {"from": "survivor"})

    assert killed >= 4
    assert book.verify() == []
    assert book.entries()[-1] == last
    assert contents(book)[0] == contents(book)[1]


def test_processes_killed_at_random_lose_no_acknowledged_entry(book):
    acknowledged, chance = [], random.Random(2032)

    for _ in range(40):
        reading, writing = os.pipe()

        def append(writing: int = writing) -> None:
            while True:
                os.write(writing, f"{book.append('purge', {}).hash}\n".encode())

        process = own_process(append)
        os.close(writing)
        time.sleep(chance.uniform(0.002, 0.03))
        os.kill(process, signal.SIGKILL)
        assert ended(process) == -signal.SIGKILL
        with os.fdopen(reading) as said:
            acknowledged += [line.strip() for line in said if line.endswith("\n")]
        acknowledged.append(book.append("purge", {}).hash)
        assert book.verify() == []

    hashes = [entry.hash for entry in book.entries()]
    assert len(acknowledged) > 40  # some were killed after they had begun
    assert [one for one in hashes if one in set(acknowledged)] == acknowledged


# --- what a killed process leaves behind ------------------------------------------------------------------------------


@pytest.mark.parametrize("ahead", [0, 1])
def test_last_line_torn_anywhere_is_found_and_put_right(book, ahead):
    """Of a line that one copy has whole and the other has to any length short of whole."""
    lines = filled(book, 3)
    torn = book.paths[1 - ahead]

    for length in range(len(lines[2])):
        for path in book.paths:
            path.write_bytes(b"".join(lines))
        torn.write_bytes(b"".join(lines[:2]) + lines[2][:length])

        (damage,) = book.verify()
        assert (damage.path, damage.line, damage.cure) == (torn, 3, Cure.APPEND)
        assert ("torn" if length else "shorter") in damage.wrong
        assert book.append("purge", {}).n == 4
        assert lines_of(torn)[:3] == lines
        assert book.verify() == []


@pytest.mark.parametrize("which", [[0], [1], [0, 1]], ids=["first", "second", "both"])
def test_torn_line_that_no_copy_has_whole_is_cut_off(book, which):
    lines = filled(book, 2)
    for copy in which:
        book.paths[copy].write_bytes(b"".join(lines) + b'{"at":"2032-')

    damages = book.verify()
    last = book.append("purge", {})

    assert places(damages) == [(book.paths[copy], 3) for copy in which]
    assert last.n == 3
    assert contents(book) == [b"".join([*lines, last.line()])] * 2


def test_first_line_torn_in_a_new_ledger_is_cut_off(book):
    book.paths[0].write_bytes(b'{"at":')

    assert book.append("purge", {}).n == 1
    assert book.verify() == []


def test_entries_hold_one_that_only_one_copy_has(book):
    lines = filled(book, 3)
    book.paths[0].write_bytes(b"".join(lines[:2]))

    assert [entry.line() for entry in book.entries()] == lines


# --- what must not happen ---------------------------------------------------------------------------------------------


def refused_append(book: Ledger) -> LedgerDamaged:
    """The refusal of one more entry, after which every copy is as it was."""
    before = contents(book)
    with pytest.raises(LedgerDamaged) as refused:
        book.append("purge", {})
    assert contents(book) == before
    return refused.value


def changed_bytes(position: int, byte: int) -> set[int]:
    """One bit; and by turns a letter's case, what is no ASCII, a line too many, a blank."""
    return {byte ^ 1, [byte ^ 0x20, byte ^ 0x80, ord("\n"), ord(" ")][position % 4]} - {byte}


@pytest.mark.slow("verifies a ledger for each of its bytes")
@pytest.mark.parametrize("which", [0, 1])
def test_any_changed_byte_of_any_line_is_found_where_it_is(book, which):
    whole = b"".join(filled(book, 3))
    path = book.paths[which]

    for position, byte in enumerate(whole):
        line = whole[:position].count(b"\n") + 1
        for other in changed_bytes(position, byte):
            path.write_bytes(whole[:position] + bytes([other]) + whole[position + 1 :])

            damages = book.verify()

            assert (path, line) in places(damages), (position, other)
            assert {damage.path for damage in damages} == {path}
            refused_append(book)


# What is done to five lines; where it is then found, with which word.
DAMAGES = {
    "first line removed": (lambda a: a[1:], 1, "removed"),
    "middle line removed": (lambda a: [*a[:2], *a[3:]], 3, "removed"),
    "two lines removed": (lambda a: [a[0], *a[3:]], 2, "removed"),
    "lines swapped": (lambda a: [a[0], a[2], a[1], *a[3:]], 2, "reordered"),
    "last before first": (lambda a: [a[4], *a[:4]], 1, "reordered"),
    "line repeated": (lambda a: [*a[:3], a[2], *a[3:]], 4, "inserted"),
    "line of another number inserted": (lambda a: [*a[:2], forged(a[2], kind="x"), *a[2:]], 4, "inserted"),
    "blank line inserted": (lambda a: [*a[:2], b"\n", *a[2:]], 3, "edited"),
    "edited, old hash": (lambda a: [*a[:2], a[2].replace(b'"records":2', b'"records":7'), *a[3:]], 3, "edited"),
    "edited, hash made to fit": (lambda a: [*a[:2], forged(a[2], kind="x"), *a[3:]], 4, "chain"),
    "last edited, hash made to fit": (lambda a: [*a[:4], forged(a[4], kind="x")], 5, "fork"),
    "all hashes made to fit": (lambda a: chained([*a[:2], forged(a[2], kind="x"), *a[3:]]), 3, "fork"),
    "removed, hashes made to fit": (lambda a: chained([*a[:2], *a[3:]]), 3, "fork"),
    "not canonical": (lambda a: [*a[:2], a[2].replace(b":", b": ", 1), *a[3:]], 3, "edited"),
    "other fields": (lambda a: [*a[:2], forged(a[2], more=1), *a[3:]], 3, "edited"),
    "number is text": (lambda a: [*a[:2], forged(a[2], n="3"), *a[3:]], 3, "edited"),
    "no entry at all": (lambda a: [*a[:2], b"[3]\n", *a[3:]], 3, "edited"),
    "nested beyond reading": (lambda a: [*a[:2], b"[" * 100_000 + b"\n", *a[3:]], 3, "edited"),
    "torn, then edited": (lambda a: [*a[:4], a[4][:20] + b"?"], 5, "edited"),
    "two lines short": (lambda a: a[:3], 4, "shorter"),
    "two lines short and torn": (lambda a: [*a[:3], a[3][:20]], 4, "torn"),
    "emptied": (lambda a: [], 1, "shorter"),
}


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_found_named_and_never_added_to(book, which, damage):
    spoil, line, word = DAMAGES[damage]
    lines = filled(book, 5)
    path = book.paths[which]
    path.write_bytes(b"".join(spoil(lines)))

    found = {damage.line: damage.wrong for damage in book.verify() if damage.path == path}

    assert word in found[line], found
    assert f"{path}, line {line}: " in str(refused_append(book))
    for use in (book.entries, book.head):
        with pytest.raises(LedgerDamaged):
            use()


@pytest.mark.parametrize("which", [0, 1])
def test_forged_line_beside_its_double_is_told_by_the_other_copy(book, which):
    lines = filled(book, 5)
    book.paths[which].write_bytes(b"".join([*lines[:2], forged(lines[2], kind="x"), *lines[2:]]))

    assert (book.paths[which], 3) in places(book.verify())


def test_fork_is_laid_to_both_copies(book):
    lines = filled(book, 3)
    book.paths[1].write_bytes(b"".join([*lines[:2], forged(lines[2], kind="x")]))

    assert places(book.verify()) == [(book.paths[0], 3), (book.paths[1], 3)]


def test_every_damage_of_both_copies_is_named(book):
    lines = filled(book, 5)
    book.paths[0].write_bytes(b"".join([lines[0], b"?\n", *lines[2:4], b"?\n"]))
    book.paths[1].write_bytes(b"".join([*lines[:2], b"?\n", *lines[3:]]))

    assert places(book.verify()) == [(book.paths[0], 2), (book.paths[0], 5), (book.paths[1], 3)]
    refused_append(book)


def test_refusal_names_no_contents_and_not_a_thousand_lines(book):
    filled(book, 2)
    book.paths[0].write_bytes(b"zyxwname\n" * 1000)

    message = str(refused_append(book))

    assert message.count(str(book.paths[0])) == 5
    assert "and 995 more" in message
    assert "zyxw" not in message


@pytest.mark.parametrize("entries", [1, 2, 5])
@pytest.mark.parametrize("which", [0, 1])
def test_missing_copy_is_found_and_never_made_by_an_append(book, which, entries):
    filled(book, entries)
    book.paths[which].unlink()

    (damage,) = book.verify()

    assert (damage.path, damage.line, damage.wrong) == (book.paths[which], 1, "the copy is missing")
    refused_append(book)
    assert not book.paths[which].exists()


def test_missing_copy_is_found_beside_an_edited_one(book):
    lines = filled(book, 2)
    book.paths[0].write_bytes(b"".join([b"?\n", lines[1]]))
    book.paths[1].unlink()

    assert places(book.verify()) == [(book.paths[0], 1), (book.paths[1], 1)]
    refused_append(book)


def test_ledger_that_has_vanished_altogether_begins_anew(book):
    filled(book, 2)
    for path in book.paths:
        path.unlink()

    assert book.verify() == []
    assert book.append("purge", {}).n == 1


def test_two_whole_copies_do_not_outvote_a_forked_third(book, tmp_path):
    three = Ledger([*book.paths, tmp_path / "ledger.jsonl"])
    lines = filled(three, 3)
    three.paths[2].write_bytes(b"".join([*lines[:2], forged(lines[2], kind="x")]))

    assert (three.paths[2], 3) in places(three.verify())
    refused_append(three)


# --- mending ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("damage", ["two lines short", "two lines short and torn", "emptied", "removed"])
def test_mending_completes_a_copy_from_the_longest(book, which, damage):
    lines = filled(book, 5)
    if damage == "removed":
        book.paths[which].unlink()
    else:
        book.paths[which].write_bytes(b"".join(DAMAGES[damage][0](lines)))

    mended = book.mend()

    assert {one.path for one in mended} == {book.paths[which]}
    assert contents(book) == [b"".join(lines)] * 2
    assert book.paths[which].stat().st_mode & 0o777 == 0o600
    assert book.verify() == book.mend() == []
    assert book.append("purge", {}).n == 6


def test_mending_three_copies_takes_the_longest_wherever_it_is(book, tmp_path):
    three = Ledger([*book.paths, tmp_path / "ledger.jsonl"])
    lines = filled(three, 5)
    three.paths[0].write_bytes(b"".join(lines[:2]))
    three.paths[1].unlink()

    three.mend()

    assert contents(three) == [b"".join(lines)] * 3


MENDABLE = {"two lines short", "two lines short and torn", "emptied"}


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("damage", sorted(DAMAGES.keys() - MENDABLE))
def test_mending_overwrites_no_changed_copy(book, which, damage):
    lines = filled(book, 5)
    book.paths[which].write_bytes(b"".join(DAMAGES[damage][0](lines)))
    before = contents(book)

    with pytest.raises(LedgerDamaged):
        book.mend()

    assert contents(book) == before


def test_mending_completes_nothing_from_an_edited_copy(book):
    lines = filled(book, 3)
    book.paths[0].write_bytes(b"".join([*lines[:2], b"?\n"]))
    book.paths[1].unlink()

    with pytest.raises(LedgerDamaged):
        book.mend()

    assert not book.paths[1].exists()


def test_mending_a_whole_or_a_new_ledger_does_nothing(book):
    assert book.mend() == []
    assert contents(book) == [None, None]
    filled(book, 2)
    before = contents(book)

    assert book.mend() == []

    assert contents(book) == before


def test_mending_that_is_killed_can_be_done_again(book):
    lines = filled(book, 5)
    book.paths[1].unlink()

    def mend() -> None:
        kill_at(2, half=True)  # the first call syncs the directory, the second writes the lines
        book.mend()

    assert ended(own_process(mend)) == -signal.SIGKILL
    assert 0 < book.paths[1].stat().st_size < len(b"".join(lines))
    book.mend()

    assert contents(book) == [b"".join(lines)] * 2


# --- the command ------------------------------------------------------------------------------------------------------


def test_command_says_how_many_entries_and_how_each_copy_is(book, capsys):
    filled(book, 3)

    call_command("verify_ledger")

    assert capsys.readouterr().out.splitlines() == [
        "Entries: 3",
        f"Head: {book.head()}",
        *(f"{path}: whole" for path in book.paths),
    ]


def test_command_fails_and_names_every_damage(book, capsys):
    lines = filled(book, 8)
    book.paths[1].write_bytes(b"?\n" * 7 + lines[7])

    with pytest.raises(CommandError) as failed:
        call_command("verify_ledger")

    for line in range(1, 8):
        assert f"{book.paths[1]}, line {line}: " in str(failed.value)
    assert f"{book.paths[0]}: whole\n{book.paths[1]}: not whole, lines at fault: 7\n" in capsys.readouterr().out


def test_command_mends_when_asked_and_only_then(book, capsys):
    filled(book, 3)
    book.paths[1].unlink()

    with pytest.raises(CommandError, match="--mend"):
        call_command("verify_ledger")
    assert not book.paths[1].exists()
    call_command("verify_ledger", mend=True)

    said = capsys.readouterr().out
    assert f"Mended: {book.paths[1]}, line 1: the copy is missing\n" in said
    assert f"Entries: 3\nHead: {book.head()}\n" in said
    assert book.verify() == []


def test_command_does_not_mend_an_edited_copy(book):
    lines = filled(book, 3)
    book.paths[0].write_bytes(b"".join([*lines[:2], b"?\n"]))

    with pytest.raises(CommandError, match=r"ledger-a/ledger\.jsonl, line 3: .*edited"):
        call_command("verify_ledger", mend=True)


def test_command_says_which_copy_is_out_of_reach(book):
    book.paths[1].parent.rmdir()

    with pytest.raises(CommandError, match=r"ledger-b/ledger\.jsonl cannot be read"):
        call_command("verify_ledger")


# --- six years of entries ---------------------------------------------------------------------------------------------


@pytest.mark.slow("reads ten thousand entries, some times")
def test_append_reads_each_line_once_whatever_its_number_of_copies(book, monkeypatch):
    """Ten thousand lines take ten thousand readings, not twice or a square of them."""
    (line,) = filled(book, 1)
    whole = b"".join(chained([line] * 10_000))
    for path in book.paths:
        path.write_bytes(whole)
    read, really = [], ledger_module._entry_of
    monkeypatch.setattr(ledger_module, "_entry_of", lambda line: read.append(1) or really(line))

    entry = book.append("purge", {"records": 3})

    assert entry.n == 10_001
    assert len(read) == 10_000
