"""The search for a purged canary: what is planted is found and located, what cannot be read is not called clean."""

from __future__ import annotations

import base64
import bz2
import datetime as dt
import gzip
import lzma
import os

import psycopg
import pytest
import redis
from django.db import connection

from drafts.models import Draft
from retention import actions, stores
from retention.actions import canaries as canary_actions
from retention.canary_makers import CanaryFields
from retention.marks import Marks
from retention.models import CanaryRun, PurgeRun
from retention.stores import database, files
from retention.stores.files import CHUNK
from staff.models import Role
from tests import factories
from tests.retention.canary_runs import (
    assert_planted,
    checkpoint,
    in_a_column,
    made,
    mark,
    on_disk,
    plant,
    purged,
    searched,
    store,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow("searches every store")]


@pytest.fixture
def valkey(settings):
    client = redis.Redis.from_url(settings.CELERY_BROKER_URL)
    yield client
    client.delete("planted", "canary-control")


def zipped(text: bytes, at: int = 0) -> bytes:
    return gzip.compress(b"x" * at + text)


# --- not blind --------------------------------------------------------------------------------------------------------


def test_canary_that_lives_is_found_where_its_plain_words_are(whole_search):
    run = made()
    on_disk()

    canary_actions.search_canary(run)

    assert set(store(run, "database")["places"]) == {"public.privacy_searchentry", "public.privacy_searchword"}
    assert store(run, "files")["hits"] >= 2
    assert (run.state, run.left, run.keys_left) == ("found", 4, 1)


def test_plain_words_are_gone_from_the_files_as_soon_as_the_purge_is_done(whole_search):
    run = made()
    on_disk()
    assert _hits_in_files(run) >= 2

    purged(run)

    actions.canary_if_due()  # with no checkpoint in between: nobody makes one for the night's search
    run.refresh_from_db()
    assert (run.state, store(run, "files")["hits"], store(run, "files")["proved"]) == ("clean", 0, True)


def _hits_in_files(run) -> int:
    target = stores.SearchTarget(tuple(Marks(run.seed).needles()), run.control, run.due_on, 0)
    result = stores.StoreResult("files", "")
    files_of_database = next(store for store in stores.stores() if store.kind == "files")
    assert list(files_of_database.steps(target, result, {}))
    return result.hits


def test_search_that_sees_nothing_says_so(run, monkeypatch, signed_in):
    monkeypatch.setattr(database.Tables, "_ask", staticmethod(lambda *args: None))

    searched(run)

    assert run.state == "blind"
    text = signed_in(factories.make_user(Role.GOVERNANCE)).get("/retention/").content.decode()
    assert "it proves nothing" in text
    assert "cw-verdict--alarm" in text


def test_search_leaves_nothing_of_what_it_looks_for(run):
    searched(run)
    checkpoint()

    again = CanaryRun.objects.get()
    again.stores, again.state = [], "searching"
    canary_actions.search_canary(again)

    assert again.state == "clean"


# --- planted ----------------------------------------------------------------------------------------------------------


def test_mark_in_a_column_is_found_and_the_page_is_red(run, signed_in, client):
    in_a_column(f"Office of {mark(run).title()}")

    searched(run)

    assert store(run, "database")["places"] == ["public.staff_location"]
    assert (run.state, run.hits) == ("found", 1)
    text = signed_in(factories.make_user(Role.GOVERNANCE)).get("/retention/canary/").content.decode()
    assert "Places where the last canary was found: 1" in text
    assert "public.staff_location" in text
    assert "cw-verdict--alarm" in text
    assert client.get("/readyz").json()["retention"] is False


def test_mark_in_the_statistics_of_a_column_is_found(run):
    for _ in range(20):
        factories.make_location()
    in_a_column(mark(run))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE staff_location")
        cursor.execute("DELETE FROM staff_location")

    searched(run)

    assert store(run, "database")["places"] == ["pg_stats"]


SPELLINGS = {
    "as it is": lambda text: text.encode(),
    "in capitals": lambda text: text.upper().encode(),
    "in hexadecimal digits": lambda text: text.encode().hex().encode(),
    "in base64": lambda text: base64.b64encode(b"{" + text.encode() + b"}"),
    "in base64, one further": lambda text: base64.b64encode(b"{ " + text.encode() + b"}"),
    "in base64, two further": lambda text: base64.b64encode(b"{  " + text.encode() + b"}"),
    "over the edge of a chunk": lambda text: b"x" * (CHUNK - 7) + text.encode(),
    "behind several chunks": lambda text: b"x" * (3 * CHUNK + 5) + text.encode() + b"x" * CHUNK,
    "packed by gzip": lambda text: zipped(text.encode(), 2 * CHUNK - 3),
    "packed by gzip, twice in one file": lambda text: zipped(b"nothing") + zipped(text.encode()),
    "packed by bzip2": lambda text: bz2.compress(text.encode()),
    "packed by xz": lambda text: lzma.compress(text.encode()),
}


