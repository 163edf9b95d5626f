"""What all tests share: an empty keyring and ledger of their own, a whole search projection, people signed in."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from privacy.keyring import Keyring, keyring
from retention.ledger import Ledger, ledger
from services import fields
from staff.models import Role, User
from tests import emptying, factories


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any, request: pytest.FixtureRequest) -> None:
    """The test database, emptied by our own means after tests that commit."""
    with django_db_blocker.unblock():
        if request.config.getoption("reuse_db"):  # what a run before this one left
            emptying.empty()
        else:
            emptying.check_that_migrations_fill_nothing_else()
        emptying.instead_of_flushing()


def own_keys(place: Path) -> dict[str, Any]:
    """Settings for a keyring of two new directories below `place`."""
    directories = [place / "keyring-a", place / "keyring-b"]
    for directory in directories:
        directory.mkdir()
    master = base64.b64encode(b"test master key, 32 bytes long!!").decode()
    return {"KEYRING_DIRS": directories, "KEYRING_MASTER_KEY": master}


def own_ledger(place: Path) -> dict[str, Any]:
    """Settings for a ledger of two new copies below `place`."""
    paths = [place / "ledger-a" / "ledger.jsonl", place / "ledger-b" / "ledger.jsonl"]
    for path in paths:
        path.parent.mkdir()
    return {"LEDGER_PATHS": paths}


@pytest.fixture(autouse=True)
def keys(tmp_path: Path, settings: Any) -> Iterator[Keyring]:
    """A keyring of two directories that only this test has."""
    for name, value in own_keys(tmp_path).items():
        setattr(settings, name, value)
    keyring.cache_clear()
    yield keyring()
    keyring.cache_clear()


@pytest.fixture(autouse=True)
def book(tmp_path: Path, settings: Any) -> Iterator[Ledger]:
    """A ledger of two copies that only this test has."""
    for name, value in own_ledger(tmp_path).items():
        setattr(settings, name, value)
    ledger.cache_clear()
    yield ledger()
    ledger.cache_clear()


@pytest.fixture(autouse=True)
def fresh_catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    """The list of services is kept for half a minute: not from one test to the next, and all through each."""
    fields.forget_catalogue()
    monkeypatch.setattr(fields, "_moment", lambda: 0)


@pytest.fixture(autouse=True)
def english() -> None:
    """A request in Welsh leaves its language to the thread: not from one test to the next."""
    translation.deactivate()


@pytest.fixture
def whole_search(db: None) -> None:
    """The search projection as it is after a rebuild of nothing."""
    from django.utils import timezone

    from privacy.models import SearchMarker

    SearchMarker.objects.get_or_create(defaults={"rebuilt_at": timezone.now()})


@pytest.fixture
def adviser(db: None) -> User:
    return factories.make_user(Role.ADVISER)


@pytest.fixture
def signed_in(db: None) -> Callable[[User], Client]:
    """A browser in which somebody is signed in."""

    return factories.Browser


@pytest.fixture
def desk(adviser: User, signed_in: Callable[[User], Client], whole_search: None) -> Client:
    """An adviser's browser."""
    return signed_in(adviser)
