"""Signing in: passwords, sessions, and no way in but an account that was made for you."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.hashers import check_password, identify_hasher, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import NoReverseMatch, reverse

from staff import actions
from staff.adapter import StaffAdapter
from staff.models import Role, User
from tests.factories import PASSWORD, make_customer
from tests.staff.signing_in import LOGIN, is_signed_in, sign_in

pytestmark = pytest.mark.django_db


# --- passwords --------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_cursor_stands_in_the_first_field(client):
    field = client.get("/accounts/login/").content.decode().partition('name="login"')[2].partition(">")[0]

    assert "autofocus" in field


def test_password_hash_is_argon2id_with_46_mib_one_pass_one_lane():
    hashed = make_password(PASSWORD)

    assert hashed.startswith("argon2$argon2id$v=19$m=47104,t=1,p=1$")
    assert check_password(PASSWORD, hashed)
    assert not check_password(PASSWORD + " ", hashed)
    assert PASSWORD not in hashed


def test_other_hashes_are_not_accepted():
    assert settings.PASSWORD_HASHERS == ["staff.hashers.Argon2id"]
    with pytest.raises(ValueError, match="Unknown password hashing algorithm"):
        identify_hasher("pbkdf2_sha256$600000$salt$hash")


def test_account_keeps_no_password_in_clear(nia):
    assert nia.password.startswith("argon2$argon2id$")
    assert nia.check_password(PASSWORD)


@pytest.mark.parametrize("password", ["short", "elevensign1", "password1234", "nia.sample.1"])
def test_weak_password_is_refused(nia, password):
    with pytest.raises(ValidationError):
        validate_password(password, nia)


def test_password_page_refuses_a_weak_one_and_takes_a_good_one(nia):
    client = Client()
    sign_in("nia.sample", PASSWORD, client)
    page = "/accounts/password/change/"

    weak = client.post(page, {"oldpassword": PASSWORD, "password1": "short", "password2": "short"})
    good = client.post(page, {"oldpassword": PASSWORD, "password1": "three wet sheep", "password2": "three wet sheep"})

    assert (weak.status_code, good.status_code) == (200, 302)
    nia.refresh_from_db()
    assert nia.check_password("three wet sheep")


# --- signing in -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("username", ["nia.sample", "Nia.Sample", "NIA.SAMPLE", " nia.sample "])
def test_right_password_signs_in_whatever_the_case_of_the_name(nia, username):
    answer = sign_in(username, PASSWORD)

    assert is_signed_in(answer)
    assert answer["Location"] == "/first-page/"


@pytest.mark.parametrize(
    ("username", "password"),
    [
        ("nia.sample", "wrong"),
        ("nia.sample", ""),
        ("nobody", PASSWORD),
        ("", PASSWORD),
        ("nia.sample", PASSWORD.upper()),
        ("' OR 1=1 --", "x"),
        ("nia.sample\x00", PASSWORD),
        ("x" * 5000, "x"),
        ("%", PASSWORD),
        ("nia_sample", PASSWORD),
    ],
)
def test_anything_else_does_not(nia, username, password):
    answer = sign_in(username, password)

    assert answer.status_code == 200
    assert not is_signed_in(answer)


def test_unknown_name_and_wrong_password_are_told_alike(nia):
    def without_what_was_typed(username):
        page = sign_in(username, "wrong").content.decode().replace(username, "")
        return [line for line in page.splitlines() if "csrfmiddlewaretoken" not in line]

    assert without_what_was_typed("nia.sample") == without_what_was_typed("no.sample.x")


def test_password_typed_is_not_shown_again(nia):
    assert "a wrong password" not in sign_in("nia.sample", "a wrong password").content.decode()


def test_account_that_may_not_sign_in_does_not(nia):
    User.objects.filter(pk=nia.pk).update(is_active=False)

    answer = sign_in("nia.sample", PASSWORD)

    assert not is_signed_in(answer)
    assert authenticate(None, username="nia.sample", password=PASSWORD) is None


def test_account_made_inactive_is_signed_out_at_its_next_page(nia):
    client = Client()
    sign_in("nia.sample", PASSWORD, client)
    assert client.get("/").status_code == 200

    User.objects.filter(pk=nia.pk).update(is_active=False)

    assert client.get("/")["Location"].startswith(LOGIN)


def test_signing_in_changes_the_session_which_ends_with_the_browser(nia):
    client = Client()
    client.get(LOGIN)
    before = client.session.session_key

    sign_in("nia.sample", PASSWORD, client)

    assert client.session.session_key != before
    assert client.cookies["session"]["httponly"]
    assert client.cookies["session"]["max-age"] == ""
    assert client.session.get_expire_at_browser_close()


def test_session_is_over_after_ten_hours(nia):
    client = Client()
    with time_machine.travel(dt.datetime(2026, 5, 4, 8, 0, tzinfo=dt.UTC), tick=False) as clock:
        sign_in("nia.sample", PASSWORD, client)
        client.get("/")
        clock.shift(dt.timedelta(hours=9, minutes=59))
        assert client.get("/").status_code == 200
        clock.shift(dt.timedelta(minutes=2))

        assert client.get("/")["Location"].startswith(LOGIN)


def test_session_in_use_is_over_after_ten_hours_too(nia, whole_search):
    people = [make_customer(by=nia) for _ in range(2)]
    client = Client()
    with time_machine.travel(dt.datetime.now(dt.UTC), tick=False) as clock:
        sign_in("nia.sample", PASSWORD, client)
        for person in people:
            clock.shift(dt.timedelta(hours=4))
            assert client.get(person.get_absolute_url()).status_code == 200
        clock.shift(dt.timedelta(hours=2, minutes=1))

        assert client.get("/").get("Location", "").startswith(LOGIN)


def test_signing_in_goes_to_no_other_site(nia):
    answer = Client().post(f"{LOGIN}?next=https://evil.example/", {"login": "nia.sample", "password": PASSWORD})

    assert answer["Location"] == "/first-page/"


def test_session_holds_no_persons_name(nia):
    client = Client()
    sign_in("nia.sample", PASSWORD, client)

    assert "nia sample" not in str(dict(client.session)).lower()


def test_session_gathers_no_messages_that_nobody_sees(nia):
    client = Client()
    sign_in("nia.sample", PASSWORD, client)
    client.get("/")

    assert not client.session.get("_messages")


# --- no other way in --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["account_signup", "account_reset_password", "account_email", "account_confirm_email"],
)
def test_page_that_is_not_served_has_no_address(name):
    with pytest.raises(NoReverseMatch):
        reverse(name)


@pytest.mark.parametrize(
    "path", ["signup/", "password/reset/", "email/", "login/code/", "social/", "3rdparty/", "2fa/"]
)
def test_page_that_is_not_served_is_not_found(client, path):
    assert client.get(f"/accounts/{path}").status_code == 404


def test_django_admin_is_not_served(client):
    assert client.get("/admin/").status_code == 404


def test_sign_up_is_closed_even_to_who_finds_the_form(rf):
    assert not StaffAdapter(None).is_open_for_signup(rf.get("/"))


@pytest.mark.django_db
def test_demonstration_account_signs_in_only_where_demo_is_set(client, settings):
    actions.create_account("demo", name="Demo", role=Role.ADVISER, password=PASSWORD, is_demonstration=True)
    sign_in = {"login": "demo", "password": PASSWORD}

    settings.DEMO = False
    assert client.post("/accounts/login/", sign_in).status_code == 200
    settings.DEMO = True
    assert client.post("/accounts/login/", sign_in).status_code == 302
    settings.DEMO = False
    assert client.get("/enquiries/today/").status_code == 302
