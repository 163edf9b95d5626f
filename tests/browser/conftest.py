"""A real browser on a real server: Debian's Chromium, driven by Playwright, watched for CSP violations."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone

from privacy.models import SearchMarker
from staff.models import Role, User
from tests import factories

# Playwright runs an event loop in this thread; Django's ORM is used beside it, not inside it.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

CHROMIUM = "/usr/bin/chromium"
AXE = (Path(__file__).parent / "axe.min.js").read_text(encoding="utf-8")
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WATCH = """
window.__violations = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.__violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));
"""


def pytest_collection_modifyitems(items: list[Any]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.slow("drives a browser"))
            if not Path(CHROMIUM).exists():
                item.add_marker(pytest.mark.skip(reason="chromium is not installed"))


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    return {
        "executable_path": CHROMIUM,
        "args": [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ],
    }


@pytest.fixture(scope="session")
def browser_context_args() -> dict[str, Any]:
    return {"viewport": {"width": 1366, "height": 768}, "locale": "en-GB", "timezone_id": "Europe/London"}


@pytest.fixture
def page(page: Any) -> Iterator[Any]:
    """Playwright's page; at the end there must have been no CSP violation and no script error."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.add_init_script(WATCH)
    yield page
    assert errors == []
    assert violations(page) == []


def violations(page: Any) -> list[str]:
    return page.evaluate("window.__violations ?? []")


def axe(page: Any) -> list[str]:
    """The page's accessibility violations, one line each."""
    page.evaluate(AXE)
    found = page.evaluate("tags => axe.run(document, {runOnly: {type: 'tag', values: tags}})", AXE_TAGS)
    return [f"{rule['id']}: {node['html'][:160]}" for rule in found["violations"] for node in rule["nodes"]]


@pytest.fixture
def search_is_whole(transactional_db: None) -> None:
    SearchMarker.objects.get_or_create(defaults={"rebuilt_at": timezone.now()})


@pytest.fixture
def adviser(transactional_db: None) -> User:
    return factories.make_user(Role.ADVISER, name="Nia Sample")


@pytest.fixture
def left(page: Any, live_server: Any) -> Iterator[None]:
    """Leave the page while there is still a database: what was typed a moment ago is sent when a page is left."""
    yield
    page.unroute_all(behavior="ignoreErrors")
    for each in page.context.pages:
        each.goto("about:blank")
    page.wait_for_timeout(150)


@pytest.fixture
def sign_in(page: Any, live_server: Any, left: None) -> Callable[..., Any]:
    """Give the browser somebody's session, and a language."""

    def sign_in(user: User, language: str = "en-gb") -> Any:
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.save()
        page.context.add_cookies(
            [
                {"name": settings.SESSION_COOKIE_NAME, "value": session.session_key, "url": live_server.url},
                {"name": settings.LANGUAGE_COOKIE_NAME, "value": language, "url": live_server.url},
            ]
        )
        return page

    return sign_in
