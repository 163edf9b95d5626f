"""Real backups, made while the canary lived: which of them hold it in plain words, and which cannot be read."""

from __future__ import annotations

import gzip

import pytest
from django.db import connection

from retention.models import CanaryRun
from tests.retention.canary_runs import made, purged, searched, store
from tests.retention.restoring import run as run_program

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow("makes real backups")]


@pytest.fixture
def alive(whole_search, place) -> CanaryRun:
    """A canary that lives while backups are made."""
    return made()


def dump(path, *options: str) -> None:
    run_program("pg_dump", *options, "-f", str(path), connection.settings_dict["NAME"])


def pack(path) -> None:
    path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
    path.unlink()


def test_dump_that_took_the_search_projection_along_is_found(alive, place):
    dump(place / "careless.sql")
    pack(place / "careless.sql")

    searched(purged(alive))

    assert store(alive, "path")["places"] == ["careless.sql.gz"]
    assert store(alive, "path")["proved"]
    assert alive.state == "found"


def test_dump_without_unlogged_tables_is_clean(alive, place):
    dump(place / "careful.sql", "--no-unlogged-table-data")
    pack(place / "careful.sql")

    searched(purged(alive))

    assert (store(alive, "path")["hits"], store(alive, "path")["proved"]) == (0, True)
    assert alive.state == "clean"


def test_packed_base_backup_is_clean_and_was_read(alive, place):
    run_program("pg_basebackup", "-D", str(place / "base"), "-F", "t", "-z", "-X", "fetch", "-c", "fast")

    searched(purged(alive))

    found = store(alive, "path")
    assert (found["hits"], found["unreadable"], found["proved"]) == (0, 0, True)


def test_dump_in_a_form_of_its_own_is_not_called_clean(alive, place):
    dump(place / "desk.pgdump", "-F", "c")

    searched(purged(alive))

    assert store(alive, "path")["unread"] == ["desk.pgdump"]
    assert not store(alive, "path")["proved"]
