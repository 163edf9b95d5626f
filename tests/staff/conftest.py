"""Two people who can sign in."""

from __future__ import annotations

import pytest

from staff import actions
from staff.models import Role, User
from tests.factories import PASSWORD


@pytest.fixture
def nia(db: None) -> User:
    return actions.create_account("nia.sample", name="Nia Sample", role=Role.ADVISER, password=PASSWORD)


@pytest.fixture
def gwilym(db: None) -> User:
    return actions.create_account("gwilym.sample", name="Gwilym Sample", role=Role.MANAGER, password=PASSWORD)
