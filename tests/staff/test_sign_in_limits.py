"""Limits keyed to the account: a whole desk is behind one address."""

from __future__ import annotations

import base64
import datetime as dt

import pytest
import time_machine
from django.db import connection

from tests.factories import PASSWORD
from tests.staff.signing_in import is_signed_in, sign_in

pytestmark = pytest.mark.django_db


def fail_five_times(username: str) -> None:
    for _ in range(5):
        sign_in(username, "wrong")


def test_sixth_try_for_one_account_is_refused_even_with_the_right_password(nia):
    fail_five_times("nia.sample")

    answer = sign_in("nia.sample", PASSWORD)

    assert not is_signed_in(answer)
    assert "Too many failed" in answer.content.decode()


def test_another_account_signs_in_from_the_same_address(nia, gwilym):
    fail_five_times("nia.sample")

    assert is_signed_in(sign_in("gwilym.sample", PASSWORD))


def test_limit_follows_the_account_to_another_address(nia):
    fail_five_times("nia.sample")

    assert not is_signed_in(sign_in("nia.sample", PASSWORD, address="198.51.100.9"))


@pytest.mark.parametrize("username", ["NIA.SAMPLE", "Nia.Sample", " nia.sample"])
def test_limit_is_not_gone_round_by_another_spelling(nia, username):
    fail_five_times("nia.sample")

    assert not is_signed_in(sign_in(username, PASSWORD))


def test_limit_is_over_after_five_minutes(nia):
    with time_machine.travel(dt.datetime(2026, 5, 4, 10, 0, tzinfo=dt.UTC), tick=False) as clock:
        fail_five_times("nia.sample")
        clock.shift(dt.timedelta(minutes=4, seconds=59))
        assert not is_signed_in(sign_in("nia.sample", PASSWORD))
        clock.shift(dt.timedelta(minutes=5, seconds=2))

        assert is_signed_in(sign_in("nia.sample", PASSWORD))


def test_right_passwords_use_no_tries_up(nia):
    for _ in range(8):
        assert is_signed_in(sign_in("nia.sample", PASSWORD))


def test_limits_name_no_account(nia):
    fail_five_times("nia.sample")

    with connection.cursor() as cursor:
        cursor.execute("SELECT cache_key, value FROM cache")
        kept = cursor.fetchall()
    assert kept
    for key, value in kept:
        assert "sample" not in key
        assert b"sample" not in base64.b64decode(value)
