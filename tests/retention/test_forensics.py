"""Gone means gone: after a purge no byte of what was purged is in any store, and no key is left for the backups.

The same search finds a value that was left unsealed on purpose: it is not blind.
"""

from __future__ import annotations

import datetime as dt
import os
import random
import string
import subprocess
import uuid
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from privacy.keyring import KeyMissing, keyring
from privacy.sealed import unseal
from retention import actions
from tests import factories
from tests.retention.purging import RECORDS, contact, due_day, rows
from visits import actions as desk
from visits.models import Enquiry

pytestmark = pytest.mark.django_db(transaction=True)

BINARIES = Path(find_spec("pgserver").origin).parent / "pginstall" / "bin"  # type: ignore[union-attr, arg-type]


def word() -> str:
    """A name that nothing else on this machine has ever said."""
    return "Q" + "".join(random.SystemRandom().choices(string.ascii_lowercase, k=15))


def digits(number: int) -> str:
    return "".join(random.SystemRandom().choices("123456789", k=number))


@pytest.fixture
def marks() -> dict[str, str]:
    """A mark for every personal field there is."""
    names = ("family_name", "given_names", "address", "caller_name", "source_name", "summary", "narrative", "text")
    given = {name: word() for name in (*names, "draft", "searched")}
    given |= {
        "national_insurance_number": f"AB{digits(6)}C",
        "phone": f"07{digits(9)}",
        "other_phone": f"01{digits(9)}",
    }
    return given | {"email": f"{word()}@example.org", "postcode": word()}


def superuser() -> str:
    return os.environ["DATABASE_SUPERUSER_URL"].rpartition("/")[0] + "/" + connection.settings_dict["NAME"]


def flush_to_disk() -> None:
    """Everything that PostgreSQL has in memory is in its files afterwards."""
    with psycopg.connect(superuser(), autocommit=True) as server:
        # A checkpoint leaves unlogged tables in memory; written anew they are in their files.
        server.execute("VACUUM (FULL) privacy_searchentry, privacy_searchword")
        server.execute("CHECKPOINT")


def run(program: str, *arguments: str, url: str) -> None:
    given = psycopg.conninfo.conninfo_to_dict(url)
    env = os.environ | {
        "PGPASSWORD": str(given["password"]),
        "PGHOST": str(given["host"]),
        "PGPORT": str(given["port"]),
    }
    env |= {"PGUSER": str(given["user"])}
    subprocess.run([str(BINARIES / program), *arguments], env=env, check=True, capture_output=True)


def found(stores: dict[str, Path], marks: dict[str, str]) -> set[tuple[str, str]]:
    """Which mark is in which store, in its own letters or in small ones."""
    wanted = {
        name: {mark.encode(), mark.lower().encode(), mark.replace(" ", "").lower().encode()}
        for name, mark in marks.items()
    }
    hits = set()
    for store, place in stores.items():
        for path in [place] if place.is_file() else [path for path in place.rglob("*") if path.is_file()]:
            try:
                content = path.read_bytes()
            except FileNotFoundError:  # PostgreSQL removed it a moment ago: a cache of its own, a replaced file
                continue
            hits |= {(store, name) for name, forms in wanted.items() if any(form in content for form in forms)}
    return hits


def test_after_a_purge_no_store_holds_a_byte_of_it(adviser, desk_client, marks, tmp_path, whole_search, book):
    data = Path(os.environ["DATA_DIR"])
    names = ("family_name", "given_names", "address", "national_insurance_number", "phone", "other_phone", "email")
    person = {name: marks[name] for name in (*names, "postcode")}
    customer = factories.make_customer(by=adviser, **person)
    words = {name: marks[name] for name in ("caller_name", "source_name", "summary", "narrative")}
    enquiry = contact(adviser, customer=customer, **words)
    contact(adviser, caller_name=marks["caller_name"])
    desk.amend_enquiry(enquiry, text=marks["text"], submission=uuid.uuid4(), by=adviser)
    desk.change_customer(customer, version=1, by=adviser, **person | {"language": "cy"})
    desk_client.post("/drafts/", factories.posted(narrative=marks["draft"]))
    desk_client.post("/customers/search/", {"q": marks["searched"]})
    desk_client.post("/customers/search/", {"q": marks["family_name"]})
    desk_client.get(customer.get_absolute_url())
    control = word()
    factories.make_location(name_en=control)
    ciphertext, label = _stored(enquiry)
    flush_to_disk()
    backup, dump = tmp_path / "backup", tmp_path / "dump.sql"
    run("pg_basebackup", "-D", str(backup), "-X", "fetch", url=superuser())
    database = connection.settings_dict["NAME"]
    run("pg_dump", "--no-unlogged-table-data", "-f", str(dump), database, url=superuser())
    assert unseal(ciphertext, label=label) == marks["narrative"]
    assert found({"live": data / "postgres"}, {"name": marks["family_name"].lower()})  # the projection, until it goes

    run_purge(due_day() + dt.timedelta(days=3))

    assert rows(*RECORDS, "visits_draft") == dict.fromkeys((*RECORDS, "visits_draft"), 0)
    stores = {
        "data directory and write-ahead log": data / "postgres",
        "server's log": data / "postgres.log",
        "Valkey": data / "valkey",
        "base backup": backup,
        "dump": dump,
        "ledger": book.paths[0],
    }
    assert found(stores, marks) == set()
    assert {store for store, _ in found(stores, {"control": control})} >= {
        "data directory and write-ahead log",
        "base backup",
        "dump",
    }
    with psycopg.connect(superuser()) as server:
        statistics = server.execute("SELECT coalesce(string_agg(s::text, ' '), '') FROM pg_stats s").fetchone()
    assert not [name for name, mark in marks.items() if mark.lower() in statistics[0].lower()]
    assert ciphertext in b"".join(path.read_bytes() for path in backup.rglob("*") if path.is_file())
    with pytest.raises(KeyMissing):
        unseal(ciphertext, label=label)
    assert not keyring().due(due_day())


def run_purge(cut_off: dt.date) -> None:
    """The purge, then what is in memory in the files: but nothing written anew by the test."""
    assert actions.purge(cut_off).left == 0
    with psycopg.connect(superuser(), autocommit=True) as server:
        server.execute("CHECKPOINT")
        server.execute("CHECKPOINT")  # the first one frees replaced files, the second finds them gone


def _stored(enquiry: Enquiry) -> tuple[bytes, bytes]:
    """The narrative as the column holds it, and under which name it was sealed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT narrative FROM visits_enquiry WHERE id = %s", [enquiry.pk])
        return bytes(cursor.fetchone()[0]), b"visits.Enquiry.narrative"


@pytest.fixture
def desk_client(signed_in, adviser):
    return signed_in(adviser)
