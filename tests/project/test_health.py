"""What is said when a part of the house is missing."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests import factories


@pytest.mark.django_db
def test_readyz_is_ready(client, whole_search):
    answer = client.get("/readyz")

    assert answer.status_code == 200
    assert answer.json()["ready"]


@pytest.mark.django_db
def test_readyz_without_valkey_is_degraded_and_the_desk_works(client, desk, settings):
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    factories.make_service(code="housing")

    state = client.get("/readyz")

    assert (state.status_code, state.json()["degraded"]) == (200, True)
    assert desk.post("/enquiries/", factories.posted(about="s:housing")).status_code == 302


@pytest.mark.django_db
def test_readyz_without_search_is_degraded(client):
    assert client.get("/readyz").json() | {"broker": True} == {
        "ready": True,
        "degraded": True,
        "database": True,
        "migrations": True,
        "replayed": True,
        "keyring": True,
        "search": False,
        "retention": True,
        "broker": True,
    }


@pytest.mark.django_db
def test_readyz_without_a_key_directory_is_not_ready(client, keys):
    keys.directories[1].rmdir()

    answer = client.get("/readyz")

    assert (answer.status_code, answer.json()["keyring"]) == (503, False)


def test_database_gone_is_503_with_the_text_and_no_words_in_the_log():
    """A process of its own, whose database nobody ever started."""
    script = """
import django; django.setup()
from django.test import Client
client = Client(raise_request_exception=False)
print(client.get("/livez").status_code, client.get("/readyz").status_code)
client.cookies["session"] = "a" * 32
answer = client.post("/enquiries/", {"narrative": "zyxw " * 40})
print(answer.status_code, "zyxw zyxw" in answer.content.decode())
"""
    environment = os.environ | {
        "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
        "DJANGO_SETTINGS_MODULE": "contactwrexham.settings",
        "ALLOWED_HOSTS": "testserver,127.0.0.1",
    }

    ran = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)

    assert ran.stdout.split() == ["200", "503", "503", "True"]
    assert "zyxw" not in ran.stderr
