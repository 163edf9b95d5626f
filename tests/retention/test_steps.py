"""The order of what a purge, a replay and their watchmen do, and what each of them refuses to believe."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.core.files.storage import FileSystemStorage
from django.db import connection

from privacy.dates import LONDON, london_today
from privacy.keyring import keyring
from retention import actions, guards
from retention import ledger as ledger_module
from retention.actions import canaries, purges, replay
from retention.ledger import Cure, ledger
from retention.ledger_state import forget_state
from retention.models import CanaryRun, DeletedFile, PurgeRun, Refusal
from staff.models import AuditEntry, Role
from tests import factories
from tests.retention.new_models import made
from tests.retention.records import contact, due_day, person, place
from tests.rows import set_columns
from visits.models import Customer, Enquiry

pytestmark = pytest.mark.django_db(transaction=True)


# --- order ------------------------------------------------------------------------------------------------------------


def test_steps_of_a_purge_come_in_their_order(adviser, whole_search, monkeypatch):
    """Mended and sealed ahead before anything goes; keys after the sweep, whose commit secures the slices."""
    contact(adviser)
    order: list[str] = []

    def note(owner: object, name: str) -> None:
        really = getattr(owner, name)
        monkeypatch.setattr(owner, name, lambda *given, **more: order.append(name) or really(*given, **more))

    for name in ("reseal_held", "_announce", "_delete_due", "sweep_search", "_destroy_keys", "_finish", "remove_files"):
        note(purges, name)
    note(ledger(), "mend")

    assert actions.purge(due_day()).state == "done"

    assert order == [
        *("mend", "reseal_held", "_announce", "_delete_due", "sweep_search", "_destroy_keys", "_finish", "remove_files")
    ]


def test_ledger_with_a_copy_behind_is_mended_before_a_purge(adviser, whole_search, book):
    actions.purge(london_today())
    short = book.paths[1].read_bytes().splitlines(keepends=True)[:-1]
    book.paths[1].write_bytes(b"".join(short))
    assert [damage.cure for damage in book.verify()] == [Cure.APPEND]

    assert actions.purge(london_today() + dt.timedelta(days=1)).state == "done"

    assert book.verify() == []


def test_keys_that_came_back_are_destroyed_although_nothing_is_due(adviser, whole_search):
    contact(adviser)
    name = (due_day(), 1)
    path = keyring().directories[0] / f"{due_day().isoformat()}.1.key"
    kept = path.read_bytes()
    actions.purge(due_day())
    assert not path.exists()
    path.write_bytes(kept)
    forget_state()

    assert actions.purge_if_due() is None

    assert not path.exists()
    assert name not in keyring().due(dt.date.max)


def test_finished_purge_is_written_to_the_ledger_once(adviser, whole_search, monkeypatch):
    """Killed between the entry and the database's own: the run is finished again, its result is not written again."""
    really = PurgeRun.save

    def killed(run: PurgeRun, *given: object, **more: object) -> None:
        if run.state == "done":
            raise SystemExit
        really(run, *given, **more)

    monkeypatch.setattr(PurgeRun, "save", killed)
    with pytest.raises(SystemExit):
        actions.purge(london_today())
    monkeypatch.setattr(PurgeRun, "save", really)

    run = actions.purge(london_today())

    assert run.state == "done"
    assert [entry.kind for entry in ledger().entries()].count("purge done") == 1


def test_replay_is_written_down_before_the_site_may_serve(adviser, whole_search, monkeypatch):
    known = actions.purge(london_today())
    known.counts.all().delete()
    known.delete()
    forget_state()
    monkeypatch.setattr(replay, "_enter_runs", lambda *given: (_ for _ in ()).throw(SystemExit))

    with pytest.raises(SystemExit):
        actions.replay_purges()

    assert [entry.kind for entry in ledger().entries()][-1] == replay.REPLAYED
    assert not PurgeRun.objects.filter(identity=known.identity).exists()


