"""Apply each known mutation to a copy of this project and ask the tests whether they notice: `make mutants`.

    make mutants                     all of tests/mutants/*.toml
    make mutants ARGS="retention"    those whose file or name contains a word

A mutant is a change of a rule that must not pass unseen: `name`, `file`, `old` (which stands there once), `new`, and
`tests`, the arguments of pytest that ask. Each set of tests is run without a mutant first, so that a red test counts as
nothing. Two workers, each with a copy and servers of its own. Exit code 1 when one survives, no longer applies, or its
tests fail anyway.
"""

from __future__ import annotations

import os
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import tomllib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from privacy.progress import ProgressBar
from tools import embedded

ROOT = Path(__file__).resolve().parent.parent
KEPT = ROOT / "tests" / "mutants"
WORKERS = 2
# Nothing that notices takes so long: a mutant that hangs is one that is noticed.
SECONDS = 180


@dataclass(frozen=True)
class Mutant:
    """One change, and the tests that should notice it."""

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]
    area: str = ""

    def applies(self, root: Path = ROOT) -> bool:
        """Whether the old text stands in its file, and once."""
        path = root / self.file
        return path.is_file() and path.read_text(encoding="utf-8").count(self.old) == 1 and self.old != self.new


@dataclass
class Outcome:
    """What became of all of them."""

    killed: list[str] = field(default_factory=list)
    survived: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    red: list[str] = field(default_factory=list)


def mutants(directory: Path = KEPT) -> Iterator[Mutant]:
    """All that are kept, file by file."""
    for path in sorted(directory.glob("*.toml")):
        for entry in tomllib.loads(path.read_text(encoding="utf-8")).get("mutant", []):
            yield Mutant(**{**entry, "tests": tuple(entry["tests"])}, area=path.stem)


def main(words: list[str]) -> int:
    """Ask for each mutant that one of the words names, or for all; 0 when all were noticed."""
    embedded.end_on_signals()
    found = [each for each in mutants() if not words or any(word in f"{each.area} {each.name}" for word in words)]
    outcome = Outcome(stale=[each.name for each in found if not each.applies()])
    asked = [each for each in found if each.applies()]
    run(asked, outcome)
    for title, names in (
        ("SURVIVED", outcome.survived),
        ("no longer applies", outcome.stale),
        ("its tests fail without it too", outcome.red),
    ):
        for name in sorted(names):
            print(f"{title}: {name}")
    bad = len(outcome.survived) + len(outcome.stale) + len(outcome.red)
    print(f"mutants: {len(outcome.killed)} killed, {bad} not")
    return 1 if bad or not found else 0


def run(asked: list[Mutant], outcome: Outcome) -> None:
    """Run the tests of every mutant on two workers."""
    progress, lock = ProgressBar("Mutants"), threading.Lock()
    jobs: queue.SimpleQueue[Mutant] = queue.SimpleQueue()
    for mutant in sorted(asked, key=lambda each: each.tests):
        jobs.put(mutant)

    def work(each: Worker) -> None:
        while True:
            try:
                mutant = jobs.get_nowait()
            except queue.Empty:
                return
            verdict = each.ask(mutant)
            with lock:
                getattr(outcome, verdict).append(mutant.name)
                progress(len(outcome.killed) + len(outcome.survived) + len(outcome.red), len(asked))

    with ExitStack() as stack:
        workers = [stack.enter_context(worker()) for _ in range(WORKERS)]
        threads = [threading.Thread(target=work, args=[each]) for each in workers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


class Worker:
    """A copy of the project beside servers of its own; the test database is kept from one mutant to the next."""

    def __init__(self, directory: Path, env: dict[str, str]) -> None:
        self.directory, self.env = directory, env
        self.green: dict[tuple[str, ...], bool] = {}
        self.fresh = True

    def ask(self, mutant: Mutant) -> str:
        """`killed`, `survived`, or `red` when the tests fail without the mutant."""
        if mutant.tests not in self.green:
            self.green[mutant.tests] = self.passes(mutant.tests)
        if not self.green[mutant.tests]:
            return "red"
        path = self.directory / mutant.file
        whole = path.read_text(encoding="utf-8")
        path.write_text(whole.replace(mutant.old, mutant.new), encoding="utf-8")
        # What makes tables is asked with tables of its own, and so is the next one.
        makes_tables = "migrations" in mutant.file or "constraints" in mutant.file
        self.fresh = self.fresh or makes_tables
        try:
            return "survived" if self.passes(mutant.tests) else "killed"
        finally:
            path.write_text(whole, encoding="utf-8")
            self.fresh = self.fresh or makes_tables

    def passes(self, tests: tuple[str, ...]) -> bool:
        """Whether tests pass in the copy as it is now."""
        fresh = ["--create-db"] if self.fresh else []
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"]
        process = subprocess.Popen(
            [*command, "--reuse-db", *fresh, *tests],
            cwd=self.directory,
            env=self.env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        until = time.monotonic() + SECONDS
        while process.poll() is None and time.monotonic() < until:
            time.sleep(0.05)
        hangs = process.poll() is None
        if hangs:
            os.killpg(process.pid, 9)
            process.wait()
        self.fresh = hangs  # a process killed half-way leaves its rows
        return not hangs and process.returncode == 0


@contextmanager
def worker() -> Iterator[Worker]:
    """A worker with a copy and servers of its own, while they are needed."""
    with tempfile.TemporaryDirectory(prefix="contact-wrexham-mutants-") as directory, embedded.servers(None) as env:
        copy_of_project(Path(directory))
        yield Worker(Path(directory), os.environ | env | {"SERVERS": "given", "PYTHONDONTWRITEBYTECODE": "1"})


def copy_of_project(target: Path) -> None:
    """Copy every file that git tracks or would, as it is in the working tree."""
    asked = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(asked, cwd=ROOT, capture_output=True, check=True).stdout.decode()
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
