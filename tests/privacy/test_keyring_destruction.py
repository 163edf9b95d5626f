"""A destroyed key is in no directory, in no memory, and comes back from nowhere."""

from __future__ import annotations

import datetime as dt
import gc
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest
import time_machine

from privacy.keyring import RECHECK_SECONDS, WATCH_SECONDS, DayOver, KeyMissing, Keyring, KeyringUnavailable
from tests.privacy.keyrings import DAY, FILE, MASTER, OTHER_DAY, files

DESTROYER = """
import datetime, sys
from pathlib import Path
import django
from django.conf import settings
settings.configure(USE_TZ=True)
from privacy.keyring import Keyring
ring = Keyring([Path(path) for path in sys.argv[2:]], bytes.fromhex(sys.argv[1]))
print("ready", flush=True)
ring.destroy(*ring.due(datetime.date(9999, 1, 1)))
"""


NOBODY = 65534


@pytest.fixture
def ordinary():
    """Two directories of an ordinary account, and the test run under it: permissions do not bind root."""
    with tempfile.TemporaryDirectory() as base:
        made = [Path(base) / "a", Path(base) / "b"]
        for directory in made:
            directory.mkdir()
        root = os.geteuid() == 0
        if root:
            for path in (Path(base), *made):
                os.chown(path, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, 0)
        try:
            yield made
        finally:
            if root:
                os.setresuid(0, 0, 0)
            for directory in made:
                directory.chmod(0o700)


def at_noon(day):
    return time_machine.travel(dt.datetime.combine(day, dt.time(12), tzinfo=dt.UTC), tick=False)


def all_bytes(directories) -> bytes:
    return b"".join(path.read_bytes() for directory in directories for path in directory.iterdir())


def test_destroyed_key_is_in_no_directory_and_opens_nowhere(ring, directories):
    ring.sealing_key(DAY)
    ring.opening_key(DAY, 1)  # so that its memory trusts the key for a while
    wrapped = (directories[0] / FILE).read_bytes()

    assert ring.destroy((DAY, 1)) == len(directories)

    assert [files(directory) for directory in directories] == [[] for _ in directories]
    assert wrapped not in all_bytes(directories)
    for asked in (ring, *(Keyring([directory], MASTER) for directory in directories)):
        with pytest.raises(KeyMissing):
            asked.opening_key(DAY, 1)


@pytest.fixture
def synced(monkeypatch):
    """The files and directories synced to disk since, by inode."""
    seen, really = set(), os.fsync
    monkeypatch.setattr(os, "fsync", lambda descriptor: (seen.add(os.fstat(descriptor).st_ino), really(descriptor)))
    return seen


def test_bytes_of_a_destroyed_key_are_written_over_and_synced(ring, directories, synced):
    ring.sealing_key(DAY)
    wrapped = (directories[0] / FILE).read_bytes()
    inode = (directories[0] / FILE).stat().st_ino
    synced.clear()

    with (directories[0] / FILE).open("rb") as still_open:
        ring.destroy((DAY, 1))
        left = still_open.read()

    assert len(left) == len(wrapped)
    assert wrapped[16:] not in left
    assert {inode, directories[0].stat().st_ino} <= synced


def test_removal_by_one_killed_before_it_synced_is_synced_by_the_next(ring, directories, synced):
    ring.sealing_key(DAY)
    for directory in directories:
        (directory / FILE).unlink()
    synced.clear()

    assert ring.destroy((DAY, 1)) == 0

    assert {directory.stat().st_ino for directory in directories} <= synced


def test_destroying_twice_removes_nothing_more(ring):
    ring.sealing_key(DAY)
    ring.destroy((DAY, 1))

    assert ring.destroy((DAY, 1)) == 0


def test_other_days_and_versions_stay(ring, directories):
    for day in (DAY, OTHER_DAY):
        ring.sealing_key(day)
    later = directories[0] / f"{DAY.isoformat()}.2.key"
    later.write_bytes(b"another version")

    ring.destroy((DAY, 1))

    assert files(directories[0]) == sorted([f"{OTHER_DAY.isoformat()}.1.key", later.name])
    assert ring.opening_key(OTHER_DAY, 1)


