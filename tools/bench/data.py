"""The data sets: made once, kept, and copied for each run, so that every run finds the same rows."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import psycopg

from tools.bench.desk import Unexpected

ROOT = Path(__file__).resolve().parents[2]
SEED = 1
YEARS = 6
# Rows leave the screens from their sixth birthday on: a data set much older than this measures another one.
KEPT_DAYS = 30


@dataclass(frozen=True)
class Size:
    """How many customers; in six years each makes about four enquiries."""

    name: str
    customers: int

    def hundredth(self) -> Size:
        return Size(f"{self.name}_hundredth", self.customers // 100)


# A hundredth more, so that there are 600,000 enquiries at least.
SIZES = {"small": Size("small", 3_000), "full": Size("full", 151_500)}


@dataclass(frozen=True)
class DataSet:
    """A data set that stands: its database, its customers in plain words, and how long making it took."""

    size: Size
    url: str
    known_url: str
    seconds: float


def address(url: str, database: str) -> str:
    """The address of another database on the same server."""
    return f"{url.rpartition('/')[0]}/{database}"


def manage(env: Mapping[str, str], url: str, *arguments: str) -> None:
    """Run one of our commands on the database at `url`."""
    run(env, url, "manage.py", *arguments)


def run(env: Mapping[str, str], url: str, *arguments: str, known_url: str = "") -> None:
    """Run Python on the database at `url`. Raises Unexpected when it fails: it has said why."""
    given = {**env, "DATABASE_URL": url, "KNOWN_URL": known_url}
    if subprocess.run([sys.executable, *arguments], cwd=ROOT, env=given, check=False).returncode:
        raise Unexpected(f"{' '.join(arguments)} failed")


def prepare(env: Mapping[str, str], directory: Path, size: Size) -> DataSet:
    """The data set of `size`, made now if it is missing, made by other code, or too old."""
    url, known_url = (address(env["DATABASE_URL"], f"bench_{size.name}{suffix}") for suffix in ("", "_known"))
    data = DataSet(size, url, known_url, 0)
    stamp, path = _stamp(size), directory / f"{size.name}.json"
    made = json.loads(path.read_text()) if path.exists() else {}
    oldest = dt.datetime.now(dt.UTC) - dt.timedelta(days=KEPT_DAYS)
    if made.get("stamp") != stamp or dt.datetime.fromisoformat(made["made_at"]) < oldest:
        path.unlink(missing_ok=True)
        seconds = _make(env, data)
        made = {"stamp": stamp, "made_at": dt.datetime.now(dt.UTC).isoformat(), "seconds": round(seconds, 1)}
        path.write_text(json.dumps(made, indent=1))
    manage(env, url, "rebuild_search", "--if-needed")  # a server that was killed has lost its search entries
    return DataSet(size, url, known_url, made["seconds"])


@contextmanager
def copy_of(data: DataSet, purpose: str = "run") -> Iterator[str]:
    """The address of a copy to work on, thrown away at the end."""
    name = f"bench_{data.size.name}_{purpose}"
    with psycopg.connect(address(data.url, "postgres"), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {name} TEMPLATE bench_{data.size.name} STRATEGY FILE_COPY")
        try:
            yield address(data.url, name)
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def counts(url: str) -> tuple[int, int, int]:
    """How many customers and enquiries the database holds, and how many bytes it takes on the disk."""
    statement = (
        "SELECT (SELECT count(*) FROM visits_customer), (SELECT count(*) FROM visits_enquiry),"
        " pg_database_size(current_database())"
    )
    with psycopg.connect(url) as connection:
        return connection.execute(statement).fetchone()


def _make(env: Mapping[str, str], data: DataSet) -> float:
    """Make the data set and the list of its people; returns the seconds that `demo_data` took."""
    size = data.size
    print(f"Making a data set of {size.customers:,} customers, once", file=sys.stderr, flush=True)
    with psycopg.connect(env["DATABASE_URL"], autocommit=True) as connection:
        for suffix in ("", "_known"):
            connection.execute(f"DROP DATABASE IF EXISTS bench_{size.name}{suffix} WITH (FORCE)")
            connection.execute(f"CREATE DATABASE bench_{size.name}{suffix}")
    manage(env, data.url, "migrate", "--verbosity=0")
    started = time.monotonic()
    manage(env, data.url, "demo_data", f"--customers={size.customers}", f"--years={YEARS}", f"--seed={SEED}")
    seconds = time.monotonic() - started
    with psycopg.connect(data.url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
    run(env, data.url, "-m", "tools.bench.known", known_url=data.known_url)
    return seconds


def _stamp(size: Size) -> str:
    """Changes with whatever changes the rows: arguments, migrations, services, and the code that invents and writes."""
    files = [ROOT / "services/services.json", ROOT / "tools/bench/known.py"]
    for pattern in ("*/migrations/*.py", "demo/*", "demo/management/commands/demo_*.py"):
        files += ROOT.glob(pattern)
    text = json.dumps([asdict(size), YEARS, SEED])
    for path in sorted(path for path in files if path.is_file()):
        text += f"{path.relative_to(ROOT)} {hashlib.sha256(path.read_bytes()).hexdigest()}\n"
    return hashlib.sha256(text.encode()).hexdigest()
