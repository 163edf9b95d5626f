"""When the desk is open: hours by weekday, and the bank holidays of Wales and England."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
# Monday is 0. The desk opens later on Thursdays, for staff training, and stays open later.
OPENING_HOURS = {
    weekday: (dt.time(10, 30), dt.time(17, 30)) if weekday == 3 else (dt.time(9, 0), dt.time(16, 30))
    for weekday in range(5)
}
WORKING_DAYS_A_YEAR = 253

# Days made holidays, or moved from the usual Monday, for one year only (GOV.UK, UK bank holidays): VE Day in 2020, the
# jubilee and the state funeral in 2022, the coronation in 2023. A usual Monday that is listed is a working day.
ONE_YEAR_ONLY = {
    dt.date(2020, 5, 4),
    dt.date(2020, 5, 8),
    dt.date(2022, 5, 30),
    dt.date(2022, 6, 2),
    dt.date(2022, 6, 3),
    dt.date(2022, 9, 19),
    dt.date(2023, 5, 8),
}


def bank_holidays(year: int) -> set[dt.date]:
    """The weekdays that are bank holidays in Wales and England, substitute days included."""
    day = dt.timedelta(days=1)
    easter = _easter(year)
    holidays = {
        easter - 2 * day,
        easter + day,
        _monday_from(dt.date(year, 5, 1)),
        _monday_from(dt.date(year, 5, 25)),
        _monday_from(dt.date(year, 8, 25)),
    }
    for holiday in (dt.date(year, 1, 1), dt.date(year, 12, 25), dt.date(year, 12, 26)):
        while holiday.weekday() > 4 or holiday in holidays:
            holiday += day
        holidays.add(holiday)
    return holidays ^ {holiday for holiday in ONE_YEAR_ONLY if holiday.year == year}


def working_days(start: dt.date, days: int) -> Iterator[dt.date]:
    """Each day on which the desk is open, of the `days` calendar days that begin with `start`."""
    holidays: dict[int, set[dt.date]] = {}
    for number in range(days):
        day = start + dt.timedelta(days=number)
        if day.year not in holidays:
            holidays[day.year] = bank_holidays(day.year)
        if day.weekday() in OPENING_HOURS and day not in holidays[day.year]:
            yield day


def _monday_from(day: dt.date) -> dt.date:
    return day + dt.timedelta(days=-day.weekday() % 7)


def _easter(year: int) -> dt.date:
    """Easter Sunday, by the anonymous Gregorian computus (Meeus, Astronomical Algorithms)."""
    century, of_century = divmod(year, 100)
    golden = year % 19
    corrected = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - century // 4 - corrected + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (of_century // 4) - epact - of_century % 4) % 7
    shift = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * shift + 114, 31)
    return dt.date(year, month, day + 1)
