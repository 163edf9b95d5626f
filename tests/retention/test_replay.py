"""A database restored from a backup serves nobody until it has forgotten again what it should have forgotten."""

from __future__ import annotations

import datetime as dt
import io
import time

import pytest
from django.core.management import CommandError, call_command

from privacy.actions import rebuild_search, search_is_whole
from privacy.dates import london_today
from privacy.keyring import keyring
from privacy.models import SearchEntry
from retention import actions, ledger_state
from retention.actions import replay
from retention.models import Hold, PurgeRun, Refusal
from staff.models import Role
from tests import factories
from tests.retention.killing import killed_at
from tests.retention.records import contact, person, place, rows
from tests.retention.restoring import back_up, days_ago_of_what_is_due_soon, restore, soon
from visits.models import Customer, Enquiry

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow("restores and replays")]


@pytest.fixture
def site(adviser, whole_search):
    """Records due soon: of one person, of nobody, two held and so sealed ahead; and one that is not due for years."""
    ago = days_ago_of_what_is_due_soon()
    person(adviser, days_ago=ago)
    contact(adviser, days_ago=ago)
    later = contact(adviser, days_ago=ago, summary="zyxwheldlater")
    before = contact(adviser, days_ago=ago, summary="zyxwheldbefore")
    contact(adviser, summary="zyxwyoung")
    placed = {"hold": place(before, adviser), "other": place(later, adviser)}
    actions.reseal_held()
    return {"later": later, "before": before} | placed


@pytest.fixture
def restored(site, adviser, tmp_path):
    """The same after a backup, both holds released and one record held anew, a purge, and the backup's return."""
    backup = back_up(tmp_path / "backup")
    actions.release_hold(site["other"], by=adviser)
    place(site["later"], adviser, authority="CLAIM/8")
    actions.release_hold(site["hold"], by=adviser)
    run = actions.purge(soon())
    assert (run.state, run.left) == ("done", 0)
    assert_replayed()
    restore(backup)
    return run


def assert_replayed() -> None:
    assert {enquiry.summary for enquiry in Enquiry.objects.all()} == {"zyxwheldlater", "zyxwyoung"}
    assert not Customer.objects.exists()
    assert Hold.objects.in_force().get().authority == "CLAIM/8"


def test_records_are_back_after_a_restore_and_nobody_may_work(restored, client, signed_in, adviser):
    assert rows("visits_enquiry", "visits_customer") == {"visits_enquiry": 5, "visits_customer": 1}

    state = client.get("/readyz")
    assert (state.status_code, state.json()["ready"], state.json()["replayed"]) == (503, False, False)
    assert client.get("/livez").status_code == 200
    desk = signed_in(adviser)
    for path in ("/", "/customers/new/", "/enquiries/today/", "/retention/", "/accounts/login/"):
        page = desk.get(path)
        assert page.status_code == 503
        assert b"restored from a backup" in page.content
        assert b"replay_purges" in page.content
    welsh = desk.get("/", headers={"accept-language": "cy"})
    assert "gopi wrth gefn" in welsh.content.decode()
    answer = desk.post("/enquiries/", factories.posted(narrative="Typed while the server came back. " * 3))
    assert answer.status_code == 503
    assert b"Typed while the server came back." in answer.content


def test_ordinary_purge_of_a_restored_database_is_refused(restored):
    run = actions.purge(soon())

    assert (run.state, run.refusal) == ("refused", Refusal.DATABASE_BEHIND)
    assert rows("visits_enquiry") == {"visits_enquiry": 5}
    assert not run.may_be_confirmed


def test_replay_deletes_again_keeps_what_is_held_and_lets_people_work(restored, client, desk, book):
    actions.purge(soon())  # what beat does meanwhile: refused, and taken up by the replay

    done = actions.replay_purges()

    assert_replayed()
    assert (done.runs, done.placed, done.released, done.without_record, done.lost) == (1, 1, 2, 0, 0)
    assert done.deleted == {"enquiry": 3, "customer": 1, "enquiry_entry": 1}
    assert not [day for day, _ in keyring().due(soon())]
    assert search_is_whole()
    assert not SearchEntry.objects.filter(record_type="customer").exists()
    again = PurgeRun.objects.get(identity=restored.identity)
    assert (again.cut_off, again.state, again.head) == (restored.cut_off, "done", restored.head)
    assert (again.keys_destroyed, again.deleted) == (restored.keys_destroyed, 5)
    assert book.verify() == []
    assert book.entries()[-1].kind == replay.REPLAYED
    assert client.get("/readyz").status_code == 200
    assert desk.get("/").status_code == 200
    assert actions.replay_purges() is None
    assert actions.purge(soon()).state == "done"


