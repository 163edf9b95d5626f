"""Dates as people at a desk type them: day first, in either language."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from privacy.terms import parse_date

BIRTHDAY = dt.date(1938, 2, 13)


DATES = [
    "13/2/1938",
    "13/02/1938",
    "13-2-1938",
    "13.2.1938",
    "13 2 1938",
    "13 / 2 / 1938",
    "13/2/38",
    "1938-02-13",
    "1938-2-13",
    "13021938",
    "13 Feb 1938",
    "13 feb. 1938",
    "13 Feb, 1938",
    "13feb38",
    "13 FEBRUARY 1938",
    "13th February 1938",
    "13 chwefror 1938",
    "13eg Chwefror 1938",
    "13 Chwe 38",
    "  13/2/1938 ",
    "13th of February 1938",
    "13 o Chwefror 1938",
    "1938/2/13",
]


@pytest.mark.parametrize("text", DATES)
def test_parse_date_reads_the_usual_spellings(text):
    assert parse_date(text) == BIRTHDAY


@pytest.mark.parametrize(
    ("english", "welsh", "month"),
    [
        ("January", "Ionawr", 1),
        ("February", "Chwefror", 2),
        ("March", "Mawrth", 3),
        ("April", "Ebrill", 4),
        ("May", "Mai", 5),
        ("June", "Mehefin", 6),
        ("July", "Gorffennaf", 7),
        ("August", "Awst", 8),
        ("September", "Medi", 9),
        ("October", "Hydref", 10),
        ("November", "Tachwedd", 11),
        ("December", "Rhagfyr", 12),
    ],
)
def test_parse_date_knows_the_months_in_both_languages(english, welsh, month):
    for name in (english, english[:3], welsh):
        assert parse_date(f"7 {name} 1950") == dt.date(1950, month, 7)


@pytest.mark.parametrize(
    ("ordinal", "day"),
    [
        ("1st", 1),
        ("2nd", 2),
        ("3rd", 3),
        ("4th", 4),
        ("1af", 1),
        ("2il", 2),
        ("3ydd", 3),
        ("4ydd", 4),
        ("5ed", 5),
        ("6ed", 6),
        ("7fed", 7),
        ("11eg", 11),
        ("21ain", 21),
    ],
)
def test_parse_date_knows_ordinals_in_both_languages(ordinal, day):
    assert parse_date(f"{ordinal} Mai 1950") == dt.date(1950, 5, day)


@pytest.mark.parametrize(
    "text",
    [
        *("", "yesterday", "31/2/1980", "29/2/2023", "0/1/1950", "1/13/1950", "13/2", "13/2/938", "13/2/0000"),
        *("13/2/1938 or so", "a 13/2/1938", "7 Foo 1950", "1938", "99999999"),
    ],
)
def test_parse_date_of_no_date_is_none(text):
    assert parse_date(text) is None


@pytest.mark.parametrize(("text", "year"), [("1/1/26", 2026), ("1/1/27", 1927), ("1/1/00", 2000), ("1/1/99", 1999)])
def test_parse_date_with_two_digits_is_the_latest_year_that_is_not_to_come(text, year):
    with time_machine.travel(dt.datetime(2026, 5, 4, tzinfo=dt.UTC)):
        assert parse_date(text) == dt.date(year, 1, 1)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("26/11/26", dt.date(2026, 11, 26)),
        ("27/11/26", dt.date(1926, 11, 27)),
        ("1/12/26", dt.date(1926, 12, 1)),
        ("29/2/00", dt.date(2000, 2, 29)),
        ("29/2/28", dt.date(1928, 2, 29)),
    ],
)
def test_parse_date_with_two_digits_is_never_to_come(text, day):
    with time_machine.travel(dt.datetime(2026, 11, 26, 12, tzinfo=dt.UTC)):
        assert parse_date(text) == day


def test_parse_date_with_two_digits_goes_by_the_day_in_london():
    with time_machine.travel("2026-06-30T23:30Z"):
        assert parse_date("1/7/26") == dt.date(2026, 7, 1)


@pytest.mark.parametrize(
    ("text", "year"), [("1/12/26", 2026), ("1/3/27", 2027), ("1/11/26", 2026), ("1/1/75", 2075), ("1/1/78", 1978)]
)
def test_parse_date_of_the_nearest_looks_both_ways(text, year):
    with time_machine.travel(dt.datetime(2026, 11, 26, 12, tzinfo=dt.UTC)):
        assert parse_date(text, nearest=True).year == year


@pytest.mark.parametrize("text", ["29/2/27", "31/4/26", "0/1/26"])
def test_parse_date_with_two_digits_of_no_date_is_none(text):
    assert parse_date(text) is None
    assert parse_date(text, nearest=True) is None


def test_parse_date_is_day_first():
    assert parse_date("4/5/1950") == dt.date(1950, 5, 4)


@given(day=st.dates(dt.date(1900, 1, 1), dt.date(2025, 12, 31)))
def test_parse_date_reads_every_day(day):
    for spelling in (f"{day.day}/{day.month}/{day.year}", day.isoformat(), f"{day:%d%m%Y}", f"{day:%d %B %Y}"):
        assert parse_date(spelling) == day
