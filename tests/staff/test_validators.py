"""Passwords that are refused."""

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError


@pytest.mark.parametrize("password", ["passwordpassword", "PasswordpassWord", "abcabcabcabcabc", "-" * 20])
def test_repeated_password_is_refused(password):
    with pytest.raises(ValidationError) as refusal:
        validate_password(password)
    assert "password_repeated" in {error.code for error in refusal.value.error_list}


@pytest.mark.parametrize("length", [129, 200_000])
def test_long_password_is_refused(length):
    with pytest.raises(ValidationError) as refusal:
        validate_password(("correct horse battery" * length)[:length])
    assert "password_too_long" in {error.code for error in refusal.value.error_list}


def test_ordinary_passphrase_is_accepted():
    validate_password("correct horse battery staple")
