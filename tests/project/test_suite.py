"""How the tests are run: servers, threads, an emptied database, what is thinned out, what is slow, linters beside."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection

from staff.models import User
from tests import emptying, factories, thinning
from tests.threads import in_threads
from tools import embedded

BESIDE = [sys.executable, "-m", "tools.beside"]


def test_process_has_servers_of_its_own():
    data = Path(os.environ["DATA_DIR"])

    for name in embedded.PID_FILES:
        status = Path(f"/proc/{embedded.process_of(name, data)}/status").read_text()
        assert f"PPid:\t{os.getpid()}\n" in status
    assert str(connection.settings_dict["PORT"]) in (data / "postgres" / "postmaster.pid").read_text().split()


# --- threads ----------------------------------------------------------------------------------------------------------


def fail() -> None:
    raise RuntimeError("in a thread")


def test_threads_give_what_their_jobs_return_in_order():
    assert in_threads(lambda: 1, lambda: 2) == [1, 2]


def test_threads_raise_what_went_wrong_in_one():
    with pytest.raises(RuntimeError, match="in a thread"):
        in_threads(lambda: 1, fail)


# --- the emptied database ---------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_emptying_takes_every_row_and_keeps_what_migrations_made():
    types, permissions = set(ContentType.objects.values_list()), set(Permission.objects.values_list())
    enquiry = factories.make_enquiry(customer=factories.make_customer())

    emptying.empty()

    assert emptying.filled() == emptying.KEPT
    assert not User.objects.exists()
    assert (set(ContentType.objects.values_list()), set(Permission.objects.values_list())) == (types, permissions)
    assert factories.make_enquiry().pk > enquiry.pk  # as after Django's flush, sequences go on


# --- what is thinned out ----------------------------------------------------------------------------------------------


def test_part_of_a_kill_matrix_has_every_step_and_both_sides(monkeypatch):
    monkeypatch.setattr(thinning, "WHOLE", False)

    assert thinning.before_and_after([("a", 1), ("b", 2)]) == [("a", 1, "before"), ("b", 2, "after")]
    assert thinning.times(100, part=7) == 7


def test_whole_of_a_kill_matrix_has_both_sides_of_every_step(monkeypatch):
    monkeypatch.setattr(thinning, "WHOLE", True)

    assert thinning.before_and_after([("a", 1)]) == [("a", 1, "before"), ("a", 1, "after")]
    assert thinning.times(100, part=7) == 100


# --- what is slow -----------------------------------------------------------------------------------------------------


def run_tests(place: Path, body: str, *, seconds: float) -> subprocess.CompletedProcess[str]:
    """Run one file of tests by a pytest of its own, with another limit."""
    (place / "test_it.py").write_text(f"import time, pytest\nfrom tests import slowness\n{body}")
    (place / "pytest.ini").touch()
    (place / "limit.py").write_text(f"from tests import slowness\nslowness.SECONDS = {seconds}\n")
    command = [sys.executable, "-m", "pytest", "-c", str(place / "pytest.ini"), "-p", "tests.slowness", "-p", "limit"]
    return subprocess.run(
        [*command, str(place)],
        cwd=settings.BASE_DIR,
        env=os.environ | {"PYTHONPATH": str(place), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_slow_test_without_a_reason_fails_the_run(tmp_path):
    ran = run_tests(tmp_path, "def test_it(): time.sleep(0.3)", seconds=0.02)

    assert ran.returncode == 1, ran.stdout
    assert "FAILS THE RUN: 0.3 s" in ran.stdout
    assert "1 passed" in ran.stdout


def test_rather_slow_test_without_a_reason_is_named(tmp_path):
    ran = run_tests(tmp_path, "def test_it(): time.sleep(0.3)", seconds=0.25)

    assert ran.returncode == 0, ran.stdout
    assert "\n0.3 s" in ran.stdout


def test_time_that_other_processes_took_is_taken_off(tmp_path):
    """As if the processor had been had by others for nine tenths of the time."""
    body = "counts = iter([(0, 0), (1, 9)])\nslowness.scheduled = lambda: next(counts)\ndef test_it(): time.sleep(0.3)"

    ran = run_tests(tmp_path, body, seconds=0.05)

    assert (ran.returncode, "without a reason" in ran.stdout) == (0, False), ran.stdout


def test_slow_test_with_a_reason_passes(tmp_path):
    ran = run_tests(tmp_path, "@pytest.mark.slow('sleeps')\ndef test_it(): time.sleep(0.3)", seconds=0.05)

    assert (ran.returncode, "without a reason" in ran.stdout) == (0, False), ran.stdout


def test_slow_mark_without_a_reason_is_refused(tmp_path):
    ran = run_tests(tmp_path, "@pytest.mark.slow\ndef test_it(): pass", seconds=9)

    assert ran.returncode == pytest.ExitCode.USAGE_ERROR, ran.stdout
    assert "without a reason" in ran.stderr


# --- linters beside ---------------------------------------------------------------------------------------------------


def beside(quiet: str, front: str) -> tuple[int, list[str]]:
    command = [*BESIDE, f"sh -c '{quiet}'", "--", "sh", "-c", front]
    ran = subprocess.run(command, cwd=settings.BASE_DIR, stdout=subprocess.PIPE, text=True, check=False)
    return ran.returncode, ran.stdout.splitlines()


def test_beside_succeeds_with_both_and_ends_on_what_the_front_one_said():
    code, lines = beside("echo quiet", "echo 3 passed")

    assert code == 0
    assert lines[0] == "3 passed"
    assert len(lines) == 2
    assert lines[1].startswith("Passed in 0 min ")


def test_beside_fails_with_the_quiet_one_and_shows_what_it_said():
    code, lines = beside("echo a word; exit 3", "echo 3 passed")

    assert code == 1
    assert {"3 passed", "a word"} <= set(lines)
    assert lines[-1].startswith("Failed in 0 min ")
    assert "exit 3" in lines[-1]
    assert "3 passed" not in lines[-1]


def test_beside_fails_with_the_front_one():
    code, lines = beside("echo quiet", "echo 1 failed; exit 1")

    assert (code, lines[0]) == (1, "1 failed")
    assert lines[-1].startswith("Failed in 0 min ")
    assert "1 failed" in lines[-1]


def test_beside_ends_both_commands_with_itself():
    command = [*BESIDE, "sleep 61.7", "--", "sh", "-c", "echo ready; exec sleep 61.7"]
    running = subprocess.Popen(command, cwd=settings.BASE_DIR, stdout=subprocess.PIPE)
    assert running.stdout
    assert running.stdout.readline() == b"ready\n"

    running.send_signal(signal.SIGTERM)

    running.communicate(timeout=10)
    assert running.returncode == 128 + signal.SIGTERM
    assert not [path for path in Path("/proc").glob("[0-9]*/cmdline") if b"sleep\x0061.7" in path.read_bytes()]
