"""Keyrings apart from the settings' own; property tests that look at the same examples every time."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

from privacy.keyring import Keyring
from tests.privacy.keyrings import MASTER

# Nor do they watch the clock of a busy machine.
settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")


@pytest.fixture
def directories(tmp_path: Path) -> list[Path]:
    made = [tmp_path / "a", tmp_path / "b"]
    for directory in made:
        directory.mkdir()
    return made


@pytest.fixture
def ring(directories: list[Path]) -> Keyring:
    return Keyring(directories, MASTER)
