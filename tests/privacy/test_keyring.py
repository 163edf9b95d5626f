"""The day keys: safe in every directory before use, the same for everybody, useless when tampered with."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
import threading

import pytest
from django.core.exceptions import ImproperlyConfigured

from privacy.dates import london_today
from privacy.keyring import DayOver, Keyring
from privacy.keyring import keyring as this_keyring
from tests.privacy.keyrings import DAY, FILE, MASTER, OTHER_DAY, files, mark, sealing_mark


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
from privacy.dates import london_today
from privacy.keyring import DayOver, Keyring
directories = [pathlib.Path(name) for name in sys.argv[1:3]]
ring, go = Keyring(directories, sys.argv[3].encode()), pathlib.Path(sys.argv[4])
print("ready", flush=True)
while not go.exists():
    time.sleep(0.0005)
for day in range(1, 29):
    print(ring.sealing_key(dt.date(2032, 3, day))[1].encrypt(b"0" * 12, b"the same words", b"").hex())
"""


@pytest.mark.slow("starts four processes")
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


def test_directory_named_twice_is_no_second_copy(tmp_path):
    with pytest.raises(ImproperlyConfigured, match="twice"):
        Keyring([tmp_path, tmp_path / ".." / tmp_path.name], MASTER)


def test_no_key_is_made_for_today_or_before(keys):
    """Nobody would ever destroy it: the purge of today may be over."""
    for days in (0, 1, 400):
        with pytest.raises(DayOver):
            keys.sealing_key(london_today() - dt.timedelta(days=days))
    assert keys.sealing_key(london_today() + dt.timedelta(days=1))[0] == 1
    assert len(list(keys.names(keys.directories[0]))) == 1