@pytest.mark.parametrize("ending", ["00ff00ff00ff00ff", "Xq3Zk9", "tmp.1"])
def test_what_a_killed_writer_left_beside_a_key_goes_with_it(ring, directories, ending):
    ring.sealing_key(DAY)
    wrapped = (directories[0] / FILE).read_bytes()
    left = directories[1] / f".{FILE}.{ending}"
    left.write_bytes(wrapped)
    (directories[1] / FILE).unlink()

    assert ring.due(DAY) == [(DAY, 1)]
    ring.destroy((DAY, 1))

    assert not left.exists()
    assert wrapped not in all_bytes(directories)
    assert ring.due(DAY) == []


@pytest.mark.parametrize("content", [b"", b"CWK1short", b"x" * 200])
def test_damaged_copy_is_destroyed_by_its_name(ring, directories, content):
    ring.sealing_key(DAY)
    (directories[1] / FILE).write_bytes(content)

    ring.destroy((DAY, 1))

    assert [files(directory) for directory in directories] == [[] for _ in directories]


@pytest.mark.parametrize("which", [0, 1])
def test_copy_that_may_not_be_read_is_destroyed_by_its_name(ordinary, which):
    ring = Keyring(ordinary, MASTER)
    ring.sealing_key(DAY)
    (ordinary[which] / FILE).chmod(0o000)

    assert ring.destroy((DAY, 1)) == 2

    assert [files(directory) for directory in ordinary] == [[], []]


@pytest.mark.parametrize("mode", [0o300, 0o500])
def test_nothing_is_destroyed_while_a_directory_cannot_be_listed_or_written(ordinary, mode):
    ring = Keyring(ordinary, MASTER)
    ring.sealing_key(DAY)
    ordinary[1].chmod(mode)

    with pytest.raises(KeyringUnavailable):
        ring.destroy((DAY, 1))

    ordinary[1].chmod(0o700)
    assert [files(directory) for directory in ordinary] == [[FILE], [FILE]]


def test_directory_that_may_not_be_looked_into_is_no_proof_of_destruction(ordinary):
    ring = Keyring(ordinary, MASTER)
    ring.sealing_key(DAY)
    ring.opening_key(DAY, 1)
    for directory in ordinary:
        directory.chmod(0o000)
    time.sleep(RECHECK_SECONDS + 0.05)

    assert ring.opening_key(DAY, 1)


def test_file_of_no_calendar_day_does_not_stop_the_purge(ring, directories):
    ring.sealing_key(DAY)
    stray = directories[0] / "2032-13-45.1.key"
    stray.write_bytes(b"no key")

    assert ring.due(DAY) == [(DAY, 1)]
    ring.destroy((DAY, 1))

    assert files(directories[0]) == [stray.name]


def test_nothing_is_destroyed_while_a_directory_is_missing(ring, directories):
    ring.sealing_key(DAY)
    away = directories[1].with_name("unmounted")
    directories[1].rename(away)

    with pytest.raises(KeyringUnavailable):
        ring.destroy((DAY, 1))

    assert files(directories[0]) == files(away) == [FILE]


def test_due_keys_are_those_of_days_that_have_come(ring):
    for day in (OTHER_DAY, DAY):
        ring.sealing_key(day)
    first, last = sorted((DAY, OTHER_DAY))

    assert ring.due(first - dt.timedelta(days=1)) == []
    assert ring.due(first) == [(first, 1)]
    assert ring.due(last) == [(first, 1), (last, 1)]


def test_process_that_had_opened_a_key_forgets_it_soon_after_another_destroyed_it(ring, directories):
    ring.sealing_key(DAY)
    other = Keyring(directories, MASTER)
    other.opening_key(DAY, 1)

    ring.destroy((DAY, 1))
    time.sleep(RECHECK_SECONDS + 0.05)

    with pytest.raises(KeyMissing):
        other.opening_key(DAY, 1)


def test_key_that_another_process_destroyed_leaves_the_memory_within_a_second_unasked(ring, directories):
    ring.sealing_key(DAY)
    ring.sealing_key(OTHER_DAY)
    other = Keyring(directories, MASTER)
    for day in (DAY, OTHER_DAY):
        other.opening_key(day, 1)

    ring.destroy((DAY, 1))
    time.sleep(1)

    assert other._opened.keys() == {(OTHER_DAY, 1)}