def test_replay_forgets_the_search_that_a_dump_brought_back(site, adviser, tmp_path):
    backup = back_up(tmp_path / "with unlogged tables")
    actions.purge(soon())
    restore(backup)
    assert search_is_whole()
    assert SearchEntry.objects.filter(record_type="customer").exists()

    actions.replay_purges()

    assert search_is_whole()
    assert rows("privacy_searchentry", "privacy_searchword") == {"privacy_searchentry": 0, "privacy_searchword": 0}


REPLAY = "from retention.actions import replay_purges; replay_purges()"
STEPS = ["release_hold", "place_hold_again", "purge", "rebuild_search", "_leave_gaps", "_enter_runs"]


@pytest.mark.kills
@pytest.mark.parametrize("before", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_replay_killed_at_a_step_serves_nobody_and_is_finished_by_the_next(restored, step, before):
    killed_at("retention.actions.replay", step, 1, before, REPLAY)
    ledger_state.forget_state()
    assert ledger_state.may_serve() == (step == "_enter_runs" and before == "after")

    until = time.monotonic() + 20
    while not ledger_state.may_serve() and time.monotonic() < until:
        try:
            actions.replay_purges()
        except actions.ReplayRefused:  # the database has not noticed yet that the killed one is gone
            time.sleep(0.05)

    assert_replayed()
    assert ledger_state.may_serve()
    assert search_is_whole()


def test_hold_that_cannot_be_read_any_more_stops_the_replay(site, adviser, tmp_path, settings):
    backup = back_up(tmp_path / "backup")
    settings.BACKUP_HORIZON_DAYS = 50  # a key that nothing but the note needs
    unheld = Enquiry.objects.only("pk").get(hold=None, expires_on=soon(), customer=None)
    placed = place(unheld, adviser)
    note = ledger_state.ledger_state().kept[placed.identity]
    actions.purge(soon())
    restore(backup)
    keyring().destroy((note.until, 1))

    with pytest.raises(CommandError, match="1 holds were placed"):
        call_command("replay_purges", stderr=io.StringIO())
    assert rows("visits_enquiry") == {"visits_enquiry": 5}
    assert not ledger_state.may_serve()

    call_command("replay_purges", "--accept-lost-holds", stdout=io.StringIO(), stderr=io.StringIO())
    assert not Enquiry.objects.filter(pk=unheld.pk).exists()
    assert ledger_state.may_serve()


def test_hold_on_a_record_that_the_backup_lacks_is_over(site, adviser, tmp_path):
    backup = back_up(tmp_path / "backup")
    place(contact(adviser), adviser, authority="CLAIM/9")
    restore(backup)
    assert not ledger_state.may_serve()

    done = actions.replay_purges()

    assert (done.runs, done.placed, done.without_record) == (0, 0, 1)
    assert Hold.objects.get(authority="CLAIM/9").released_at is not None
    assert set(Hold.objects.in_force()) == {site["hold"], site["other"]}
    assert ledger_state.may_serve()


def test_hold_of_an_account_that_the_backup_lacks_goes_to_governance(site, adviser, tmp_path):
    officer, contact_before = factories.make_user(Role.GOVERNANCE), contact(adviser)
    backup = back_up(tmp_path / "backup")
    since = factories.make_user(Role.GOVERNANCE, username="since")
    place(contact_before, since, authority="CLAIM/8")
    restore(backup)

    actions.replay_purges()

    assert Hold.objects.get(authority="CLAIM/8").responsible == officer


def test_no_number_or_reference_is_given_twice(site, adviser, tmp_path):
    backup = back_up(tmp_path / "backup")
    given = [contact(adviser) for _ in range(3)]
    actions.purge(soon())
    restore(backup)
    actions.replay_purges()

    new = [contact(adviser) for _ in range(3)]

    assert not {enquiry.reference for enquiry in given} & {enquiry.reference for enquiry in new}
    assert not {enquiry.pk for enquiry in given} & {enquiry.pk for enquiry in new}


def test_run_that_the_backup_caught_in_the_middle_is_finished(site, adviser, tmp_path, monkeypatch):
    copies = []

    def back_up_first(run):
        copies.append(back_up(tmp_path / "backup"))
        return finish(run)

    finish = actions.purges._finish
    monkeypatch.setattr(actions.purges, "_finish", back_up_first)
    run = actions.purge(soon())
    monkeypatch.undo()
    actions.release_hold(site["hold"], by=adviser)
    actions.purge(soon())
    restore(copies[0])
    assert PurgeRun.objects.get().state == "running"

    done = actions.replay_purges()

    assert done.runs == 1
    assert PurgeRun.objects.get(identity=run.identity).state == "done"
    assert not PurgeRun.objects.exclude(state="done").exists()
    assert {enquiry.summary for enquiry in Enquiry.objects.all()} == {"zyxwheldlater", "zyxwyoung"}


def test_held_record_whose_key_is_gone_stops_neither_sealing_ahead_nor_search(site, caplog, settings):
    later = Enquiry.objects.get(pk=site["later"].pk)
    later.sealed_until += dt.timedelta(days=1)
    later.save()
    keyring().destroy((later.sealed_until - dt.timedelta(days=1), 1))
    settings.BACKUP_HORIZON_DAYS = 90  # so that both are to be sealed anew

    actions.reseal_held()

    assert "1 records of enquiry cannot be opened" in caplog.text
    assert Enquiry.objects.get(pk=site["later"].pk).sealed_until >= london_today() + dt.timedelta(days=90)
    assert Enquiry.objects.filter(pk=site["before"].pk).exists()
    rebuild_search()
    assert search_is_whole()


def test_record_held_since_the_backup_stays_though_its_key_is_gone_and_the_replay_says_so(site, adviser, tmp_path):
    """A backup keeps it under the key of its own day, which others needed gone."""
    unheld = Enquiry.objects.only("pk").get(hold=None, expires_on=soon(), customer=None)
    backup = back_up(tmp_path / "backup")
    place(unheld, adviser, authority="CLAIM/9")
    actions.purge(soon())
    assert Enquiry.objects.get(pk=unheld.pk).summary == "zyxwsummary"
    restore(backup)

    done = actions.replay_purges()

    assert done.unreadable == 1
    assert Enquiry.objects.filter(pk=unheld.pk, hold__authority="CLAIM/9").exists()
    assert ledger_state.may_serve()


def test_nothing_to_replay_says_so(site):
    said = io.StringIO()

    call_command("replay_purges", stdout=said, stderr=io.StringIO())

    assert "nothing to replay" in said.getvalue()
    assert not PurgeRun.objects.exists()


def test_ledger_holds_no_word_of_a_hold_that_can_be_read(site, book, adviser):
    text = b"".join(path.read_bytes() for path in book.paths)

    assert b"hold kept" in text
    for word in (b"CLAIM", b"legal_claim", str(site["before"].reference).encode(), b"enquiry"):
        assert word not in text
    assert next(iter(ledger_state.ledger_state().kept.values())).open()["authority"] == "CLAIM/7"


def test_note_of_a_hold_is_renewed_before_its_key_goes(site, book, settings):
    def until() -> dt.date:
        return ledger_state.ledger_state().kept[site["hold"].identity].until

    first = until()
    actions.reseal_held()
    assert until() == first
    settings.BACKUP_HORIZON_DAYS = 90  # the note would not outlive such a backup

    actions.reseal_held()

    assert until() > first


def test_hold_placed_while_the_ledger_is_away_is_noted_that_night(site, adviser, book, tmp_path):
    away = book.paths[1].parent
    away.rename(tmp_path / "unplugged")

    placed = place(contact(adviser), adviser, authority="CLAIM/8")

    assert Hold.objects.in_force().filter(pk=placed.pk).exists()
    (tmp_path / "unplugged").rename(away)
    assert placed.identity not in ledger_state.ledger_state().kept
    actions.purge(soon())
    assert placed.identity in ledger_state.ledger_state().kept
