"""The drill that `make restore-drill` runs, with its own servers."""

from __future__ import annotations

import subprocess
import sys

import pytest
from django.conf import settings


@pytest.mark.kills
@pytest.mark.slow("makes a site on servers of its own, backs it up and restores it")
def test_restore_drill_succeeds():
    drill = subprocess.run(
        [sys.executable, "-m", "tools.restore_drill"],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert drill.returncode == 0, drill.stderr[-2000:]
    assert drill.stdout.endswith("The drill succeeded.\n")
    for proof in ("the records are back", "nobody can work", "what had been due is gone again", "no key"):
        assert f"✓ {proof}" in drill.stdout
