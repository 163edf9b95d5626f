"""However often purgers and PostgreSQL are killed, the end is that of an undisturbed purge."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from django.conf import settings

from tests.thinning import times


@pytest.mark.kills
@pytest.mark.slow("on a cluster of its own that recovers from a crash, again and again")
def test_two_purgers_and_postgresql_killed_at_random_change_nothing():
    kills, seed = os.environ.get("KILLS", str(times(100, part=24))), os.environ.get("SEED", "11")
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
