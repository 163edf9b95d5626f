"""A fault between any two steps of a purge, or of a replay: the next one ends as if there had been none."""

from __future__ import annotations

import datetime as dt
import inspect
import uuid
from collections.abc import Iterator
from types import CodeType, FunctionType

import pytest

from privacy.dates import london_today
from privacy.keyring import Keyring
from retention import actions
from retention.actions import purges, replay
from retention.ledger import Ledger
from retention.ledger_state import HoldNote
from retention.models import Hold
from tests.retention.records import contact, due_day, hold, person
from tests.retention.test_purges_killed import assert_undisturbed
from visits.models import Enquiry

pytestmark = pytest.mark.django_db(transaction=True)


class Fault(Exception):
    """What nobody foresaw."""


def names_in(code: CodeType) -> Iterator[str]:
    """The names that code uses, those inside its comprehensions and lambdas too."""
    yield from code.co_names
    for part in code.co_consts:
        if isinstance(part, CodeType):
            yield from names_in(part)


def functions_of_a_purge() -> list[str]:
    """The functions that `purge` calls by name, and those that these call, as long as they are of its module."""
    found: list[str] = []
    waiting = [purges.purge]
    while waiting:
        for name in names_in(inspect.unwrap(waiting.pop()).__code__):
            function = vars(purges).get(name)
            if isinstance(function, FunctionType) and name not in found:
                found.append(name)
                if function.__module__ == purges.__name__:
                    waiting.append(function)
    return sorted(found)


# Called by no purge that nobody disturbed: a refused run is given another day.
NOT_CALLED = {"_give_new_cut_off"}
STEPS = [(purges, name, 1) for name in functions_of_a_purge() if name not in NOT_CALLED]
# What a purge does to ledger and keys, one by one.
STEPS += [(Ledger, "append", number) for number in range(1, 5)]
STEPS += [(Ledger, "mend", 1), (Keyring, "destroy", 1), (purges, "_delete_slice", 3)]


@pytest.fixture
def site(adviser, whole_search) -> Enquiry:
    """People and an enquiry due on two days, one of them held."""
    person(adviser, days_ago=1)
    for _ in range(2):
        person(adviser)
    for _ in range(5):
        contact(adviser)
    kept = contact(adviser, summary="zyxwheld")
    hold(kept, adviser)
    return kept


def fails_once(monkeypatch, owner, name: str, number: int, *, before: bool) -> list[str]:
    """Let one call of a function raise Fault, before its work or after; the list says whether it did."""
    really, calls, failed = getattr(owner, name), [], []

    def failing(*given, **more):
        calls.append(name)
        mine = len(calls) == number
        if mine and before:
            failed.append(name)
            raise Fault
        answer = really(*given, **more)
        if mine:
            failed.append(name)
            raise Fault
        return answer

    monkeypatch.setattr(owner, name, failing)
    return failed


def test_every_step_is_known():
    names = {name for _, name, _ in STEPS}

    assert {"reseal_held", "_announce", "_delete", "note_files", "sweep_search", "_destroy_keys", "_finish"} <= names
    assert set(functions_of_a_purge()) >= NOT_CALLED


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
@pytest.mark.parametrize(("owner", "name", "number"), STEPS, ids=[f"{name}-{number}" for _, name, number in STEPS])
def test_purge_with_a_fault_at_a_step_is_finished_by_the_next(site, book, monkeypatch, owner, name, number, before):
    monkeypatch.setattr(purges, "SLICE", 2)
    failed = fails_once(monkeypatch, owner, name, number, before=before)
    with pytest.raises(Fault):
        actions.purge(due_day())
    assert failed

    run = actions.purge(due_day())

    assert (run.state, run.left) == ("done", 0)
    assert_undisturbed(site, book)


def test_hold_of_a_replay_is_placed_and_released_in_one_piece(adviser, monkeypatch):
    """Its record is not in the backup: left in force, it would be on nobody's list of what the database lacks."""
    facts = {
        "record_type": "enquiry",
        "record_id": 1,
        "record": "ENQ-2222-222",
        "reason": "dispute",
        "authority": "C/1",
        "responsible_id": adviser.pk,
        "placed_by_id": adviser.pk,
        "review_on": london_today() + dt.timedelta(days=9),
    }
    note = HoldNote(uuid.uuid4(), london_today(), b"")
    fails_once(monkeypatch, replay, "release_hold", 1, before=True)

    with pytest.raises(Fault):
        replay._place_again(note, facts)
    assert not Hold.objects.exists()

    assert replay._place_again(note, facts) is False
    assert Hold.objects.get(identity=note.identity).released_at is not None
