"""The purge: what is due goes whole with its key, on its day and not before; whatever is killed, twice or at once."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
import threading

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from drafts.models import Draft
from privacy.dates import LONDON, london_date, london_today, years
from privacy.keyring import KeyMissing
from privacy.models import SearchWord
from retention import actions
from retention.actions import purges
from retention.ledger_state import INTENT, KEYS_INTENT, KEYS_RESULT, RESULT
from retention.models import PurgeRun
from retention.relations import followers, purged_models, referrers
from tests import factories
from tests.retention.records import RECORDS, contact, due_day, hold, person, rows
from visits.models import Customer, Enquiry, EnquiryEntry

pytestmark = pytest.mark.django_db(transaction=True)

NOTHING = dict.fromkeys(RECORDS, 0)


def kinds(book) -> list[str]:
    return [entry.kind for entry in book.entries()]


def test_due_records_go_with_all_that_is_theirs_and_their_key(adviser, whole_search, book, keys):
    customer = person(adviser)
    day = due_day()
    assert customer.expires_on == day
    assert SearchWord.objects.filter(word="zyxwfamily").exists()

    run = actions.purge(day)

    assert rows(*RECORDS) == NOTHING
    assert (run.state, run.left) == ("done", 0)
    assert not [name for name in keys.due(dt.date.max) if name[0] == day]
    with pytest.raises(KeyMissing):
        keys.opening_key(day, 1)
    counted = {count.record_type: (count.due, count.deleted) for count in run.counts.all()}
    assert counted["customer"] == counted["enquiry"] == (1, 1)
    assert counted["enquiry_entry"] == (0, 1)
    assert kinds(book) == [INTENT, KEYS_INTENT, KEYS_RESULT, RESULT]
    assert book.entries()[-1].hash == run.head


def test_nothing_goes_a_day_early(adviser, whole_search, keys):
    person(adviser)
    before = rows(*RECORDS)

    run = actions.purge(due_day() - dt.timedelta(days=1))

    assert rows(*RECORDS) == before
    deleted = {count.record_type: count.deleted for count in run.counts.all()}
    assert (deleted["enquiry"], deleted["customer"]) == (0, 0)
    assert Customer.objects.get().family_name == factories.MARKED["family_name"]


def test_customer_stays_while_a_later_contact_needs_them(adviser, whole_search):
    customer = person(adviser, days_ago=40)
    later = contact(adviser, customer=customer)

    actions.purge(due_day(40))

    assert list(Enquiry.objects.values_list("pk", flat=True)) == [later.pk]
    kept = Customer.objects.get()
    assert (kept.expires_on, kept.family_name) == (due_day(), factories.MARKED["family_name"])
    assert rows("visits_enquiryentry") == {"visits_enquiryentry": 0}


def test_held_record_stays_with_its_key_and_goes_when_released(adviser, whole_search, keys):
    enquiry = contact(adviser, summary="zyxwheld")
    hold(enquiry, adviser)
    day = due_day()

    first = actions.purge(day)

    assert Enquiry.objects.get().summary == "zyxwheld"
    assert first.counts.get(record_type="enquiry").held == 1
    assert first.left == 0
    Enquiry.objects.update(hold=None)
    actions.purge(day)
    assert not Enquiry.objects.exists()
    assert not [name for name in keys.due(day) if name[0] == day]


def test_customer_that_a_held_enquiry_names_is_not_torn_away(adviser, whole_search):
    person(adviser)
    hold(Enquiry.objects.get(), adviser)

    run = actions.purge(due_day())

    assert Enquiry.objects.get().customer == Customer.objects.get()
    assert run.left == 1


def test_logs_go_six_years_after_they_were_written(desk, adviser):
    desk.get("/")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO sharing_accessevent (at, by_id, record_type, record_ids, categories, place)"
            " VALUES ('2024-02-29 23:30Z', %s, 'customer', '{}', '{}', 'counter') RETURNING expires_on",
            [adviser.pk],
        )
        assert cursor.fetchone()[0] == dt.date(2030, 2, 28)

    before = rows("staff_auditentry")["staff_auditentry"]
    actions.purge(dt.date(2030, 2, 28))

    assert rows("sharing_accessevent", "staff_auditentry") == {"sharing_accessevent": 0, "staff_auditentry": before}


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2024-02-29 12:00Z", "2030-02-28"),
        ("2026-06-30 23:30Z", "2032-07-01"),
        ("2026-03-29 00:59Z", "2032-03-29"),
        ("2026-03-29 01:00Z", "2032-03-29"),
        ("2026-10-25 00:30Z", "2032-10-25"),
        ("2026-10-24 23:30Z", "2032-10-25"),
        ("2026-12-31 23:59Z", "2032-12-31"),
        ("2026-12-31 12:00Z", "2032-12-31"),
    ],
)
def test_day_that_the_database_computes_is_the_london_day(adviser, moment, day):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO staff_auditentry (content_type_id, object_pk, object_repr, action, cid, timestamp)"
            " SELECT min(id), '1', 'x', 0, '', %s FROM django_content_type RETURNING expires_on, timestamp",
            [moment],
        )
        due, at = cursor.fetchone()

    assert due == dt.date.fromisoformat(day) == years(6).after(london_date(at))


def test_slices_take_everything(adviser, whole_search, monkeypatch):
    monkeypatch.setattr(purges, "SLICE", 2)
    for _ in range(5):
        contact(adviser)

    run = actions.purge(due_day())

    assert run.counts.get(record_type="enquiry").deleted == 5
    assert not Enquiry.objects.exists()


def test_record_that_somebody_edits_is_passed_over_and_told(adviser, whole_search, keys):
    kept, gone = contact(adviser), contact(adviser)
    editing, done = threading.Event(), threading.Event()

    def edit() -> None:
        with transaction.atomic():
            Enquiry.objects.select_for_update().get(pk=kept.pk)
            editing.set()
            done.wait(20)
        connection.close()

    thread = threading.Thread(target=edit)
    thread.start()
    editing.wait(20)
    run = actions.purge(due_day())
    done.set()
    thread.join()

    assert list(Enquiry.objects.values_list("pk", flat=True)) == [kept.pk]
    assert gone.pk != kept.pk
    assert run.left == 1
    assert (due_day(), 1) in keys.due(due_day())
    actions.purge(due_day())
    assert not Enquiry.objects.exists()
    assert keys.due(due_day()) == []


def test_two_purges_at_once_do_it_once(adviser, whole_search, book):
    for _ in range(20):
        contact(adviser)
    runs, barrier = [], threading.Barrier(3)

    def go() -> None:
        barrier.wait()
        runs.append(actions.purge(due_day()))
        connection.close()

    threads = [threading.Thread(target=go) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    done = [run for run in runs if run is not None]
    assert sum(run.counts.get(record_type="enquiry").deleted for run in done) == 20
    assert not Enquiry.objects.exists()
    assert book.verify() == []


def test_purge_that_ran_out_of_time_is_finished_with_its_own_cut_off(adviser, whole_search, book):
    contact(adviser)

    first = actions.purge(due_day(), seconds=0)
    second = actions.purge(due_day() + dt.timedelta(days=3))

    assert (first.state, second.state) == ("running", "done")
    assert second.pk == first.pk
    assert second.cut_off == due_day()
    assert kinds(book).count(INTENT) == 1
    assert not Enquiry.objects.exists()


def test_nothing_personal_is_in_the_ledger(adviser, whole_search, book):
    customer = person(adviser)

    actions.purge(due_day())

    written = book.paths[0].read_text().lower()
    assert not [mark for mark in (*factories.MARKS, customer.reference.lower()) if mark in written]


# --- the night --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("clock", "cut_off"), [("03:14", "2026-11-24"), ("03:15", "2026-11-25"), ("23:59", "2026-11-25")]
)
def test_night_has_its_day(clock, cut_off, monkeypatch):
    asked = []
    monkeypatch.setattr(purges, "purge", lambda day, **kwargs: asked.append(day))
    moment = dt.datetime.combine(dt.date(2026, 11, 25), dt.time.fromisoformat(clock), tzinfo=LONDON)
    with time_machine.travel(moment, tick=False):
        actions.purge_if_due()

    assert asked == [dt.date.fromisoformat(cut_off)]


def test_night_that_was_missed_is_caught_up_once(book):
    run = actions.purge_if_due()

    assert run.state == "done"
    assert actions.purge_if_due() is None
    assert PurgeRun.objects.count() == 1


def test_keys_that_an_old_copy_brought_back_are_destroyed_again(adviser, whole_search, keys, book):
    contact(adviser)
    name = f"{due_day().isoformat()}.1.key"
    old = (keys.directories[0] / name).read_bytes()
    actions.purge(due_day())
    (keys.directories[0] / name).write_bytes(old)

    assert actions.destroy_again() == 1

    assert not (keys.directories[0] / name).exists()


# --- guards -----------------------------------------------------------------------------------------------------------


def test_those_that_name_another_go_first():
    order = list(purged_models())

    assert order.index(Enquiry) < order.index(Customer)
    assert Draft in order
    assert EnquiryEntry not in order
    assert followers(Enquiry) == ((EnquiryEntry, "enquiry"),)
    assert referrers(Customer) == ((Enquiry, "customer"),)


@pytest.mark.slow("starts three Pythons with a Django each")
def test_order_is_the_same_in_every_process():
    script = (
        "import django; django.setup()\n"
        "from retention.relations import purged_models\n"
        "ballast = [object() for _ in range({})]\n"
        "print([model._meta.label for model in purged_models()])"
    )
    orders = {
        subprocess.run(
            [sys.executable, "-c", script.format(number * 1000)],
            env=os.environ | {"DJANGO_SETTINGS_MODULE": "contactwrexham.settings", "PYTHONHASHSEED": str(number)},
            check=True,
            capture_output=True,
        ).stdout
        for number in range(1, 4)
    }

    assert orders == {f"{[model._meta.label for model in purged_models()]}\n".encode()}


# --- the command ------------------------------------------------------------------------------------------------------


def test_command_refuses_a_day_that_has_not_come(adviser):
    with pytest.raises(CommandError, match="has not come"):
        call_command("purge", "--as-of", due_day().isoformat())
    assert not PurgeRun.objects.exists()


def test_command_purges_and_says_so(adviser, whole_search, settings, capsys):
    settings.PURGE_ALLOW_FUTURE = True
    contact(adviser)

    call_command("purge", "--as-of", due_day().isoformat(), "--dry-run", "--json")
    rehearsal = json.loads(capsys.readouterr().out)
    call_command("purge", "--as-of", due_day().isoformat(), "--json")
    outcome = json.loads(capsys.readouterr().out)

    assert rehearsal["due"]["enquiry"] == outcome["deleted"]["enquiry"] == 1
    assert outcome["left"] == 0
    assert not Enquiry.objects.exists()


@pytest.mark.parametrize("text", ["2032-02-30", "tomorrow", "", "2032", "'; DROP TABLE visits_enquiry"])
def test_command_refuses_what_is_no_date(text):
    with pytest.raises(CommandError):
        call_command("purge", "--as-of", text)


@pytest.mark.parametrize("half", ["confirmed_at", "confirmed_by"])
def test_database_refuses_half_a_confirmation(adviser, half):
    run = actions.purge(london_today())

    with pytest.raises(IntegrityError, match="purge_run_confirmed_by_somebody"), transaction.atomic():
        PurgeRun.objects.filter(pk=run.pk).update(**{half: timezone.now() if half == "confirmed_at" else adviser})
