"""A destroyed key is in no directory, in no memory, and comes back from nowhere."""

from __future__ import annotations

import datetime as dt
import random
import signal
import subprocess
import sys
import time

import pytest
import time_machine

from privacy.keyring import RECHECK_SECONDS, DayOver, KeyMissing, Keyring, KeyringUnavailable
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


def all_bytes(directories) -> bytes:
    return b"".join(path.read_bytes() for directory in directories for path in directory.iterdir())


def test_destroyed_key_is_in_no_directory_and_opens_nowhere(ring, directories):
    ring.sealing_key(DAY)
    wrapped = (directories[0] / FILE).read_bytes()

    assert ring.destroy((DAY, 1)) == len(directories)

    assert [files(directory) for directory in directories] == [[] for _ in directories]
    assert wrapped not in all_bytes(directories)
    for asked in (ring, *(Keyring([directory], MASTER) for directory in directories)):
        with pytest.raises(KeyMissing):
            asked.opening_key(DAY, 1)


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


def test_what_a_killed_writer_left_beside_a_key_goes_with_it(ring, directories):
    ring.sealing_key(DAY)
    wrapped = (directories[0] / FILE).read_bytes()
    left = directories[1] / f".{FILE}.00ff00ff00ff00ff"
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


def test_directory_that_is_away_is_no_proof_of_destruction(ring, directories):
    ring.sealing_key(DAY)
    ring.opening_key(DAY, 1)
    for directory in directories:
        directory.rename(directory.with_name(directory.name + "-away"))
    time.sleep(RECHECK_SECONDS + 0.05)

    assert ring.opening_key(DAY, 1)


def test_no_key_is_made_for_a_day_that_has_come(ring, directories):
    with time_machine.travel(dt.datetime.combine(DAY, dt.time(12), tzinfo=dt.UTC), tick=False):
        with pytest.raises(DayOver):
            ring.sealing_key(DAY)
        assert ring.sealing_key(DAY + dt.timedelta(days=1))
    assert files(directories[0]) == [f"{(DAY + dt.timedelta(days=1)).isoformat()}.1.key"]


def test_copy_of_a_key_whose_day_has_come_does_not_come_back(ring, directories):
    ring.sealing_key(DAY)
    (directories[1] / FILE).unlink()

    with time_machine.travel(dt.datetime.combine(DAY, dt.time(12), tzinfo=dt.UTC), tick=False):
        Keyring(directories, MASTER).sealing_key(DAY)

    assert files(directories[1]) == []


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