# --- clocks -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moment", "cut_off"),
    [
        ("2026-07-01T02:14:00+00:00", "2026-06-30"),  # 03:14 in London: last night's
        ("2026-07-01T02:15:00+00:00", "2026-07-01"),
        ("2026-07-01T23:30:00+00:00", "2026-07-01"),  # 00:30 on the 2nd in London
        ("2026-12-01T03:14:00+00:00", "2026-11-30"),
        ("2026-12-01T03:15:00+00:00", "2026-12-01"),
    ],
)
def test_night_of_a_purge_is_londons(whole_search, monkeypatch, moment, cut_off):
    begun = []
    monkeypatch.setattr(purges, "purge", lambda day, **more: begun.append(day))

    with time_machine.travel(dt.datetime.fromisoformat(moment), tick=False):
        actions.purge_if_due()

    assert [day.isoformat() for day in begun] == [cut_off]


# --- refusals ---------------------------------------------------------------------------------------------------------


def confirmed(reason: Refusal) -> PurgeRun:
    by = factories.make_user(Role.GOVERNANCE)
    run = PurgeRun.objects.create(cut_off=london_today(), policy_version="x", state="refused", refusal=reason)
    return actions.confirm_purge(run, by=by)


def test_word_for_what_only_looks_wrong_overrules_no_missing_store(whole_search, keys):
    confirmed(Refusal.FAR_MORE_DUE)
    keys.directories[1].rename(keys.directories[1].with_suffix(".away"))

    run = actions.purge(london_today())

    assert (run.state, run.refusal) == ("refused", Refusal.KEYS_UNAVAILABLE)


def test_key_directory_that_cannot_be_written_refuses_a_purge(whole_search, keys):
    keys.directories[1].chmod(0o500)
    try:
        run = actions.purge(london_today())
    finally:
        keys.directories[1].chmod(0o700)

    assert (run.state, run.refusal) == ("refused", Refusal.KEYS_UNAVAILABLE)


@pytest.mark.parametrize(
    ("foreseen", "due", "is_far_more"), [(0, 100, False), (0, 101, True), (10, 115, False), (10, 116, True)]
)
def test_far_more_is_half_as_much_again_and_a_hundred(monkeypatch, foreseen, due, is_far_more):
    cut_off = london_today()
    week = cut_off - dt.timedelta(days=7)
    finished(week, {cut_off.isoformat(): {"enquiry": foreseen}})
    monkeypatch.setattr(guards, "due_by_model", lambda day: {"enquiry": due})

    assert guards._far_more_due(PurgeRun(cut_off=cut_off)) == is_far_more


def test_forecast_of_less_than_a_week_ago_is_not_believed(monkeypatch):
    """Whoever put thousands of records before their day did so after the forecast of a week ago, not of yesterday."""
    cut_off = london_today()
    for days_ago, number in ((8, 0), (7, 1), (6, 1000), (1, 1000)):
        finished(cut_off - dt.timedelta(days=days_ago), {cut_off.isoformat(): {"enquiry": number}})
    monkeypatch.setattr(guards, "due_by_model", lambda day: {"enquiry": 200})

    assert guards._far_more_due(PurgeRun(cut_off=cut_off))


def finished(cut_off: dt.date, forecast: dict[str, dict[str, int]]) -> PurgeRun:
    moment = dt.datetime.combine(cut_off, dt.time(4), LONDON)
    return PurgeRun.objects.create(
        cut_off=cut_off, policy_version="x", state="done", finished_at=moment, forecast=forecast
    )


@pytest.mark.parametrize(("days", "is_ahead"), [(7, False), (8, True)])
def test_eight_days_without_a_purge_need_a_word(days, is_ahead):
    finished(london_today() - dt.timedelta(days=days), {})

    assert guards._clock_ahead(PurgeRun(cut_off=london_today())) == is_ahead


# --- records ----------------------------------------------------------------------------------------------------------


def test_held_record_is_sealed_two_horizons_ahead_without_an_audit_entry(adviser, whole_search, settings):
    officer = factories.make_user(Role.GOVERNANCE)
    enquiry = contact(adviser, days_ago=6 * 365 - 10)
    place(enquiry, officer)
    entries = AuditEntry.objects.count()

    assert actions.reseal_held() >= 1

    ahead = london_today() + dt.timedelta(days=2 * settings.BACKUP_HORIZON_DAYS)
    assert Enquiry.objects.get(pk=enquiry.pk).sealed_until == ahead
    assert AuditEntry.objects.count() == entries