@pytest.mark.parametrize("which", ["letters", "digits"])
def test_mark_in_a_file_is_found_however_it_is_written(run, place, which):
    text = mark(run) if which == "letters" else Marks(run.seed).digits + "1234"
    for spelling, write in SPELLINGS.items():
        (place / spelling / "11").mkdir(parents=True)
        (place / spelling / "11" / "app.log").write_bytes(write(text))
        (place / spelling / "12.log").write_bytes(write("nothing"))

    searched(run)

    found = store(run, "path")
    assert sorted(found["places"]) == sorted(f"{spelling}/11/app.log" for spelling in SPELLINGS)
    assert (found["hits"], found["read"], found["unreadable"]) == (len(SPELLINGS), 2 * len(SPELLINGS), 0)
    assert run.state == "found"


def test_short_marks_are_found(run, place):
    marks = Marks(run.seed)
    (place / "dates").write_text(f"born {marks.date.isoformat()}")
    (place / "terms").write_text(f"{{p:{marks.postcode.replace(' ', '')}}}")

    searched(run)

    assert store(run, "path")["places"] == ["dates", "terms"]


def test_mark_in_the_name_of_a_file_is_found_and_not_repeated(run, place):
    (place / f"{mark(run)}.pdf").write_bytes(b"")

    searched(run)

    assert store(run, "path")["places"] == ["?"]
    assert mark(run) not in str(run.stores)


def test_marks_of_another_canary_are_none_of_this_one(run, place):
    (place / "app.log").write_text(Marks("another").letters)

    assert searched(run).state == "clean"


@pytest.mark.parametrize(
    "put",
    [
        lambda valkey, text: valkey.set("planted", text),
        lambda valkey, text: valkey.rpush("planted", *["x"] * 1200, text),
        lambda valkey, text: valkey.hset("planted", "x", text),
        lambda valkey, text: valkey.hset("planted", text, "x"),
        lambda valkey, text: valkey.sadd("planted", text),
        lambda valkey, text: valkey.zadd("planted", {text: 1}),
        lambda valkey, text: valkey.xadd("planted", {"body": base64.b64encode(text.encode())}),
    ],
    ids=["string", "list", "hash value", "hash field", "set", "sorted set", "stream, in base64"],
)
def test_mark_in_valkey_is_found(run, valkey, put):
    put(valkey, f"task {mark(run)}")

    searched(run)

    assert store(run, "valkey")["places"] == ["planted"]
    assert store(run, "valkey")["proved"]


def test_mark_in_another_database_of_valkey_is_found(run, settings):
    other = redis.Redis.from_url(settings.CELERY_BROKER_URL.rpartition("/")[0] + "/7")
    other.set(mark(run), "x", ex=60)
    try:
        searched(run)
    finally:
        other.flushdb()

    assert store(run, "valkey")["places"] == ["?"]


def test_copy_of_the_days_key_is_found_in_a_backup(run, place):
    (place / f"{run.due_on.isoformat()}.1.key").write_bytes(b"CWK1 and more")
    (place / f"{(run.due_on + dt.timedelta(days=1)).isoformat()}.1.key").write_bytes(b"CWK1 and more")

    searched(run)

    assert store(run, "path")["places"] == [f"{run.due_on.isoformat()}.1.key"]


def test_key_that_came_back_is_found(whole_search, place, keys):
    run = made()
    name = f"{run.due_on.isoformat()}.1.key"
    old = (keys.directories[0] / name).read_bytes()
    purged(run)
    (keys.directories[1] / name).write_bytes(old)

    searched(run)

    assert (run.keys_left, run.state) == (1, "found")


def test_record_that_the_purge_left_is_found(run):
    author = factories.make_user()
    fields = CanaryFields(Marks(run.seed), run.due_on)
    Draft.objects.create(submission=run.identity, adviser=author, page="counter", **fields.fill(Draft))

    searched(run)

    assert (run.left, run.keys_left, run.state) == (1, 1, "found")


