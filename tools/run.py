"""Run the whole system on this machine, for demonstration and development: `make run`.

Embedded servers, database brought up to date, demonstration data into an empty one, then web, Celery worker and
Celery beat. Ctrl-C or SIGTERM stops everything in order; the data stays in `DATA_DIR` (`var/`). `PORT` is 8000.
"""

import contextlib
import errno
import hashlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import NoReturn

from tools import embedded

ROOT = Path(__file__).resolve().parent.parent
SETTINGS = "contactwrexham.settings"

WELCOME = """
Contact Wrexham is running at http://127.0.0.1:{port}/

    sign in as       password
    adviser          contact-wrexham
    manager          contact-wrexham
    administrator    contact-wrexham
    governance       contact-wrexham

Ctrl-C stops it. The data stays in {data_dir}
"""

Children = dict[str, subprocess.Popen[bytes]]


def main() -> int:
    """Run until somebody stops it (0) or something fails (1)."""
    embedded.end_on_signals()
    os.umask(0o077)  # what lies in the data directory is for its owner only
    data_dir = Path(os.environ.get("DATA_DIR") or ROOT / "var").resolve()
    children: Children = {}
    try:
        port = _port()
        with embedded.servers(data_dir) as env:
            env = os.environ | env | {"DEMO": "1", "DJANGO_SETTINGS_MODULE": SETTINGS, "PYTHONUNBUFFERED": "1"}
            try:
                _serve(port, data_dir, env, children)
            finally:
                _stop(children)
    except embedded.CannotStart as refusal:
        print(refusal, file=sys.stderr)
        return 1
    except SystemExit:
        print("Stopped.")
    return 0


def _port() -> int:
    given = os.environ.get("PORT") or "8000"
    if not given.isdecimal() or not 0 < int(given) < 65536:
        raise embedded.CannotStart(f"PORT is {given}; it must be a number between 1 and 65535.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(given)))
        except OSError as error:
            why = (
                "is taken by another program"
                if error.errno == errno.EADDRINUSE
                else f"cannot be used: {error.strerror}"
            )
            raise embedded.CannotStart(f"Port {given} {why}. Choose another one with PORT.") from error
    return int(given)


def _serve(port: int, data_dir: Path, env: dict[str, str], children: Children) -> None:
    """Prepare the database, start the three children, watch them. Raise `CannotStart` if one ends."""
    python = sys.executable
    prepare = _start([python, "-m", "tools.run", "prepare"], env)
    children["The preparation"] = prepare
    if prepare.wait():
        raise embedded.CannotStart("The database could not be prepared; the reason is above.")
    del children["The preparation"]

    web = [f"--bind=127.0.0.1:{port}", "contactwrexham.wsgi:application"]  # the rest: gunicorn.conf.py
    children["The web server"] = _start([python, "-m", "gunicorn", *web], env | {"DB_POOL": "1"})
    while not _answers(port):
        _check(children)
        time.sleep(0.05)
    print(WELCOME.format(port=port, data_dir=data_dir), flush=True)

    # Celery warns about root, who might unpickle a stranger's message: ours are JSON.
    celery = [
        python,
        "-W",
        "ignore:You're running the worker with superuser",
        "-m",
        "celery",
        "-q",
        "-A",
        "contactwrexham",
    ]
    worker = ["worker", "--concurrency=1", "--prefetch-multiplier=1", "--without-gossip", "--without-mingle"]
    beat = ["beat", f"--schedule={data_dir / 'beat-schedule'}"]
    children["The Celery worker"] = _start([*celery, *worker, "--loglevel=WARNING"], env)
    children["Celery beat"] = _start([*celery, *beat, "--loglevel=WARNING"], env)
    _watch(data_dir, children)


def _watch(data_dir: Path, children: Children) -> NoReturn:
    """Wait for the end. Without Valkey the desk works on; PostgreSQL may be restarted, not missing."""
    waits = False
    missing_since = None
    while True:
        _check(children)
        if not waits and not embedded.process_of("Valkey", data_dir):
            waits = True
            print("Valkey has ended. The desk works on; background work waits for the next start.", file=sys.stderr)
        if embedded.process_of("PostgreSQL", data_dir):
            missing_since = None
        elif missing_since is None:
            missing_since = time.monotonic()
        elif time.monotonic() - missing_since > 10:
            raise embedded.CannotStart("PostgreSQL has ended by itself. Stopping all.")
        time.sleep(0.5)


def _start(command: list[str], env: dict[str, str]) -> subprocess.Popen[bytes]:
    """Start a child out of the terminal's reach; the kernel ends it when this process is killed."""
    return subprocess.Popen(["setpriv", "--pdeathsig=TERM", *command], cwd=ROOT, env=env, start_new_session=True)


def _check(children: Children) -> None:
    for name, child in children.items():
        if child.poll() is not None:
            raise embedded.CannotStart(f"{name} has ended by itself (exit code {child.returncode}). Stopping all.")


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    with contextlib.closing(connection):
        try:
            connection.request("GET", "/livez")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False


def _stop(children: Children) -> None:
    """Ask all to end, wait ten seconds, kill what is left of each with its own children."""
    for child in children.values():
        child.terminate()
    until = time.monotonic() + 10
    for child in children.values():
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(max(0, until - time.monotonic()))
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def prepare() -> None:
    """Bring database and static files up to date and fill an empty database: one process, as Django starts slowly."""
    import django

    django.setup()
    from django.apps import apps
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    from privacy.actions import mend_search
    from retention.actions import purge_if_due

    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        _say("Bringing the database up to date")
        call_command("migrate", interactive=False)
    _collect_static()
    call_command("load_services", verbosity=0)
    if not apps.get_model("visits", "Customer").objects.real().exists():
        _say("Making demonstration data")
        call_command("demo_accounts")
        call_command("demo_data", customers=2000, years=0.5, seed=1)
    mend_search()
    purge_if_due()  # a machine that was off last night


def _collect_static() -> None:
    """Collect the static files if one of them has changed since the last time."""
    from django.conf import settings
    from django.contrib.staticfiles.finders import get_finders
    from django.core.management import call_command

    marks = [str(settings.STORAGES["staticfiles"])]
    for finder in get_finders():
        for path, storage in finder.list([]):
            status = Path(storage.path(path)).stat()
            marks.append(f"{path} {status.st_size} {status.st_mtime_ns}")
    current = hashlib.sha256("\n".join(sorted(marks)).encode()).hexdigest()
    seen = Path(settings.STATIC_ROOT).with_suffix(".collected")
    if not seen.exists() or seen.read_text() != current:
        _say("Collecting the static files")
        call_command("collectstatic", interactive=False, clear=True, verbosity=0)
        seen.write_text(current)


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    if sys.argv[1:] == ["prepare"]:
        prepare()
    else:
        sys.exit(main())
