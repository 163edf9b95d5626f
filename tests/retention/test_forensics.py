"""Gone means gone: after a purge no byte of what was purged is in any store, and no key is left for the backups.

The same search finds a value that was left unsealed on purpose: it is not blind.
"""

from __future__ import annotations

import datetime as dt
import logging
import os
import random
import string
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection

from contactwrexham.celery import app as celery
from contactwrexham.logs import Wordless
from privacy.keyring import KeyMissing, keyring
from privacy.sealed import sealed_field_names, unseal
from privacy.tasks import mend_search
from retention import actions
from retention.marks import in_base64
from retention.relations import retained_models
from retention.tasks import canary_if_due, remove_files
from tests import factories
from tests.retention.records import RECORDS, contact, due_day, rows
from tests.retention.restoring import BINARIES, run, server_environment, superuser
from visits import actions as desk
from visits.models import Enquiry

pytestmark = pytest.mark.django_db(transaction=True)


def word() -> str:
    """A name that nothing else on this machine has ever said."""
    return "Q" + "".join(random.SystemRandom().choices(string.ascii_lowercase, k=15))


def digits(number: int) -> str:
    return "".join(random.SystemRandom().choices("123456789", k=number))


@pytest.fixture
def marks() -> dict[str, str]:
    """A mark for every personal field there is."""
    names = ("family_name", "given_names", "address", "caller_name", "source_name", "summary", "narrative", "text")
    given = {name: word() for name in (*names, "content", "searched")}
    given |= {
        "national_insurance_number": f"AB{digits(6)}C",
        "phone": f"07{digits(9)}",
        "other_phone": f"01{digits(9)}",
        "born_on": f"19{digits(2)}-0{digits(1)}-1{digits(1)}",
    }
    return given | {"email": f"{word()}@example.org", "postcode": word()}


@contextmanager
def wal_archived(archive: Path) -> Iterator[None]:
    """Stream the write-ahead log to a directory of its own, as an archive does, from before the block to its end."""
    archive.mkdir()
    run("pg_receivewal", "--create-slot", "--slot=archive")
    command = [str(BINARIES / "pg_receivewal"), "-D", str(archive), "--slot=archive", "--synchronous"]
    receiver = subprocess.Popen(command, env=server_environment(), stderr=subprocess.DEVNULL)
    try:
        with psycopg.connect(superuser(), autocommit=True) as server:
            wait_until(server, "SELECT count(*) = 1 FROM pg_stat_replication")
            yield
            here = server.execute("SELECT pg_current_wal_flush_lsn()").fetchone()[0]
            wait_until(server, f"SELECT bool_and(flush_lsn >= '{here}') FROM pg_stat_replication")  # noqa: S608
    finally:
        receiver.terminate()
        receiver.wait()
        run("pg_receivewal", "--drop-slot", "--slot=archive")


def wait_until(server: psycopg.Connection, question: str) -> None:
    until = time.monotonic() + 30
    while not server.execute(question).fetchone()[0]:
        state = server.execute("SELECT * FROM pg_stat_replication").fetchall()
        assert time.monotonic() < until, f"{question}: {state}"
        time.sleep(0.05)


@pytest.fixture(autouse=True)
def empty_queue() -> Iterator[None]:
    """Nobody takes the tasks that are sent here."""
    yield
    celery.control.purge()


@pytest.fixture
def application_log(tmp_path: Path) -> Iterator[Path]:
    """What the application logs meanwhile, through the very filter and format of the settings."""
    path = tmp_path / "application.log"
    handler = logging.FileHandler(path)
    handler.setFormatter(logging.Formatter("{asctime} {levelname} {name} {message}", style="{"))
    handler.addFilter(Wordless())
    logging.getLogger().addHandler(handler)
    yield path
    logging.getLogger().removeHandler(handler)
    handler.close()


def flush_to_disk() -> None:
    """Everything that PostgreSQL has in memory is in its files afterwards."""
    with psycopg.connect(superuser(), autocommit=True) as server:
        # A checkpoint leaves unlogged tables in memory; written anew they are in their files.
        server.execute("VACUUM (FULL) privacy_searchentry, privacy_searchword")
        server.execute("CHECKPOINT")


def found(stores: dict[str, Path], marks: dict[str, str]) -> set[tuple[str, str]]:
    """Which mark is in which store, in letters of any size, or packed as a task's arguments are."""
    wanted = {
        name: {form.lower().encode() for form in (mark, mark.replace("-", ""), _as_typed(mark), *in_base64(mark))}
        for name, mark in marks.items()
    }
    hits = set()
    for store, place in stores.items():
        for path in [place] if place.is_file() else [path for path in place.rglob("*") if path.is_file()]:
            try:
                content = path.read_bytes().lower()
            except FileNotFoundError:  # PostgreSQL removed it a moment ago: a cache of its own, a replaced file
                continue
            hits |= {(store, name) for name, forms in wanted.items() if any(form in content for form in forms)}
    return hits


def _as_typed(mark: str) -> str:
    """A date as people write it; everything else as it is."""
    year, _, rest = mark.partition("-")
    return "/".join([*reversed(rest.split("-")), year]) if rest.count("-") == 1 else mark


def every_personal_field() -> set[tuple[str, str]]:
    return {(model._meta.label, name) for model in retained_models() for name in sealed_field_names(model)}


