"""How the canary runs by itself: after the purge, by the worker, and by the command."""

from __future__ import annotations

import datetime as dt
import json

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.utils import timezone

from contactwrexham.celery import app
from privacy.dates import london_today
from retention import actions, tasks
from retention.models import CanaryRun
from tests import factories
from tests.retention.canary_runs import in_a_column, made, mark, purged

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def queued(monkeypatch):
    """What tasks begin, instead of their beginning."""
    names: list[str] = []
    for task in (tasks.purge_if_due, tasks.canary_if_due):
        monkeypatch.setattr(task, "delay", lambda name=task.name: names.append(name))
    return names


def test_canary_follows_the_purge_that_is_done(whole_search, queued):
    factories.make_service()

    tasks.purge_if_due()
    assert queued == ["retention.canary_if_due"]
    tasks.purge_if_due()  # nothing left to do
    assert queued == ["retention.canary_if_due"]

    assert tasks.canary_if_due() == 0
    assert CanaryRun.objects.get().state == "alive"
    assert tasks.canary_if_due() == 0


def test_search_whose_time_is_over_is_queued_again(run, queued, monkeypatch):
    monkeypatch.setattr(tasks, "SECONDS", 0)

    tasks.canary_if_due()

    assert queued == ["retention.canary_if_due"]
    monkeypatch.setattr(tasks, "SECONDS", 200)
    in_a_column(mark(run))
    tasks.canary_if_due()
    assert queued == ["retention.canary_if_due"]


def test_search_that_waits_for_the_ledger_is_not_queued_over_and_over(run, queued, book):
    book.paths[1].unlink()

    tasks.canary_if_due()

    assert queued == []
    assert CanaryRun.objects.get().state == "searching"


def test_task_says_in_how_many_places_it_was_found(run, queued):
    in_a_column(mark(run))

    assert tasks.canary_if_due() == 1


def test_schedule_asks_every_five_minutes():
    entry = app.conf.beat_schedule["canary"]

    assert entry["task"] == "retention.canary_if_due"
    assert entry["schedule"].minute == {4, 9, 14, 19, 24, 29, 34, 39, 44, 49, 54, 59}


def test_drill_with_the_command(whole_search, place, settings, capsys):
    settings.PURGE_ALLOW_FUTURE = True
    factories.make_service()
    call_command("purge")
    call_command("canary")
    assert "Alive" in capsys.readouterr().out
    run = CanaryRun.objects.get()

    call_command("purge", "--as-of", run.due_on.isoformat())
    capsys.readouterr()
    call_command("canary", "--json")

    told = json.loads(capsys.readouterr().out)
    assert (told["state"], told["due_on"]) == ("clean", run.due_on.isoformat())
    call_command("canary")
    assert "Nothing to do" in capsys.readouterr().out


def test_command_fails_when_it_was_found(run, capsys):
    in_a_column(mark(run))

    with pytest.raises(CommandError, match="outlived its purge"):
        call_command("canary")
    said = capsys.readouterr()
    assert "Tables of the database, and its statistics: found in 1" in said.out
    assert "Files and write-ahead log of the database" in said.out
    assert "not searched" in said.out
    assert "100 %" in said.err


def test_canary_of_a_machine_that_was_off_is_searched_for_later(whole_search, place):
    run = made()
    actions.purge(run.due_on + (run.due_on - london_today()) * 4)

    actions.canary_if_due()

    run.refresh_from_db()
    assert run.state == "clean"


def test_canaries_of_two_nights_are_both_searched_for(whole_search, place):
    first = purged(made())
    with time_machine.travel(timezone.now() + dt.timedelta(days=1)):
        second = actions.make_canary()
    purged(second)

    assert actions.canary_if_due() == second

    assert [run.state for run in CanaryRun.objects.order_by("due_on")] == ["clean", "clean"]
    assert first.due_on < second.due_on


def test_canary_made_after_a_drill_waits_for_a_purge_of_its_own(whole_search, place):
    factories.make_service()
    actions.purge(london_today() + dt.timedelta(days=7))

    run = actions.canary_if_due()
    assert actions.canary_if_due() is None
    run.refresh_from_db()
    assert run.state == "alive"

    purged_again = actions.purge(london_today() + dt.timedelta(days=8))
    assert purged_again.state == "done"
    assert actions.canary_if_due() == run
    run.refresh_from_db()
    assert (run.state, run.gone_at) == ("clean", purged_again.finished_at)
