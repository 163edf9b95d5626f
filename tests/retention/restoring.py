"""A backup of the test's database, and its return."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
from importlib.util import find_spec
from pathlib import Path

import psycopg
from django.db import connection

from privacy.dates import london_today
from retention import ledger_state
from tests.retention.records import due_day

BINARIES = Path(find_spec("pgserver").origin).parent / "pginstall" / "bin"  # type: ignore[union-attr, arg-type]


def superuser() -> str:
    """The test's database, as its server's superuser."""
    return os.environ["DATABASE_SUPERUSER_URL"].rpartition("/")[0] + "/" + connection.settings_dict["NAME"]


def server_environment() -> dict[str, str]:
    """How PostgreSQL's programs find the server, as its superuser."""
    given = psycopg.conninfo.conninfo_to_dict(superuser())
    return os.environ | {f"PG{name.upper()}": str(given[name]) for name in ("user", "password", "host", "port")}


def run(program: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs as its superuser."""
    subprocess.run([str(BINARIES / program), *arguments], env=server_environment(), check=True, capture_output=True)


def back_up(path: Path, *options: str) -> Path:
    """Dump the database to `path`."""
    run("pg_dump", "--format=custom", *options, f"--file={path}", connection.settings_dict["NAME"])
    return path


def restore(path: Path) -> None:
    """Put the dump at `path` in the place of everything that the database holds."""
    connection.close()
    into = f"--dbname={connection.settings_dict['NAME']}"
    run("pg_restore", "--clean", "--if-exists", "--single-transaction", into, str(path))
    ledger_state.forget_state()


def days_ago_of_what_is_due_soon() -> int:
    """How long ago somebody came whose record is due within the next days (none is on a 29 February)."""
    today = london_today()
    return next(days for days in range(2191, 2180, -1) if due_day(days) > today)


def soon() -> dt.date:
    """The day on which such a record is due."""
    return due_day(days_ago_of_what_is_due_soon())
