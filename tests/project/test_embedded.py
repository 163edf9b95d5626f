"""The embedded servers: private secrets, data that stays, one run at a time, a killed run that harms nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from tools import embedded

pytestmark = pytest.mark.slow("starts servers")

COMMAND = [sys.executable, "-m", "tools.embedded"]
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One directory for all tests here, since making a database takes a second."""
    return tmp_path_factory.mktemp("embedded") / "data"


def test_servers_keep_their_data_for_the_next_start(data_dir: Path) -> None:
    with embedded.servers(data_dir) as env:
        with psycopg.connect(env["DATABASE_URL"]) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 'yes' AS value")
        with redis.Redis.from_url(env["REDIS_URL"]) as client:
            client.rpush("kept", "yes")

    with embedded.servers(data_dir) as env:
        with psycopg.connect(env["DATABASE_URL"]) as connection:
            assert connection.execute("SELECT value FROM kept").fetchall() == [("yes",)]
        with redis.Redis.from_url(env["REDIS_URL"]) as client:
            assert client.lrange("kept", 0, -1) == [b"yes"]


def test_servers_secrets_are_private_and_stay(data_dir: Path) -> None:
    with embedded.servers(data_dir) as first:
        pass
    with embedded.servers(data_dir) as second:
        pass

    for name in ("SECRET_KEY", "KEYRING_MASTER_KEY", "KEYRING_DIRS", "LEDGER_PATHS"):
        assert first[name] == second[name]
    assert (data_dir / "secrets.json").stat().st_mode & 0o777 == 0o600
    assert data_dir.stat().st_mode & 0o066 == 0, "others see nothing in it"
    ledgers = [Path(path).parent for path in first["LEDGER_PATHS"].split(",")]
    assert len(set(ledgers)) == 2
    for directory in [*first["KEYRING_DIRS"].split(","), *ledgers]:
        assert Path(directory).stat().st_mode & 0o777 == 0o700


def test_servers_listen_on_this_machine_and_ask_for_the_password(data_dir: Path) -> None:
    with embedded.servers(data_dir) as env:
        password = json.loads((data_dir / "secrets.json").read_text())["POSTGRES_PASSWORD"]
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(env["DATABASE_URL"].replace(password, "wrong"))
        port = int(env["REDIS_URL"].rpartition(":")[2].partition("/")[0])
        with pytest.raises(redis.AuthenticationError):
            redis.Redis(port=port, retry=Retry(NoBackoff(), 0)).ping()
        with psycopg.connect(env["DATABASE_URL"]) as connection:
            assert connection.execute("SHOW listen_addresses").fetchall() == [("127.0.0.1",)]
            assert connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchall() == [
                (False,)
            ]


def test_servers_log_nothing_that_was_typed(data_dir: Path) -> None:
    with embedded.servers(data_dir) as env, psycopg.connect(env["DATABASE_URL"], autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS typed (value text UNIQUE CHECK (value <> 'MARKER-1'))")
        connection.execute("INSERT INTO typed VALUES ('MARKER-2')")
        for refused in ("SELECT 'MARKER-0'::int", "INSERT INTO typed VALUES ('MARKER-1')"):
            with pytest.raises(psycopg.DatabaseError):
                connection.execute(refused)
        with pytest.raises(psycopg.DatabaseError):
            connection.execute("INSERT INTO typed VALUES (%s)", ["MARKER-2"])

    assert "MARKER" not in (data_dir / "postgres.log").read_text()


def test_servers_refuse_a_second_run_in_the_same_directory(data_dir: Path) -> None:
    with embedded.servers(data_dir):
        second = subprocess.run(
            [*COMMAND, "--data-dir", str(data_dir), "--", "true"], cwd=ROOT, capture_output=True, text=True, check=False
        )

    assert second.returncode == 1
    assert second.stderr.startswith(f"{data_dir} is in use by another run, process {os.getpid()}.")
    assert len(second.stderr.splitlines()) == 1


def test_servers_refuse_to_replace_lost_secrets(data_dir: Path) -> None:
    secrets, elsewhere = data_dir / "secrets.json", data_dir / "elsewhere.json"
    with embedded.servers(data_dir):
        pass
    secrets.rename(elsewhere)
    try:
        with pytest.raises(embedded.CannotStart, match="is missing"), embedded.servers(data_dir):
            pass
    finally:
        elsewhere.rename(secrets)


def test_servers_believe_no_stale_pid_file(data_dir: Path) -> None:
    with embedded.servers(data_dir):
        lines = (data_dir / "postgres" / "postmaster.pid").read_text().splitlines()
    for name in embedded.PID_FILES.values():
        (data_dir / name).write_text("\n".join([str(os.getpid()), *lines[1:]]))

    with embedded.servers(data_dir):
        assert embedded.process_of("PostgreSQL", data_dir) not in (None, os.getpid())


def test_servers_end_with_a_killed_run_and_start_again(data_dir: Path) -> None:
    run = subprocess.Popen(
        [*COMMAND, "--data-dir", str(data_dir), "--", "sh", "-c", "echo ready; exec sleep 60"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
    )
    assert run.stdout
    assert run.stdout.readline() == b"ready\n"
    run.send_signal(signal.SIGKILL)
    run.communicate()
    until = time.monotonic() + 10
    while any(embedded.process_of(name, data_dir) for name in embedded.PID_FILES) and time.monotonic() < until:
        time.sleep(0.05)

    assert not any(embedded.process_of(name, data_dir) for name in embedded.PID_FILES)
    with embedded.servers(data_dir) as env:
        psycopg.connect(env["DATABASE_URL"]).close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_command_stops_both_servers_on_a_signal(data_dir: Path, number: signal.Signals) -> None:
    run = subprocess.Popen(
        [*COMMAND, "--data-dir", str(data_dir), "--", "sh", "-c", "echo ready; exec sleep 60"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
    )
    assert run.stdout
    assert run.stdout.readline() == b"ready\n"
    run.send_signal(number)
    run.communicate(timeout=10)

    assert run.returncode == 128 + number
    assert not any(embedded.process_of(name, data_dir) for name in embedded.PID_FILES)


def test_command_gives_its_exit_code_and_leaves_no_temporary_data(tmp_path: Path) -> None:
    run = subprocess.run(
        [*COMMAND, "--temporary", "--", "sh", "-c", 'echo "$DATA_DIR"; exit 7'],
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 7
    assert run.stdout.startswith(str(tmp_path))
    assert list(tmp_path.glob("contact-wrexham-*")) == []
