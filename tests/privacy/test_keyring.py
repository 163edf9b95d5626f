"""The day keys: safe in every directory before use, the same for everybody, useless when tampered with."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command

from privacy.keyring import Keyring, KeyMissing, KeyringUnavailable
from privacy.keyring import keyring as this_keyring

DAY = dt.date(2032, 3, 14)
OTHER_DAY = dt.date(2032, 3, 15)
MASTER = b"another master key, 32 bytes lon"
FILE = "2032-03-14.1.key"


@pytest.fixture
def directories(tmp_path: Path) -> list[Path]:
    made = [tmp_path / "a", tmp_path / "b"]
    for directory in made:
        directory.mkdir()
    return made


@pytest.fixture
def ring(directories: list[Path]) -> Keyring:
    return Keyring(directories, MASTER)


def mark(key) -> str:
    """What tells one key from another without knowing it."""
    return key.encrypt(b"0" * 12, b"the same words", b"").hex()


def sealing_mark(directories: list[Path]) -> str:
    return mark(Keyring(directories, MASTER).sealing_key(DAY)[1])


def files(directory: Path) -> list[str]:
    return sorted(os.listdir(directory))


def test_new_key_is_in_every_directory_and_opens_from_each(ring, directories):
    _, key = ring.sealing_key(DAY)

    for directory in directories:
        assert files(directory) == [FILE]
        assert mark(Keyring([directory], MASTER).opening_key(DAY, 1)) == mark(key)


def test_new_key_and_its_directories_are_synced_to_disk(ring, directories, monkeypatch):
    synced, really = set(), os.fsync
    monkeypatch.setattr(os, "fsync", lambda descriptor: (synced.add(os.fstat(descriptor).st_ino), really(descriptor)))

    ring.sealing_key(DAY)

    for directory in directories:
        assert {directory.stat().st_ino, (directory / FILE).stat().st_ino} <= synced


def test_key_files_are_readable_by_their_owner_only(ring, directories):
    ring.sealing_key(DAY)

    assert {(directory / FILE).stat().st_mode & 0o777 for directory in directories} == {0o600}


def test_each_day_has_a_key_of_its_own(ring):
    assert mark(ring.sealing_key(DAY)[1]) != mark(ring.sealing_key(OTHER_DAY)[1])


def test_key_is_the_same_every_time_and_after_forgetting(ring):
    before = mark(ring.sealing_key(DAY)[1])
    ring.forget()

    assert mark(ring.sealing_key(DAY)[1]) == mark(ring.opening_key(DAY, 1)) == before


def test_sixteen_threads_asking_at_once_get_one_key(directories):
    barrier, marks = threading.Barrier(16), []

    def ask() -> None:
        ring = Keyring(directories, MASTER)
        barrier.wait()
        marks.append(mark(ring.sealing_key(DAY)[1]))

    threads = [threading.Thread(target=ask) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(marks) == 16
    assert set(marks) == {sealing_mark(directories[:1])} == {sealing_mark(directories[1:])}


ASKING = """
import datetime as dt, pathlib, sys, time
from privacy.keyring import Keyring
directories = [pathlib.Path(name) for name in sys.argv[1:3]]
ring, go = Keyring(directories, sys.argv[3].encode()), pathlib.Path(sys.argv[4])
print("ready", flush=True)
while not go.exists():
    time.sleep(0.0005)
for day in range(1, 29):
    print(ring.sealing_key(dt.date(2032, 3, day))[1].encrypt(b"0" * 12, b"the same words", b"").hex())
