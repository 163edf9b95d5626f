"""Who tries passwords is slowed, nobody is shut out, and a known desk is slowed by nobody else."""

from __future__ import annotations

import datetime as dt
import time
import uuid

import pytest
from django.db.models import F
from django.test import Client, RequestFactory

from staff import actions, limits
from staff.models import SignInLimit
from tests.factories import PASSWORD
from tests.staff.signing_in import is_signed_in, sign_in
from tests.thinning import times

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk_machine(nia) -> Client:
    """A browser in which somebody has signed in before, and nobody is signed in."""
    browser = Client()
    assert is_signed_in(sign_in("nia.sample", PASSWORD, client=browser))
    browser.post("/accounts/logout/")
    return browser


def fail(username: str, number: int = 5, **given) -> None:
    for _ in range(number):
        sign_in(username, "wrong", **given)


def pass_time(seconds: float) -> None:
    """As if all tries had been made so much earlier."""
    SignInLimit.objects.update(tried_at=F("tried_at") - dt.timedelta(seconds=seconds))


def waits(answer) -> bool:
    return not is_signed_in(answer) and "Too many failed tries. Wait" in answer.content.decode()


# --- slower -----------------------------------------------------------------------------------------------------------


def test_five_tries_are_free_and_the_sixth_waits_even_with_the_right_password(nia):
    fail("nia.sample", 4)
    assert "Too many" not in sign_in("nia.sample", "wrong").content.decode()

    assert waits(sign_in("nia.sample", PASSWORD))


def test_each_try_waits_twice_as_long_as_the_one_before_and_thirty_seconds_at_most(nia):
    fail("nia.sample")

    for seconds in (1, 2, 4, 8, 16, 30, 30):
        pass_time(seconds - 0.5)
        assert waits(sign_in("nia.sample", "wrong"))
        pass_time(0.5)
        assert not waits(sign_in("nia.sample", "wrong"))


def test_tries_that_had_to_wait_are_not_counted(nia):
    fail("nia.sample", 20)
    pass_time(1)

    assert is_signed_in(sign_in("nia.sample", PASSWORD))


def test_counting_begins_anew_after_a_quarter_of_an_hour(nia):
    fail("nia.sample", 5)
    pass_time(limits.FORGOTTEN + 1)
    fail("nia.sample", 4)

    assert is_signed_in(sign_in("nia.sample", PASSWORD))


def test_counting_begins_anew_for_whoever_signed_in(nia):
    for _ in range(2):
        fail("nia.sample", 4)
        assert is_signed_in(sign_in("nia.sample", PASSWORD))


def test_right_passwords_are_never_slowed(nia):
    for _ in range(8):
        assert is_signed_in(sign_in("nia.sample", PASSWORD))


def test_limit_follows_the_account_to_another_address(nia):
    fail("nia.sample")

    assert waits(sign_in("nia.sample", PASSWORD, address="198.51.100.9"))


@pytest.mark.parametrize("username", ["NIA.SAMPLE", "Nia.Sample", " nia.sample"])
def test_limit_is_not_gone_round_by_another_spelling(nia, username):
    fail("nia.sample")

    assert waits(sign_in(username, PASSWORD))


def test_another_account_signs_in_from_the_same_address(nia, gwilym):
    fail("nia.sample")

    assert is_signed_in(sign_in("gwilym.sample", PASSWORD))


@pytest.mark.slow("looks at many passwords")
def test_many_accounts_are_not_tried_at_once_from_one_address(nia):
    for number in range(60):
        sign_in(f"nobody{number}", "wrong")

    assert waits(sign_in("nobody-else", "wrong"))
    pass_time(1)
    assert is_signed_in(sign_in("nia.sample", PASSWORD))


# --- a known desk -----------------------------------------------------------------------------------------------------


@pytest.mark.slow("looks at many passwords")
def test_known_desk_is_not_slowed_by_what_others_try(desk_machine, nia, gwilym):
    fail("nia.sample", 8)
    fail("gwilym.sample", 8)
    for number in range(60):
        sign_in(f"nobody{number}", "wrong")

    assert is_signed_in(sign_in("nia.sample", PASSWORD, client=desk_machine))
    desk_machine.post("/accounts/logout/")
    assert is_signed_in(sign_in("gwilym.sample", PASSWORD, client=desk_machine))


