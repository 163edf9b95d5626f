"""The real web server, as `make run` starts it, on a free port."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from tools.bench.desk import Desk, Unexpected

ROOT = Path(__file__).resolve().parents[2]
GUNICORN = ("--workers=2", "--worker-class=gthread", "--threads=4", "--log-level=warning", "--no-control-socket")
START_SECONDS = 60


class Web:
    """A running web server."""

    def __init__(self, port: int, pid: int) -> None:
        self.port = port
        self.pid = pid

    def workers(self) -> list[int]:
        """The processes that answer."""
        return [int(pid) for pid in Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()]

    def memory(self) -> int:
        """Bytes of memory that the workers hold, what they share counted once (PSS)."""
        total = 0
        for pid in self.workers():
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
            total += 1024 * int(rollup.partition("\nPss:")[2].split()[0])
        return total


@contextmanager
def serving(env: Mapping[str, str]) -> Iterator[Web]:
    """gunicorn with two workers of four threads, until the end of the block."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    command = ["setpriv", "--pdeathsig=TERM", sys.executable, "-m", "gunicorn", *GUNICORN]
    command += [f"--bind=127.0.0.1:{port}", "contactwrexham.wsgi:application"]
    process = subprocess.Popen(command, cwd=ROOT, env={**env, "DB_POOL": "1"}, start_new_session=True)
    try:
        until = time.monotonic() + START_SECONDS
        while True:
            with suppress(OSError, Unexpected):
                Desk(port).get("/livez")
                break
            if process.poll() is not None or time.monotonic() > until:
                raise Unexpected("the web server did not start")
            time.sleep(0.05)
        yield Web(port, process.pid)
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
