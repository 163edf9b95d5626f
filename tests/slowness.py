"""Pytest plugin: a test that takes more than two seconds says why, with `@pytest.mark.slow("reason")`.

Unmarked ones are named at the end of a run. The run fails from five times as long, since two workers that measure
branches take their share. Time in which the test could have run, but another process had the processor, is taken off
first: a machine that is busy with something else must not make a sound change fail.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

SECONDS = 2.0
FAILS = 5  # times as long

_unmarked: dict[str, float] = {}


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "slow(reason): takes more than two seconds, and why that is worth it")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse a mark without its reason, and begin with what takes long: two workers then end together."""
    silent = [item.nodeid for item in items for mark in item.iter_markers("slow") if not (mark.args and mark.args[0])]
    if silent:
        raise pytest.UsageError(f'@pytest.mark.slow("why?") without a reason: {", ".join(silent)}')
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Note by how much others slowed the test down."""
    ran, waited = scheduled()
    try:
        return (yield)
    finally:
        ran, waited = (after - before for before, after in zip((ran, waited), scheduled(), strict=True))
        item.user_properties.append(("slowed", 1 + waited / max(ran, 1)))


def scheduled() -> tuple[int, int]:
    """How long this thread has run, and waited for a processor while it could have run, in nanoseconds."""
    try:
        with open("/proc/thread-self/schedstat") as file:
            ran, waited, _ = map(int, file.read().split())
    except OSError:  # a kernel that does not count
        return 0, 0
    return ran, waited


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.when == "call" and "slow" not in report.keywords:
        seconds = report.duration / dict(report.user_properties)["slowed"]
        if seconds > SECONDS:
            _unmarked[report.nodeid] = seconds


def too_slow() -> list[str]:
    return [name for name, seconds in _unmarked.items() if seconds > SECONDS * FAILS]


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail the run; in a worker nothing, since all reports meet in the process that hands the tests out."""
    if too_slow() and not hasattr(session.config, "workerinput"):
        session.exitstatus = session.exitstatus or pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if _unmarked:
        terminalreporter.section(f"more than {SECONDS:.0f} s without a reason")
    for name, seconds in sorted(_unmarked.items(), key=lambda each: -each[1]):
        verdict = "FAILS THE RUN: " if name in too_slow() else ""
        terminalreporter.line(f'{verdict}{seconds:.1f} s {name}: make it quicker, or @pytest.mark.slow("why")')
