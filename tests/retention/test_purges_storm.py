"""However often purgers and PostgreSQL are killed, the end is that of an undisturbed purge."""

from __future__ import annotations

import os
import subprocess
import sys

from django.conf import settings


def test_two_purgers_and_postgresql_killed_at_random_change_nothing():
    kills, seed = os.environ.get("KILLS", "100"), os.environ.get("SEED", "11")
    storm = subprocess.run(
        [sys.executable, "-m", "tests.retention.storm", kills, seed],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )

    assert storm.returncode == 0, storm.stdout + storm.stderr[-3000:]
    assert f"seed {seed}, " in storm.stdout
    assert "equal: rows, words, deleted, keys," in storm.stdout
