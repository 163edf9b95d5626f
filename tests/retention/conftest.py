"""What the tests of canaries share."""

from __future__ import annotations

import pytest

from retention.models import CanaryRun
from tests.retention.canary_runs import made, purged


@pytest.fixture
def place(tmp_path, settings):
    """A directory that the site names, such as one of backups. The database's own files are left out: they are big."""
    settings.DATA_DIR = tmp_path / "data"
    settings.DATA_DIR.mkdir()
    directory = tmp_path / "backups"
    directory.mkdir()
    settings.CANARY_PATHS = [directory]
    return directory


@pytest.fixture
def run(whole_search, place) -> CanaryRun:
    """A canary that was purged and not yet searched for."""
    return purged(made())
