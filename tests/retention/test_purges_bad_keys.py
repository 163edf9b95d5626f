"""Key files that are away, cut short, exchanged or unreadable while a purge runs: told, nothing lost, nothing left."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db.models import Max

from privacy.keyring import KeyMissing, keyring
from retention import actions
from retention.guards import last_day_of_all, sealed_for_no_day
from retention.ledger_state import KEYS_INTENT, KEYS_RESULT
from retention.models import Refusal
from tests import factories
from tests.retention.records import contact, due_day, hold
from tests.rows import set_columns
from visits.models import Enquiry

pytestmark = pytest.mark.django_db(transaction=True)

GOES, STAYS = 5, 1  # so many days ago


def key_file(directory: Path, days_ago: int) -> Path:
    return directory / f"{due_day(days_ago).isoformat()}.1.key"


def removed(directory: Path, days_ago: int) -> None:
    key_file(directory, days_ago).unlink()


def cut_short(directory: Path, days_ago: int) -> None:
    file = key_file(directory, days_ago)
    file.write_bytes(file.read_bytes()[:40])


def emptied(directory: Path, days_ago: int) -> None:
    key_file(directory, days_ago).write_bytes(b"")


def scribbled(directory: Path, days_ago: int) -> None:
    file = key_file(directory, days_ago)
    file.write_bytes(os.urandom(file.stat().st_size))


def exchanged(directory: Path, days_ago: int) -> None:
    """The two days' files bear each other's names."""
    one, other, aside = key_file(directory, GOES), key_file(directory, STAYS), directory / "aside"
    one.rename(aside)
    other.rename(one)
    aside.rename(other)


DAMAGES = [removed, cut_short, emptied, scribbled, exchanged]
Damage = Callable[[Path, int], None]


@pytest.fixture
def site(adviser, whole_search):
    """One record that is due, one that is not."""
    contact(adviser, days_ago=GOES, summary="goes")
    contact(adviser, days_ago=STAYS, summary="stays")


@pytest.fixture
def material(site, keys) -> Callable[[int], bytes]:
    """What a day's key files hold while they are whole."""
    whole = {days_ago: key_file(keys.directories[0], days_ago).read_bytes() for days_ago in (GOES, STAYS)}
    return whole.__getitem__


def stored(keys) -> dict[str, bytes]:
    return {str(file): file.read_bytes() for directory in keys.directories for file in directory.iterdir()}


@pytest.mark.parametrize("which", [[0], [1], [0, 1]], ids=["first", "second", "both"])
@pytest.mark.parametrize("damage", [removed, cut_short, emptied, scribbled])
def test_damaged_key_of_a_due_day_goes_with_its_records(site, keys, book, damage, which):
    for directory in which:
        damage(keys.directories[directory], GOES)

    run = actions.purge(due_day(GOES))

    assert (run.state, run.left) == ("done", 0)
    assert not [name for name in keys.due(dt.date.max) if name[0] == due_day(GOES)]
    keys.forget()
    assert Enquiry.objects.get().summary == "stays"
    wholly_away = damage is removed and len(which) == 2
    for kind in (KEYS_INTENT, KEYS_RESULT):
        named = [name for entry in book.entries() if entry.kind == kind for name in entry.body["keys"]]
        assert named.count(f"{due_day(GOES).isoformat()}.1") == (0 if wholly_away else 1)


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_copy_of_a_needed_key_loses_nothing(site, keys, material, damage, which):
    damage(keys.directories[which], STAYS)

    run = actions.purge(due_day(GOES))

    assert (run.state, run.left) == ("done", 0)
    keyring.cache_clear()
    assert Enquiry.objects.get().summary == "stays"
    # Exchanged, the due day's key would lie under the other's name, where anyone with the master key gives it back.
    assert material(GOES) not in stored(keys).values()
    with pytest.raises(KeyMissing):
        keyring().opening_key(due_day(GOES), 1)


