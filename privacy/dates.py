"""London civil days, and how retention counts them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, models
from django.utils import timezone

LONDON = ZoneInfo("Europe/London")


@dataclass(frozen=True)
class Period:
    """A length of time in civil units: whole years, then whole days."""

    years: int = 0
    days: int = 0

    def after(self, day: dt.date) -> dt.date:
        """The civil day this long after `day`; 29 February becomes 28 where the year has none."""
        try:
            moved = day.replace(year=day.year + self.years)
        except ValueError:
            moved = day.replace(year=day.year + self.years, day=28)
        return moved + dt.timedelta(days=self.days)

    def before(self, day: dt.date) -> dt.date | None:
        """The first civil day whose `after` is `day`; None where there is none: no six years end on a 29 February."""
        ended = day - dt.timedelta(days=self.days)
        near = ended.replace(year=ended.year - self.years, day=min(ended.day, 28))
        begun = (near + dt.timedelta(days=number) for number in range(4))
        return next((candidate for candidate in begun if self.after(candidate) == day), None)

    def __str__(self) -> str:
        parts = [f"{n} {unit}{'s' * (n != 1)}" for n, unit in ((self.years, "year"), (self.days, "day")) if n]
        return " ".join(parts)


def years(number: int) -> Period:
    """A period of whole civil years."""
    return Period(years=number)


def days(number: int) -> Period:
    """A period of whole civil days."""
    return Period(days=number)


class DueDay(models.Func):
    """`Period.after` in SQL, of a moment's London date: for a column that PostgreSQL computes itself."""

    arity = 1
    output_field = models.DateField()

    def __init__(self, moment: Any, years: int) -> None:
        super().__init__(moment, years=years)

    template = "((timezone('Europe/London', %(expressions)s))::date + interval '%(years)s years')::date"


def london_date(moment: dt.datetime) -> dt.date:
    """The civil date in London at an aware moment: 23:30 UTC on 30 June is 1 July."""
    return moment.astimezone(LONDON).date()


def london_today() -> dt.date:
    """Today's civil date in London."""
    return london_date(timezone.now())


def database_now() -> dt.datetime:
    """The moment the current statement began, by the database's clock: the one clock all desks share."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        return cursor.fetchone()[0]
