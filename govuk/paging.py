"""Long lists, a part at a time: by the last row that was shown, never by a number.

Rows that come or go meanwhile move nobody's place: what stands after the last row stays after it.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest

KEY = re.compile(r"^(-?\d{1,17})-(\d{1,18})$")
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Part:
    """Some rows of a list: `after` names the last where there are more; `is_first` says whether none came before."""

    rows: list[Any]
    after: str
    is_first: bool

    @property
    def is_whole(self) -> bool:
        return self.is_first and not self.after


def part_of(request: HttpRequest, rows: QuerySet[Any], *, by: str, size: int) -> Part:
    """The part of `rows` that the address asks for (`?after=`), in the order of the moment `by`, then of their number.

    `by` is a field's name, with a minus for the latest first. What is no key gives the first part.
    """
    name, falls = by.lstrip("-"), by.startswith("-")
    ordered = rows.order_by(by, "-pk" if falls else "pk")
    last = _read(request.GET.get("after", ""))
    if last is not None:
        moment, number = last
        beyond = "lt" if falls else "gt"
        ordered = ordered.filter(Q(**{f"{name}__{beyond}": moment}) | Q(**{name: moment, f"pk__{beyond}": number}))
    found = list(ordered[: size + 1])
    after = _key(getattr(found[size - 1], name), found[size - 1].pk) if len(found) > size else ""
    return Part(found[:size], after, last is None)


def _key(moment: dt.datetime, number: int) -> str:
    return f"{(moment - EPOCH) // dt.timedelta(microseconds=1)}-{number}"


def _read(text: str) -> tuple[dt.datetime, int] | None:
    match = KEY.match(text)
    try:
        return (EPOCH + dt.timedelta(microseconds=int(match[1])), int(match[2])) if match else None
    except OverflowError:
        return None
