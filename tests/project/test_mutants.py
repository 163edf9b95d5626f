"""The mutants that are kept can be applied, and what applies them tells noticed from unnoticed."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from tools import mutants
from tools.mutants import Mutant, Worker

KEPT = list(mutants.mutants())


def test_there_are_a_hundred_and_fifty_and_each_has_a_name_of_its_own():
    assert len(KEPT) >= 150
    assert [name for name, times in Counter(mutant.name for mutant in KEPT).items() if times > 1] == []


@pytest.mark.parametrize("mutant", KEPT, ids=lambda mutant: mutant.name)
def test_mutant_applies_and_its_tests_are_there(mutant):
    assert mutant.applies(), "the rule has changed: change the mutant, or drop it with the rule"
    paths = [argument.partition("::")[0] for argument in mutant.tests if argument.startswith("tests/")]
    assert paths
    assert all((mutants.ROOT / path).exists() for path in paths)


@pytest.fixture
def worker(tmp_path: Path) -> Worker:
    """A worker whose copy is one rule and one test of it, with no servers."""
    (tmp_path / "rule.py").write_text("def limit(n):\n    return n <= 10\n\n\ndef name():\n    return 'x'\n")
    (tmp_path / "test_rule.py").write_text("from rule import limit\n\n\ndef test_limit():\n    assert limit(10)\n")
    (tmp_path / "test_red.py").write_text("def test_red():\n    assert False\n")
    (tmp_path / "pyproject.toml").write_text("[tool.pytest.ini_options]\npythonpath = ['.']\n")
    # Not the whole environment, which names this project's settings and this run's worker.
    needed = ("PATH", "HOME", "LD_LIBRARY_PATH")
    return Worker(tmp_path, {name: os.environ[name] for name in needed if name in os.environ})


@pytest.mark.slow("starts pytest, some times")
def test_noticed_unnoticed_and_red_are_told_apart(worker):
    noticed = Mutant("noticed", "rule.py", "n <= 10", "n < 10", ("test_rule.py",))
    unnoticed = Mutant("unnoticed", "rule.py", "'x'", "'y'", ("test_rule.py",))
    red = Mutant("red", "rule.py", "n <= 10", "n < 10", ("test_red.py",))

    assert [worker.ask(each) for each in (noticed, unnoticed, red)] == ["killed", "survived", "red"]
    assert "n <= 10" in (worker.directory / "rule.py").read_text()


def test_mutant_that_no_longer_applies_is_said_and_fails(monkeypatch, capsys):
    stale = Mutant("stale", "privacy/dates.py", "no such rule", "x", ("tests/privacy",))
    monkeypatch.setattr(mutants, "mutants", lambda: iter([stale]))
    monkeypatch.setattr(mutants, "run", lambda asked, outcome: None)

    assert mutants.main([]) == 1
    assert "no longer applies: stale" in capsys.readouterr().out