@pytest.mark.parametrize("damage", DAMAGES)
def test_needed_key_damaged_everywhere_stops_the_purge_before_anything_goes(site, keys, book, damage, caplog):
    whole = stored(keys)
    for directory in keys.directories:
        damage(directory, STAYS)
    before = stored(keys)

    run = actions.purge(due_day(GOES))

    assert (run.state, run.refusal) == ("refused", Refusal.KEYS_MISSING)
    assert "purge refused: keys_missing" in caplog.text
    assert stored(keys) == before
    assert book.entries() == []
    assert Enquiry.objects.count() == 2
    for path, content in whole.items():  # as whoever puts them back does
        Path(path).write_bytes(content)
    assert actions.purge(due_day(GOES)).state == "done"
    keys.forget()
    assert Enquiry.objects.get().summary == "stays"


def test_needed_key_damaged_between_two_slices_stops_the_rest(site, keys):
    assert actions.purge(due_day(GOES), seconds=0).state == "running"
    for directory in keys.directories:
        exchanged(directory, STAYS)
    before = stored(keys)

    run = actions.purge(due_day(GOES))

    assert (run.state, run.refusal) == ("refused", Refusal.KEYS_MISSING)
    assert stored(keys) == before


def test_purge_with_another_master_key_is_refused(site, keys, settings):
    before = stored(keys)
    settings.KEYRING_MASTER_KEY = "bm90IHRoZSBtYXN0ZXIga2V5IG9mIHRoaXMgc2l0ZSE="
    keyring.cache_clear()

    run = actions.purge(due_day(GOES))

    assert (run.state, run.refusal) == ("refused", Refusal.KEYS_MISSING)
    assert stored(keys) == before
    assert Enquiry.objects.count() == 2


def test_held_record_whose_key_the_ledger_says_was_destroyed_stops_nothing(site, keys, book, adviser):
    """A restored backup brings such back; nobody can ever open it, and everybody else's records must go on going."""
    hold(contact(adviser, days_ago=GOES, summary="held"), adviser)
    name = f"{due_day(GOES).isoformat()}.1"
    book.append(KEYS_RESULT, {"run": "00000000-0000-0000-0000-000000000000", "keys": [name], "stores": 2})
    keys.destroy((due_day(GOES), 1))

    run = actions.purge(due_day(GOES))

    assert (run.state, run.left) == ("done", 0)
    assert Enquiry.objects.count() == 2


@pytest.mark.parametrize("damage", [removed, cut_short, emptied, scribbled])
def test_held_record_past_its_day_whose_key_is_damaged_stops_the_purge(site, keys, adviser, settings, damage):
    """It is not torn away with the due ones, and its key is not shredded while somebody looks for a whole copy."""
    settings.BACKUP_HORIZON_DAYS = 10_000  # so that tonight it would be sealed anew
    hold(contact(adviser, days_ago=GOES, summary="held"), adviser)
    whole = stored(keys)
    for directory in keys.directories:
        damage(directory, GOES)

    run = actions.purge(due_day(GOES))

    assert (run.state, run.refusal) == ("refused", Refusal.KEYS_MISSING)
    assert Enquiry.objects.count() == 3
    for path, content in whole.items():
        Path(path).write_bytes(content)
    assert actions.purge(due_day(GOES)).left == 0
    keys.forget()
    assert {enquiry.summary for enquiry in Enquiry.objects.all()} == {"held", "stays"}


@pytest.mark.parametrize("day", [dt.date(2099, 12, 31), dt.date.max])
def test_row_sealed_for_a_day_that_cannot_be_is_named_and_stops_nothing(site, client, day, caplog):
    """One row, written with SQL."""
    enquiry = Enquiry.objects.get(expires_on=due_day(STAYS))
    set_columns(enquiry, sealed_until=day)

    run = actions.purge(due_day(GOES))

    assert (run.state, run.left, run.passed_over) == ("done", 0, 1)
    assert f"passed over: {{'enquiry': [{enquiry.pk}]}}" in caplog.text
    assert [left.pk for left in Enquiry.objects.all()] == [enquiry.pk]
    assert not client.get("/readyz").json()["retention"]


def test_last_day_of_all_is_beyond_whatever_is_sealed_here(site, adviser):
    hold(Enquiry.objects.get(expires_on=due_day(GOES)), adviser)
    actions.purge(due_day(GOES))  # seals what is held ahead
    factories.make_enquiry(by=adviser)
    latest = Enquiry.objects.aggregate(day=Max("sealed_until"))["day"]

    assert due_day(GOES) < latest <= last_day_of_all(due_day(GOES))
    assert sealed_for_no_day(due_day(GOES)) == {}