def filled_fields() -> set[tuple[str, str]]:
    """Those that some row has something in."""
    return {
        (model._meta.label, name)
        for model in retained_models()
        for name in sealed_field_names(model)
        if model._base_manager.filter(**{f"{name}__filled": True}).exists()
    }


@pytest.mark.slow("reads every byte of every store")
def test_after_a_purge_no_store_holds_a_byte_of_it(
    adviser, desk_client, marks, tmp_path, whole_search, book, application_log
):
    data = Path(os.environ["DATA_DIR"])
    archive, backup, dump = tmp_path / "archive", tmp_path / "backup", tmp_path / "dump.sql"
    control = word()
    with wal_archived(archive):
        ciphertext, label = leave_marks_everywhere(adviser, desk_client, marks)
        # A model added later must be marked here too, or this says which field is not.
        assert filled_fields() == every_personal_field()
        assert {name for _, name in every_personal_field()} == marks.keys() - {"searched"}
        leave_control_everywhere(control, book)
        flush_to_disk()
        run("pg_basebackup", "-D", str(backup), "-X", "fetch", "-c", "fast")
        run("pg_dump", "--no-unlogged-table-data", "-f", str(dump), connection.settings_dict["NAME"])
        assert unseal(ciphertext, label=label) == marks["narrative"]
        # The projection, until it goes.
        assert found({"live": data / "postgres"}, marks) >= {("live", name) for name in ("family_name", "born_on")}

        run_purge(due_day() + dt.timedelta(days=3))

    assert rows(*RECORDS, "drafts_draft") == dict.fromkeys((*RECORDS, "drafts_draft"), 0)
    stores = {
        "data directory and write-ahead log": data / "postgres",
        "archived write-ahead log": archive,
        "server's log": data / "postgres.log",
        "application's log": application_log,
        "Valkey": data / "valkey",
        "base backup": backup,
        "dump": dump,
        "ledger": book.paths[0],
        "other ledger": book.paths[1],
    }
    assert found(stores, marks) == set()
    # The same search sees what is there.
    assert {store for store, _ in found(stores, {"control": control})} == stores.keys()
    with psycopg.connect(superuser()) as server:
        statistics = server.execute("SELECT coalesce(string_agg(s::text, ' '), '') FROM pg_stats s").fetchone()
    assert not [name for name, mark in marks.items() if mark.lower() in statistics[0].lower()]
    for copy in (backup, archive):
        assert ciphertext in b"".join(path.read_bytes() for path in copy.rglob("*") if path.is_file())
    with pytest.raises(KeyMissing):
        unseal(ciphertext, label=label)
    assert not keyring().due(due_day())


def leave_marks_everywhere(adviser: Any, desk_client: Any, marks: dict[str, str]) -> tuple[bytes, bytes]:
    """Do all that is done at a desk, with marks in every field; gives one sealed value as stored, and its label."""
    names = ("family_name", "given_names", "address", "national_insurance_number", "phone", "other_phone", "email")
    person = {name: marks[name] for name in (*names, "postcode")} | {"born_on": dt.date.fromisoformat(marks["born_on"])}
    customer = factories.make_customer(by=adviser, **person)
    words = {name: marks[name] for name in ("caller_name", "source_name", "summary", "narrative")}
    enquiry = contact(adviser, customer=customer, **words)
    contact(adviser, caller_name=marks["caller_name"])
    desk.amend_enquiry(enquiry, text=marks["text"], submission=uuid.uuid4(), by=adviser)
    factories.change(customer, by=adviser, **person | {"language": "cy"})
    desk_client.post("/drafts/", factories.posted(narrative=marks["content"]))
    for name in ("searched", "family_name", "national_insurance_number", "phone", "postcode", "born_on"):
        desk_client.post("/customers/search/", {"q": marks[name]})
        desk_client.get("/customers/search/", {"q": marks[name]})  # a wrong turn: refused, and logged by its path alone
    desk_client.get(customer.get_absolute_url())  # the session remembers whom
    desk_client.post("/enquiries/", factories.posted(narrative=marks["narrative"], summary=marks["summary"] * 100))
    for task in (mend_search, remove_files, canary_if_due):
        task.apply_async()
    logging.getLogger("visits").error("failed", exc_info=ValueError(marks["narrative"]))
    return _stored(enquiry)


def leave_control_everywhere(control: str, book: Any) -> None:
    """Leave a value that nothing seals where each store would have to show it."""
    factories.make_location(name_en=control)
    logging.getLogger("visits").error(control)
    celery.send_task("control", args=[control])
    book.append("control", {"control": control})
    with psycopg.connect(superuser(), autocommit=True) as server:
        server.execute(f"DO $$ BEGIN RAISE LOG '{control}'; END $$")


def run_purge(cut_off: dt.date) -> None:
    """The purge, then what is in memory in the files: but nothing written anew by the test."""
    assert actions.purge(cut_off).left == 0
    with psycopg.connect(superuser(), autocommit=True) as server:
        server.execute("CHECKPOINT")
        server.execute("CHECKPOINT")  # the first one frees replaced files, the second finds them gone


def _stored(enquiry: Enquiry) -> tuple[bytes, bytes]:
    """The narrative as the column holds it, and what it is bound to."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT narrative FROM visits_enquiry WHERE id = %s", [enquiry.pk])
        return bytes(cursor.fetchone()[0]), Enquiry._meta.get_field("narrative").associated_data(enquiry)


@pytest.fixture
def desk_client(signed_in, adviser):
    return signed_in(adviser)
