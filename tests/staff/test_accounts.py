"""Accounts and what they may be made with; demonstration accounts stay on one machine."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys

import pytest
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.utils import timezone, translation

from staff import actions
from staff.models import Location, Role, User
from staff.tasks import clear_sessions
from tests.factories import PASSWORD, make_location, make_user

pytestmark = pytest.mark.django_db


def test_account_can_sign_in_with_what_it_was_made_with():
    location = make_location()

    made = actions.create_account("nia", name="Nia", role=Role.GOVERNANCE, password=PASSWORD, location=location)

    made.refresh_from_db()
    assert (made.username, made.name, made.role, made.location) == ("nia", "Nia", "governance", location)
    assert made.is_active
    assert made.check_password(PASSWORD)


def test_account_without_a_known_role_is_refused():
    with pytest.raises(IntegrityError, match="user_role_known"), transaction.atomic():
        make_user(role="visitor")


def test_account_is_called_by_its_number():
    assert str(make_user(name="Nia Sample", pk=4711)) == "staff 4711"


def test_account_is_found_whatever_the_case_of_its_name():
    user = make_user(username="Nia.Sample")

    assert User.objects.get_by_natural_key("nia.SAMPLE") == user


def test_two_accounts_cannot_differ_by_case_alone():
    make_user(username="nia.sample")

    with pytest.raises(IntegrityError), transaction.atomic():
        make_user(username="Nia.Sample")


@pytest.mark.parametrize(("language", "name"), [("en-gb", "Lord Street"), ("cy", "Stryt yr Arglwydd")])
def test_location_is_called_in_the_readers_language(language, name):
    with translation.override(language):
        assert str(make_location()) == name


# --- shortcuts --------------------------------------------------------------------------------------------------------


def test_shortcuts_are_turned_off_and_on_for_oneself(desk, adviser):
    other = make_user()

    desk.post("/shortcuts/", {"on": "0"})
    adviser.refresh_from_db()
    other.refresh_from_db()
    assert (adviser.has_shortcuts, other.has_shortcuts) == (False, True)

    desk.post("/shortcuts/", {"on": "1"})
    adviser.refresh_from_db()
    assert adviser.has_shortcuts


@pytest.mark.parametrize("role", Role)
def test_shortcuts_page_is_for_everybody_signed_in(signed_in, role):
    assert signed_in(make_user(role)).get("/shortcuts/").status_code == 200


def test_set_shortcuts_touches_nothing_else(adviser):
    mine = User.objects.get(pk=adviser.pk)
    mine.role = Role.GOVERNANCE

    actions.set_shortcuts(mine, on=False, by=adviser)

    adviser.refresh_from_db()
    assert (adviser.role, adviser.has_shortcuts) == (Role.ADVISER, False)


# --- sessions ---------------------------------------------------------------------------------------------------------


def test_ended_sessions_are_cleared_and_others_stay(desk):
    Session.objects.create(session_key="ended", session_data="", expire_date=timezone.now() - dt.timedelta(hours=1))
    lasting = set(Session.objects.exclude(pk="ended").values_list("pk", flat=True))

    assert clear_sessions() is None

    assert lasting
    assert set(Session.objects.values_list("pk", flat=True)) == lasting


# --- demonstration ----------------------------------------------------------------------------------------------------


def test_demonstration_accounts_are_one_for_each_role_and_made_once(settings):
    settings.DEMO = True

    for _ in range(2):
        call_command("demo_accounts")

    assert {user.role for user in User.objects.all()} == set(Role)
    assert all(user.check_password("contact-wrexham") for user in User.objects.filter(username="adviser"))
    assert Location.objects.count() == 1


def test_demonstration_accounts_are_refused_elsewhere(settings):
    settings.DEMO = False

    with pytest.raises(CommandError, match="DEMO=1"):
        call_command("demo_accounts")

    assert not User.objects.exists()


def start(**variables: str) -> subprocess.CompletedProcess[str]:
    """The settings, read as a server reads them when it starts."""
    statement = (
        "import contactwrexham.settings as s;"
        "print(s.DEMO, s.HTTPS, s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SECURE_HSTS_SECONDS > 0, s.DEBUG)"
    )
    inherited = {name: value for name, value in os.environ.items() if name not in ("HTTPS", "DEBUG", "DEMO")}
    return subprocess.run(
        [sys.executable, "-c", statement], env=inherited | variables, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("hosts", ["desk.example.org", "127.0.0.1,desk.example.org", "*", ".example.org", "192.0.2.7"])
def test_demonstration_with_a_public_host_does_not_start(hosts):
    started = start(DEMO="1", ALLOWED_HOSTS=hosts)

    assert started.returncode != 0
    assert "DEMO=1 is for one machine" in started.stderr


def test_demonstration_on_this_machine_starts_without_https():
    started = start(DEMO="1", ALLOWED_HOSTS="127.0.0.1,localhost")

    assert started.stdout.split() == ["True", "False", "False", "False", "False", "False"]


def test_public_host_starts_with_secure_cookies_and_no_debugging():
    started = start(ALLOWED_HOSTS="desk.example.org")

    assert started.stdout.split() == ["False", "True", "True", "True", "True", "False"]
