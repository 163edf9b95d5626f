"""What is said when a part of the house is missing."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
import uuid

import pytest
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from privacy.dates import london_today
from retention.ledger_state import INTENT, forget_state
from retention.models import CanaryRun
from tests import factories
from tests.rows import set_columns


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


@pytest.mark.django_db
def test_readyz_before_a_migration_is_not_ready(client, whole_search):
    MigrationRecorder.Migration.objects.filter(app="visits").delete()

    answer = client.get("/readyz")

    assert (answer.status_code, answer.json()["migrations"]) == (503, False)


@pytest.mark.django_db
def test_readyz_with_a_purge_behind_its_time_is_degraded(client, adviser, whole_search):
    enquiry = factories.make_enquiry(by=adviser)
    assert client.get("/readyz").json()["retention"]
    set_columns(enquiry, expires_on=london_today() - dt.timedelta(days=3))

    answer = client.get("/readyz")

    assert (answer.status_code, answer.json()["degraded"], answer.json()["retention"]) == (200, True, False)


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["found", "blind", "clean"])
def test_readyz_with_a_canary_that_outlived_its_purge_is_degraded(client, whole_search, state):
    CanaryRun.objects.create(due_on=london_today(), state=state, searched_at=timezone.now())

    answer = client.get("/readyz")

    assert answer.status_code == 200
    assert answer.json()["retention"] == (state == "clean")


@pytest.mark.django_db
def test_readyz_of_a_database_that_was_restored_is_not_ready_and_nobody_works(client, desk, book):
    book.append(INTENT, {"run": str(uuid.uuid4()), "cut_off": "2026-01-01", "policy": "", "due": {}, "held": {}})
    forget_state()

    answer = client.get("/readyz")

    assert (answer.status_code, answer.json()["replayed"]) == (503, False)
    for page in ("/", "/accounts/login/", "/first-page/", "/customers/new/"):
        assert desk.get(page).status_code == 503, page
    assert "restored from a backup" in desk.get("/").content.decode()
    assert client.get("/livez").status_code == 200
    assert client.post("/language/", {"language": "cy", "next": "/"}).status_code == 302


@pytest.mark.slow("starts a process")
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