def test_keyring_that_is_gone_is_watched_by_no_thread(directories):
    ring = Keyring(directories, MASTER)
    ring.sealing_key(DAY)
    watching = [thread for thread in threading.enumerate() if thread.name == "keyring"]
    assert watching

    del ring
    gc.collect()
    time.sleep(2 * WATCH_SECONDS)

    assert not any(thread.is_alive() for thread in watching[-1:])


def test_directory_that_is_away_is_no_proof_of_destruction(ring, directories):
    ring.sealing_key(DAY)
    ring.opening_key(DAY, 1)
    for directory in directories:
        directory.rename(directory.with_name(directory.name + "-away"))
    time.sleep(RECHECK_SECONDS + 0.05)

    assert ring.opening_key(DAY, 1)


def test_process_that_had_sealed_under_a_key_is_told_that_its_day_is_over(ring, directories, monkeypatch):
    monkeypatch.setattr("privacy.keyring.RECHECK_SECONDS", 0.0)
    other = Keyring(directories, MASTER)
    other.sealing_key(DAY)
    ring.destroy((DAY, 1))

    with at_noon(DAY), pytest.raises(DayOver):
        other.sealing_key(DAY)

    for directory in directories:  # were the key still remembered, it would open although no directory is there
        directory.rename(directory.with_name(directory.name + "-away"))
    with pytest.raises(KeyMissing):
        other.opening_key(DAY, 1)


def test_no_key_is_made_for_a_day_that_has_come(ring, directories):
    with at_noon(DAY):
        with pytest.raises(DayOver):
            ring.sealing_key(DAY)
        assert ring.sealing_key(DAY + dt.timedelta(days=1))
    assert files(directories[0]) == [f"{(DAY + dt.timedelta(days=1)).isoformat()}.1.key"]


def test_copy_of_a_key_whose_day_has_come_does_not_come_back(ring, directories):
    ring.sealing_key(DAY)
    (directories[1] / FILE).unlink()

    with at_noon(DAY):
        Keyring(directories, MASTER).sealing_key(DAY)

    assert files(directories[1]) == []


@pytest.mark.slow("starts and kills six processes")
def test_destroyer_killed_anywhere_is_finished_by_the_next(directories):
    chance = random.Random(3)
    days = [DAY + dt.timedelta(days=number) for number in range(40)]
    for _ in range(6):
        ring = Keyring(directories, MASTER)
        for day in days:
            ring.sealing_key(day)
        killed = subprocess.Popen(
            [sys.executable, "-c", DESTROYER, MASTER.hex(), *map(str, directories)], stdout=subprocess.PIPE
        )
        assert killed.stdout.readline() == b"ready\n"
        time.sleep(chance.random() / 40)
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        killed.stdout.close()

        ring.destroy(*ring.due(days[-1]))

        assert ring.due(days[-1]) == []
        assert all_bytes(directories) == b""


def test_key_read_just_before_it_is_destroyed_is_not_remembered(directories, monkeypatch):
    Keyring(directories, MASTER).sealing_key(DAY)
    ring, was_read, really = Keyring(directories, MASTER), threading.Event(), Path.read_bytes

    def read_slowly(path: Path) -> bytes:
        content = really(path)
        was_read.set()
        time.sleep(0.2)
        return content

    monkeypatch.setattr(Path, "read_bytes", read_slowly)
    reader = threading.Thread(target=ring.opening_key, args=(DAY, 1))
    reader.start()
    assert was_read.wait(5)

    ring.destroy((DAY, 1))
    reader.join()

    with pytest.raises(KeyMissing):
        ring.opening_key(DAY, 1)


def test_four_destroying_at_once_remove_each_file_once(directories):
    names = [(DAY + dt.timedelta(days=number), 1) for number in range(20)]
    maker = Keyring(directories, MASTER)
    for day, _ in names:
        maker.sealing_key(day)
    barrier, removed = threading.Barrier(4), []

    def destroy() -> None:
        ring = Keyring(directories, MASTER)
        barrier.wait()
        removed.append(ring.destroy(*names))

    threads = [threading.Thread(target=destroy) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(removed) == 4
    assert sum(removed) == len(names) * len(directories)
    assert [files(directory) for directory in directories] == [[], []]
