"""Whoever can write to the database or the queue can run nothing: no store of ours is unpickled."""

from __future__ import annotations

import ast
import base64
import datetime as dt
import pickle
from pathlib import Path
from typing import Any

import pytest
from celery import current_app
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core import signing
from django.utils import timezone
from kombu.exceptions import ContentDisallowed
from kombu.serialization import loads


@pytest.fixture
def planted(tmp_path) -> tuple[bytes, Path]:
    """A pickle that makes a file, and the file, which is not there yet."""

    class Opens:
        def __reduce__(self) -> Any:
            return open, (str(tmp_path / "ran"), "w")

    return pickle.dumps(Opens()), tmp_path / "ran"


def test_planted_pickle_would_be_noticed(planted):
    payload, ran = planted
    pickle.loads(payload).close()  # noqa: S301 - this is what must not happen elsewhere

    assert ran.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("signed", [False, True])
def test_pickle_in_a_session_signs_nobody_in(client, planted, signed):
    """Signed too: as if the secret key had gone with the database."""
    payload, ran = planted
    text = base64.b64encode(payload).decode()
    if signed:
        text = signing.TimestampSigner(salt="django.contrib.sessions.SessionStore").sign(text)
    tomorrow = timezone.now() + dt.timedelta(days=1)
    Session.objects.create(session_key="a" * 32, session_data=text, expire_date=tomorrow)
    client.cookies[settings.SESSION_COOKIE_NAME] = "a" * 32

    assert client.get("/").status_code == 302
    assert not ran.exists()


def test_pickle_in_the_queue_is_refused(planted):
    payload, ran = planted

    with pytest.raises(ContentDisallowed):
        loads(payload, "application/x-python-serialize", "binary", accept=current_app.conf.accept_content)

    assert not ran.exists()


def test_there_is_no_cache_that_keeps_pickles():
    assert [cache["BACKEND"] for cache in settings.CACHES.values()] == ["django.core.cache.backends.dummy.DummyCache"]
    assert current_app.conf.task_ignore_result


def test_no_module_of_ours_reads_pickles():
    tree = [path for app in (*settings.OUR_APPS, "contactwrexham") for path in (settings.BASE_DIR / app).rglob("*.py")]
    assert len(tree) > 100
    for path in tree:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            named = [each.name for each in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
            source = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            found = {name.partition(".")[0] for name in (*named, *source)}
            assert not found & {"pickle", "marshal", "shelve", "dill"}, path
