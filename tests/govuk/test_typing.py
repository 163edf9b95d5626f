"""What fields make of what people type and paste."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django import forms
from django.core.exceptions import ValidationError

from govuk.fields import DateField, PhoneField, TextField
from privacy.terms import parse, parse_date
from visits.fields import DateOfBirthField, EmailField


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("1af o Fai 1961", (1961, 5, 1)),
        ("3ydd o Fawrth 1956", (1956, 3, 3)),
        ("6ed o Fehefin 1972", (1972, 6, 6)),
        ("10fed o Orffennaf 1944", (1944, 7, 10)),
        ("2il o Fedi 1961", (1961, 9, 2)),
        ("5ed o Dachwedd 1970", (1970, 11, 5)),
        ("25ain o Ragfyr 1950", (1950, 12, 25)),
        ("12fed o Ionawr 1980", (1980, 1, 12)),
        ("4ydd o Chwefror 1980", (1980, 2, 4)),
        ("20fed o Ebrill 1980", (1980, 4, 20)),
        ("31ain o Awst 1980", (1980, 8, 31)),
        ("8fed o Hydref 1980", (1980, 10, 8)),
        ("15fed o Fedi 80", (1980, 9, 15)),
        ("2 Rag 1980", (1980, 12, 2)),
        ("7 Gorff 1980", (1980, 7, 7)),
    ],
)
def test_welsh_date_is_understood_as_it_is_said(typed, day):
    assert parse_date(typed) == dt.date(*day)
    assert parse(typed).terms == (f"d:{dt.date(*day).isoformat()}",)


@time_machine.travel("2026-11-26T12:00Z")
def test_short_year_is_past_for_a_birth_and_near_for_a_review():
    class Review(DateField):
        nearest = True

    assert DateOfBirthField().clean("1/12/26") == dt.date(1926, 12, 1)
    assert Review().clean("1/3/27") == dt.date(2027, 3, 1)


UNSEEN = ["\u200b", "\u00ad", "\ufeff", "\u200e", "\u2060", "\u200d"]


@pytest.mark.parametrize("sign", UNSEEN)
def test_what_nobody_sees_goes(sign):
    assert TextField().clean(f"Jo{sign}nes") == "Jones"
    assert EmailField().clean(f"sian{sign}@example.org") == "sian@example.org"
    assert parse(f"jo{sign}nes").names == ("jones",)


def test_joiner_of_another_script_stays():
    assert TextField().clean("क्\u200dष") == "क्\u200dष"


@pytest.mark.parametrize("end", ["\x0b", "\x0c", "\r\n", "\r", "\x85", "\u2028", "\u2029"])
def test_every_end_of_a_line_is_one(end):
    assert TextField(widget=forms.Textarea).clean(f"one{end}two") == "one\ntwo"
    assert TextField().clean(f"one{end}two") == "one two"


@pytest.mark.parametrize("sign", ["\x00", "\x1b", "\x7f", "\u202e", "\u2066"])
def test_controls_and_turned_text_are_refused_with_words(sign):
    with pytest.raises(ValidationError, match=r"cannot be seen|Null"):
        TextField().clean(f"a{sign}b")


@pytest.mark.parametrize("dash", "-‐‑‒–—―−")
def test_telephone_number_may_have_any_dash(dash):
    assert PhoneField().clean(f"01978{dash}292000") == "01978-292000"
    assert parse(f"01978{dash}292000").terms == ("t:01978292000",)


def test_number_dialled_through_the_relay_is_kept_and_found_by_the_number():
    from privacy.terms import phone_terms

    assert PhoneField().clean("18001 01978 292000") == "18001 01978 292000"
    assert phone_terms("18001 01978 292000") == phone_terms("01978 292000")
    assert parse("18001 01978 292000").terms == parse("01978 292000").terms
