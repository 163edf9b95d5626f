"""The day of a hold's next review, as it is typed: from tomorrow on, and within a year."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.core.exceptions import ValidationError

from retention.forms import ReviewDateField

# 23:30 UTC in June is the next day here.
MOMENTS = {"2026-11-26T12:00Z": dt.date(2026, 11, 26), "2026-06-30T23:30Z": dt.date(2026, 7, 1)}


@pytest.fixture(params=MOMENTS)
def today(request):
    with time_machine.travel(request.param):
        yield MOMENTS[request.param]


def review(day: dt.date) -> dt.date:
    return ReviewDateField().clean(f"{day:%d/%m/%Y}")


def test_review_is_from_tomorrow_on(today):
    assert review(today + dt.timedelta(days=1)) == today + dt.timedelta(days=1)
    with pytest.raises(ValidationError, match="must be after today"):
        review(today)


def test_review_is_within_a_year(today):
    year = today.replace(year=today.year + 1)

    assert review(year) == year
    with pytest.raises(ValidationError, match="at least once a year"):
        review(year + dt.timedelta(days=1))


@time_machine.travel("2026-11-26T12:00Z")
def test_review_of_a_year_of_two_digits_is_near():
    assert ReviewDateField().clean("1/3/27") == dt.date(2027, 3, 1)
    assert ReviewDateField().clean("1/12/26") == dt.date(2026, 12, 1)
    with pytest.raises(ValidationError, match="must be after today"):
        ReviewDateField().clean("1/11/26")
    with pytest.raises(ValidationError, match="at least once a year"):
        ReviewDateField().clean("1/12/27")