def test_move_of_a_due_date_leaves_no_audit_entry_of_the_person(adviser, whole_search):
    customer = person(adviser, days_ago=30)
    entries = AuditEntry.objects.get_for_object(Customer.objects.get(pk=customer.pk)).count()

    actions.move_due_date(Customer.objects.get(pk=customer.pk), since=london_today())

    assert AuditEntry.objects.get_for_object(customer).count() == entries


def test_file_that_its_store_keeps_silently_stays_noted(tmp_path, monkeypatch):
    class Keeping(FileSystemStorage):
        def delete(self, name: str) -> None:
            """Says nothing, and does nothing."""

    (tmp_path / "scan.png").write_bytes(b"x")
    with made("Clip") as clip:
        clip._meta.get_field("file").storage = Keeping(tmp_path)
        DeletedFile.objects.create(record_type="clip", field="file", name="scan.png")

        assert actions.remove_files() == 1
        assert DeletedFile.objects.count() == 1
        (tmp_path / "scan.png").unlink()
        assert actions.remove_files() == 0
    assert not DeletedFile.objects.exists()


def test_release_of_a_hold_is_in_the_ledger_at_once(adviser, whole_search):
    officer = factories.make_user(Role.GOVERNANCE)
    held = place(contact(adviser), officer)

    actions.release_hold(held, by=officer)

    assert [entry.kind for entry in ledger().entries()][-2:] == ["hold kept", "hold released"]
    assert ledger().entries()[-1].body == {"hold": str(held.identity)}


@pytest.mark.parametrize(("keys", "left"), [(1, 0), (0, 1)])
def test_key_or_record_that_is_left_is_a_finding_by_itself(monkeypatch, whole_search, keys, left):
    run = CanaryRun.objects.create(due_on=london_today())
    run.stores = [{"kind": "database", "name": "", "hits": 0, "proved": True, "is_away": False}]
    monkeypatch.setattr(canaries, "_keys_left", lambda day: keys)
    monkeypatch.setattr(canaries, "count_left", lambda day: left)

    decided = canaries._decide(run)

    assert (decided.hits, decided.left, decided.keys_left) == (0, left, keys)
    assert decided.state == CanaryRun.State.FOUND


def test_torn_line_is_cut_off_the_disk_before_more_is_written(book, monkeypatch):
    book.append("purge", {"records": 1})
    with book.paths[1].open("ab") as copy:
        copy.write(b'{"n":2')
    calls: list[str] = []
    for name in ("ftruncate", "fsync", "write"):
        really = getattr(ledger_module.os, name)
        monkeypatch.setattr(
            ledger_module.os, name, lambda *given, name=name, really=really: calls.append(name) or really(*given)
        )

    book.append("purge", {"records": 2})

    at = calls.index("ftruncate")
    assert calls[at + 1] == "fsync"
    assert book.verify() == []


# --- health -----------------------------------------------------------------------------------------------------------


def test_unapplied_migration_is_not_ready(client, whole_search):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'visits' RETURNING app, name, applied")
        applied = cursor.fetchall()
    try:
        answer = client.get("/readyz")
    finally:
        with connection.cursor() as cursor:
            cursor.executemany("INSERT INTO django_migrations (app, name, applied) VALUES (%s, %s, %s)", applied)

    assert (answer.status_code, answer.json()["migrations"]) == (503, False)


def test_record_past_its_date_is_degraded_and_still_ready(client, whole_search, adviser):
    assert client.get("/readyz").json()["retention"]
    set_columns(factories.make_enquiry(by=adviser), expires_on=london_today() - dt.timedelta(days=3))

    answer = client.get("/readyz")

    assert (answer.status_code, answer.json()["degraded"], answer.json()["retention"]) == (200, True, False)


def test_canary_that_was_found_is_degraded_and_still_ready(client, whole_search):
    CanaryRun.objects.create(due_on=london_today(), state="found", searched_at=dt.datetime.now(dt.UTC))

    answer = client.get("/readyz")

    assert (answer.status_code, answer.json()["degraded"], answer.json()["retention"]) == (200, True, False)
