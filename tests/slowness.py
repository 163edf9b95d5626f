"""Pytest plugin: a test that takes more than two seconds says why, with `@pytest.mark.slow("reason")`.

Unmarked ones are named at the end of a run. The run fails from ten times as long: two workers, measuring branches and
a machine that is busy with something else have been seen to make a test of two seconds last nine.
"""

from __future__ import annotations

import pytest

SECONDS = 2.0
BUSY = 10

_unmarked: dict[str, float] = {}


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "slow(reason): takes more than two seconds, and why that is worth it")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse a mark without its reason, and begin with what takes long: two workers then end together."""
    silent = [item.nodeid for item in items for mark in item.iter_markers("slow") if not (mark.args and mark.args[0])]
    if silent:
        raise pytest.UsageError(f'@pytest.mark.slow("why?") without a reason: {", ".join(silent)}')
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.when == "call" and report.duration > SECONDS and "slow" not in report.keywords:
        _unmarked[report.nodeid] = report.duration


def too_slow() -> list[str]:
    return [name for name, seconds in _unmarked.items() if seconds > SECONDS * BUSY]


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