def test_known_desk_is_slowed_by_its_own_tries_for_that_account_alone(desk_machine, nia, gwilym):
    fail("nia.sample", client=desk_machine)

    assert waits(sign_in("nia.sample", PASSWORD, client=desk_machine))
    assert is_signed_in(sign_in("nia.sample", PASSWORD))
    assert is_signed_in(sign_in("gwilym.sample", PASSWORD, client=desk_machine))


def test_machine_does_not_become_known_by_failing_or_by_saying_so(nia):
    browser = Client()
    fail("nia.sample", 1, client=browser)
    assert limits.COOKIE not in browser.cookies

    browser.cookies[limits.COOKIE] = f"{uuid.uuid4().hex}:forged"
    fail("nia.sample", 4, client=browser)
    assert waits(sign_in("nia.sample", PASSWORD))


def test_cookie_of_a_machine_is_out_of_reach_of_scripts_and_other_sites(desk_machine):
    cookie = desk_machine.cookies[limits.COOKIE]

    assert cookie["httponly"]
    assert (cookie["samesite"], cookie["path"]) == ("Lax", "/accounts/")
    assert "sample" not in cookie.value


# --- where from -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "203.0.113.5", "10.0.0.1"),
        (1, "203.0.113.5", "203.0.113.5"),
        (1, "198.51.100.1, 203.0.113.5", "203.0.113.5"),
        (2, "198.51.100.1, 203.0.113.5, 10.0.0.9", "203.0.113.5"),
        (2, "203.0.113.5", "10.0.0.1"),
        (1, "", "10.0.0.1"),
    ],
)
def test_address_is_the_one_that_our_first_proxy_saw(settings, proxies, forwarded, address):
    settings.TRUSTED_PROXIES = proxies
    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=forwarded)

    assert limits.address_of(request) == address


# --- what is kept, and what it costs ----------------------------------------------------------------------------------


def test_limits_name_no_account_and_no_address(nia):
    fail("nia.sample")

    kept = list(SignInLimit.objects.values_list("key", flat=True))
    assert len(kept) == 2
    for key in kept:
        assert len(bytes(key)) == 32
        assert b"sample" not in bytes(key)


def test_old_tries_are_forgotten(nia):
    fail("nia.sample", 1)
    assert actions.forget_old_tries() == 0
    pass_time(limits.FORGOTTEN + 1)

    assert actions.forget_old_tries() == 2
    assert not SignInLimit.objects.exists()


def test_tries_that_wait_look_at_no_password(nia, monkeypatch):
    fail("nia.sample")
    looked: list[str] = []
    monkeypatch.setattr("staff.hashers.Argon2id.verify", lambda *given: looked.append("looked") or False)
    monkeypatch.setattr("staff.hashers.Argon2id.encode", lambda *given: looked.append("looked") or "argon2$x")

    assert waits(sign_in("nia.sample", PASSWORD))
    assert looked == []
    pass_time(1)
    sign_in("nia.sample", PASSWORD)
    assert looked == ["looked"]


@pytest.mark.slow("looks at many passwords")
def test_storm_of_tries_keeps_nobody_from_a_known_desk(desk_machine, nia):
    number = times(10_000, part=150)
    for at in range(number):
        sign_in(f"nobody{at}" if at % 2 else "nia.sample", "wrong", address=f"198.51.100.{at % 3}")

    begin = time.monotonic()
    assert is_signed_in(sign_in("nia.sample", PASSWORD, client=desk_machine))
    assert time.monotonic() - begin < 2


@pytest.mark.parametrize("length", [129, 200_000])
def test_password_longer_than_any_is_refused_unseen(nia, monkeypatch, length):
    monkeypatch.setattr("staff.hashers.Argon2id.encode", lambda *given: pytest.fail("it was hashed"))
    monkeypatch.setattr("staff.hashers.Argon2PasswordHasher.verify", lambda *given: pytest.fail("it was looked at"))

    answer = sign_in("nia.sample", "x" * length)

    assert not is_signed_in(answer)
    assert "No password here is so long." in answer.content.decode()
    assert not nia.check_password("x" * length)
