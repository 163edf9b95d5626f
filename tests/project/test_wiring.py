"""What is said when something fails, and what is given back of what was typed."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db import DataError, IntegrityError, InterfaceError, OperationalError

from contactwrexham.middleware import Unavailable
from contactwrexham.views import server_error, try_again
from privacy.keyring import KeyMissing, KeyringUnavailable
from staff.access import SignedOut


@pytest.fixture
def sent(rf):
    """A form that somebody sent."""
    request = rf.post("/enquiries/", {"narrative": "long note", "csrfmiddlewaretoken": "oldtoken"})
    request.user = AnonymousUser()
    return request


@pytest.mark.parametrize(
    ("failure", "status", "words"),
    [
        (OperationalError("zyxw"), 503, "database cannot be reached"),
        (InterfaceError("zyxw"), 503, "database cannot be reached"),
        (KeyringUnavailable("zyxw"), 503, "cannot be saved or opened"),
        (KeyMissing("zyxw"), 503, "cannot be saved or opened"),
        (SignedOut(), 403, "You were signed out"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_what_the_house_lacks_is_said_and_the_text_given_back(sent, failure, status, words):
    answer = Unavailable(lambda request: None).process_exception(sent, failure)

    page = answer.content.decode()
    assert answer.status_code == status
    assert words in page
    assert "long note" in page
    assert "zyxw" not in page
    assert "oldtoken" not in page
    assert page.count('name="csrfmiddlewaretoken"') == 1


@pytest.mark.parametrize("failure", [ValueError(), IntegrityError(), DataError(), PermissionDenied(), KeyError()])
def test_what_is_our_own_mistake_is_not_taken_for_an_outage(sent, failure):
    assert Unavailable(lambda request: None).process_exception(sent, failure) is None


@pytest.mark.parametrize(
    ("failure", "status"),
    [(InterfaceError(), 503), (OperationalError(), 503), (KeyringUnavailable(), 503), (ValueError(), 500)],
)
def test_outage_outside_a_view_is_said_as_such(sent, failure, status):
    try:
        raise failure
    except Exception:
        answer = server_error(sent)

    assert answer.status_code == status
    assert ("long note" in answer.content.decode()) == (status == 503)


@pytest.mark.parametrize("path", ["/accounts/login/", "/accounts/password/change/", "/accounts/reauthenticate/"])
@pytest.mark.parametrize("site", ["same-origin", None])
def test_password_is_never_put_into_a_page(rf, path, site):
    request = rf.post(
        path, {"login": "nia", "password": "zyxwsecret"}, headers={"Sec-Fetch-Site": site} if site else {}
    )
    request.user = AnonymousUser()

    page = try_again(request, title="", advice="", status=503).content.decode()

    assert "zyxwsecret" not in page
    assert 'name="login"' not in page


def test_address_that_was_only_asked_for_gives_nothing_back(rf):
    request = rf.get("/enquiries/?narrative=long+note")
    request.user = AnonymousUser()

    assert "long note" not in try_again(request, title="", advice="", status=503).content.decode()


def test_database_gone_while_signing_in_gives_no_password_back():
    """A process of its own, whose database nobody ever started."""
    script = """
import django; django.setup()
from django.test import Client
client = Client(raise_request_exception=False)
answer = client.post("/accounts/login/", {"login": "nia.sample", "password": "zyxwsecret"})
print(answer.status_code, "zyxwsecret" in answer.content.decode())
"""
    environment = os.environ | {
        "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
        "DJANGO_SETTINGS_MODULE": "contactwrexham.settings",
        "ALLOWED_HOSTS": "testserver,127.0.0.1",
    }

    ran = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)

    assert ran.stdout.split() == ["503", "False"]
    assert "zyxwsecret" not in ran.stderr
