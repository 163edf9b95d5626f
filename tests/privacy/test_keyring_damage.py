"""Key files that are damaged, lost, or out of reach: nothing is sealed that could not be opened again."""

from __future__ import annotations

import datetime as dt
import time
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from privacy.keyring import KeyMissing, Keyring, KeyringUnavailable
from tests.privacy.keyrings import DAY, FILE, MASTER, OTHER_DAY, files, mark, sealing_mark


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


@pytest.mark.no_cover  # measuring branches takes as long again
def test_verified_key_is_not_looked_for_at_every_row(ring):
    ring.sealing_key(DAY)
    began = time.perf_counter()

    for _ in range(1000):
        ring.sealing_key(DAY)

    assert time.perf_counter() - began < 0.5


def test_status_counts_keys_and_names_what_lacks(keys, capsys):
    keys.sealing_key(DAY)
    call_command("keyring", "status")
    assert "Keys held: 1" in capsys.readouterr().out
    (keys.directories[1] / FILE).unlink()

    with pytest.raises(CommandError, match="not alike"):
        call_command("keyring", "status")

    assert "0 keys, 1 lacking" in capsys.readouterr().out


def test_status_counts_what_killed_processes_left_and_keys_whose_day_has_come(keys, capsys):
    keys.sealing_key(DAY)
    (keys.directories[1] / f".{FILE}.0011223344556677").write_bytes(b"half a key")
    (keys.directories[1] / ".2020-01-01.1.key.0011").write_bytes(b"half a key")

    call_command("keyring", "status")

    said = capsys.readouterr().out
    assert f"{keys.directories[0]}: 1 keys, 0 lacking, 0 that do not open, 0 partial files left over" in said
    assert f"{keys.directories[1]}: 1 keys, 0 lacking, 0 that do not open, 2 partial files left over" in said
    assert "Keys whose day has come: 1\n" in said


def test_status_finds_a_copy_that_does_not_open(keys):
    keys.sealing_key(DAY)
    damage_truncated(keys.directories[1])

    with pytest.raises(CommandError):
        call_command("keyring", "status")