# --- what is not read is not clean ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        b"\x28\xb5\x2f\xfd....",
        b"PK\x03\x04....",
        b"PGDMP....",
        b"Salted__....",
        b"age-encryption.org/v1",
        zipped(b"x")[:-6],
    ],
    ids=["zstd", "zip", "pg_dump -Fc", "openssl", "age", "half a gzip"],
)
def test_file_that_cannot_be_unpacked_is_said_to_be_unread(run, place, content, signed_in):
    (place / "desk.backup").write_bytes(content)

    searched(run)

    found = store(run, "path")
    assert (found["hits"], found["unreadable"], found["unread"]) == (0, 1, ["desk.backup"])
    text = signed_in(factories.make_user(Role.GOVERNANCE)).get("/retention/canary/").content.decode()
    assert "Not readable here: 1" in text


def test_backup_with_the_control_is_proved_and_one_without_is_not(run, place):
    (place / "dump.sql.gz").write_bytes(zipped(run.control.encode()))
    assert store(searched(run), "path")["proved"]


def test_directory_without_a_control_is_not_proved(run, place, signed_in):
    (place / "dump.sql").write_bytes(b"nothing of ours")

    assert not store(searched(run), "path")["proved"]
    assert run.state == "clean"
    text = signed_in(factories.make_user(Role.GOVERNANCE)).get("/retention/canary/").content.decode()
    assert "Not proved: no control here" in text


def test_store_that_is_not_there_is_said_to_be_unsearched(run, place, settings, signed_in):
    settings.CANARY_PATHS = [place / "not-mounted"]
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"

    searched(run)

    assert [kept["kind"] for kept in run.stores if kept["is_away"]] == ["files", "valkey", "path"]
    assert run.state == "clean"
    text = signed_in(factories.make_user(Role.GOVERNANCE)).get("/retention/canary/").content.decode()
    assert text.count("Not searched: it cannot be reached from here") == 3


def test_broker_that_is_no_valkey_is_said_to_be_unsearched(run, settings):
    settings.CELERY_BROKER_URL = "amqp://broker.example/desk"

    assert store(searched(run), "valkey")["is_away"]


def test_file_older_than_the_canary_is_counted_as_such(run, place):
    (place / "old.gz").write_bytes(zipped(b"x"))
    CanaryRun.objects.update(made_at=run.made_at + dt.timedelta(days=2))
    PurgeRun.objects.update(started_at=run.made_at + dt.timedelta(days=3))

    found = store(searched(run), "path")

    assert (found["older"], found["read"]) == (1, 0)


def test_links_are_followed_and_circles_end(run, place, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "log").write_text(mark(run))
    (place / "a").symlink_to(tmp_path / "elsewhere")
    (place / "b").mkdir()
    (place / "b" / "back").symlink_to(place)
    (place / "c").symlink_to(tmp_path / "nothing")
    os.mkfifo(place / "d")
    (place / os.fsdecode(b"\xff\xfe")).write_text(mark(run))

    searched(run)

    assert store(run, "path")["places"] == ["a/log", "\\xff\\xfe"]


# --- stopped and begun again ------------------------------------------------------------------------------------------


def test_search_goes_on_where_its_time_was_over(run, place):
    plant(run, place)
    turns = 0
    while run.searched_at is None:
        actions.canary_if_due(seconds=0)
        run.refresh_from_db()
        turns += 1
        assert turns < 1000

    assert turns > 50
    assert_planted(run)


def test_packed_file_that_takes_too_long_is_left_to_a_person(run, place, monkeypatch):
    monkeypatch.setattr(files, "TRIES", 0)
    (place / "huge.gz").write_bytes(zipped(b"x"))

    assert store(searched(run), "path")["unread"] == ["huge.gz"]


def test_only_one_searches(run, monkeypatch):
    with psycopg.connect(**_other()) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [canary_actions.CANARY_LOCK])

        assert actions.canary_if_due() is None


def test_ledger_that_cannot_be_written_keeps_the_search_open(run, book):
    content = book.paths[1].read_bytes()
    book.paths[1].unlink()
    searched(run)
    assert (run.state, run.searched_at) == ("searching", None)

    book.paths[1].write_bytes(content)

    assert searched(run).state == "clean"


def _other() -> dict:
    given = connection.settings_dict
    return {
        "dbname": given["NAME"],
        "user": given["USER"],
        "password": given["PASSWORD"],
        "host": given["HOST"],
        "port": given["PORT"],
    }


def test_every_kind_of_store_has_its_words(place):
    assert {store.kind for store in stores.stores()} == set(stores.KINDS)