"""


def test_four_processes_asking_at_once_get_one_key_a_day(directories, tmp_path):
    go = tmp_path / "go"
    command = [sys.executable, "-c", ASKING, *map(str, directories), MASTER.decode(), str(go)]
    asking = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    for process in asking:
        assert process.stdout.readline() == "ready\n"

    go.touch()
    answers = [process.communicate(timeout=30)[0] for process in asking]

    assert len(answers[0].split()) == 28
    assert len(set(answers)) == 1


def test_file_holds_no_byte_of_the_key(directories, monkeypatch):
    key = bytes(range(200, 232))
    monkeypatch.setattr("secrets.token_bytes", lambda size: key[:size] if size == 32 else os.urandom(size))

    Keyring(directories, MASTER).sealing_key(DAY)

    wrapped = (directories[0] / FILE).read_bytes()
    assert not any(key[start : start + 4] in wrapped for start in range(28))


def damage_truncated(directory: Path) -> None:
    (directory / FILE).write_bytes((directory / FILE).read_bytes()[:-1])


def damage_emptied(directory: Path) -> None:
    (directory / FILE).write_bytes(b"")


def damage_swapped(directory: Path) -> None:
    (directory / FILE).write_bytes((directory / "2032-03-15.1.key").read_bytes())


def damage_one_bit(directory: Path) -> None:
    whole = bytearray((directory / FILE).read_bytes())
    whole[30] ^= 1
    (directory / FILE).write_bytes(whole)


def damage_removed(directory: Path) -> None:
    (directory / FILE).unlink()


DAMAGES = [damage_truncated, damage_emptied, damage_swapped, damage_one_bit, damage_removed]


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_key_does_not_open_and_the_second_directory_saves_it(ring, directories, damage):
    before = mark(ring.sealing_key(DAY)[1])
    ring.sealing_key(OTHER_DAY)

    damage(directories[0])

    with pytest.raises(KeyMissing):
        Keyring(directories[:1], MASTER).opening_key(DAY, 1)
    again = Keyring(directories, MASTER)
    assert mark(again.opening_key(DAY, 1)) == before
    assert mark(again.sealing_key(DAY)[1]) == before


def test_key_damaged_everywhere_is_not_replaced_by_another(ring, directories):
    ring.sealing_key(DAY)
    for directory in directories:
        damage_truncated(directory)
    left = [(directory / FILE).read_bytes() for directory in directories]

    with pytest.raises(KeyMissing):
        Keyring(directories, MASTER).sealing_key(DAY)

    assert [(directory / FILE).read_bytes() for directory in directories] == left


def test_file_renamed_to_another_day_or_version_does_not_open(ring, directories):
    ring.sealing_key(DAY)
    for directory in directories:
        (directory / FILE).rename(directory / "2032-03-16.1.key")
        (directory / "2032-03-14.2.key").write_bytes((directory / "2032-03-16.1.key").read_bytes())
    again = Keyring(directories, MASTER)

    with pytest.raises(KeyMissing):
        again.opening_key(dt.date(2032, 3, 16), 1)
    with pytest.raises(KeyMissing):
        again.opening_key(DAY, 2)


@pytest.mark.parametrize("lacking", [0, 1])
def test_missing_copy_is_healed_at_the_next_sealing(ring, directories, lacking):
    before = mark(ring.sealing_key(DAY)[1])
    (directories[lacking] / FILE).unlink()

    Keyring(directories, MASTER).sealing_key(DAY)

    assert mark(Keyring([directories[lacking]], MASTER).opening_key(DAY, 1)) == before


def test_copy_lost_while_running_is_healed_when_it_is_looked_for_again(ring, directories, monkeypatch):
    monkeypatch.setattr("privacy.keyring.RECHECK_SECONDS", 0.0)
    ring.sealing_key(DAY)
    (directories[1] / FILE).unlink()

    ring.sealing_key(DAY)

    assert files(directories[1]) == [FILE]


@pytest.mark.xfail(
    strict=True, reason="Keyring.sealing_key seals under the key in memory after it made another one on disk"
)
def test_key_lost_everywhere_while_running_never_seals_what_no_file_opens(ring, directories, monkeypatch):
    monkeypatch.setattr("privacy.keyring.RECHECK_SECONDS", 0.0)
    ring.sealing_key(DAY)
    for directory in directories:
        (directory / FILE).unlink()

    try:
        _, key = ring.sealing_key(DAY)
    except KeyringUnavailable:
        return

    assert mark(key) == sealing_mark(directories)


@pytest.mark.parametrize("which", [0, 1])
def test_missing_directory_refuses_and_writes_nothing(directories, which):
    directories[which].rmdir()
    other = directories[1 - which]
    ring = Keyring(directories, MASTER)

    with pytest.raises(KeyringUnavailable):
        ring.sealing_key(DAY)
    with pytest.raises(KeyringUnavailable):
        ring.check()

    assert files(other) == []
    assert not directories[which].exists()


@pytest.mark.parametrize("which", [0, 1])
def test_read_only_directory_refuses_and_writes_nothing_even_for_root(directories, which):
    directories[which].chmod(0o500)
    ring = Keyring(directories, MASTER)

    with pytest.raises(KeyringUnavailable):
        ring.sealing_key(DAY)
    with pytest.raises(KeyringUnavailable):
        ring.check()

    assert [files(directory) for directory in directories] == [[], []]


def test_file_in_the_place_of_a_directory_is_refused(directories):
    directories[1].rmdir()
    directories[1].write_text("not a directory")

    with pytest.raises(KeyringUnavailable):
        Keyring(directories, MASTER).sealing_key(DAY)


def test_wrong_master_key_opens_nothing_and_replaces_nothing(ring, directories):
    before = mark(ring.sealing_key(DAY)[1])
    stranger = Keyring(directories, b"x" * 32)

    with pytest.raises(KeyMissing):
        stranger.opening_key(DAY, 1)
    with pytest.raises(KeyMissing):
        stranger.sealing_key(DAY)

    assert sealing_mark(directories) == before


def test_day_without_a_key_is_missing(ring):
    with pytest.raises(KeyMissing, match="2032-03-14, version 1"):
        ring.opening_key(DAY, 1)


def test_partial_files_are_ignored(ring, directories):
    for directory in directories:
        (directory / f".{FILE}.0011223344556677").write_bytes(b"CWK1 half a file")

    ring.sealing_key(DAY)

    assert list(ring.names(directories[0])) == [(DAY, 1)]
    assert mark(Keyring(directories, MASTER).opening_key(DAY, 1)) == mark(ring.sealing_key(DAY)[1])


def test_verified_key_is_not_looked_for_at_every_row(ring):
    ring.sealing_key(DAY)
    began = time.perf_counter()

    for _ in range(1000):
        ring.sealing_key(DAY)

    assert time.perf_counter() - began < 0.5


@pytest.mark.parametrize("master", [b"", b"too short", b"y" * 33])
def test_master_key_of_another_length_is_refused(directories, master):
    with pytest.raises(ImproperlyConfigured):
        Keyring(directories, master)


@pytest.mark.parametrize("written", ["", "not base64 at all", "c2hvcnQ="])
def test_master_key_of_the_settings_must_be_32_bytes_in_base64(settings, written):
    settings.KEYRING_MASTER_KEY = written
    this_keyring.cache_clear()

    with pytest.raises(ImproperlyConfigured):
        this_keyring()


def test_no_directory_is_refused():
    with pytest.raises(ImproperlyConfigured):
        Keyring([], MASTER)


def test_status_counts_keys_and_names_what_lacks(keys, capsys):
    keys.sealing_key(DAY)
    call_command("keyring", "status")
    assert "Keys held: 1" in capsys.readouterr().out
    (keys.directories[1] / FILE).unlink()

    with pytest.raises(CommandError, match="not alike"):
        call_command("keyring", "status")

    assert "0 keys, 1 lacking" in capsys.readouterr().out


@pytest.mark.xfail(strict=True, reason="`keyring status` compares names only: a copy that does not open goes unseen")
def test_status_finds_a_copy_that_does_not_open(keys):
    keys.sealing_key(DAY)
    damage_truncated(keys.directories[1])

    with pytest.raises(CommandError):
        call_command("keyring", "status")
