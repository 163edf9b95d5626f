"""Canaries: synthetic people with a mark in every sealed field, made to be purged and then looked for.

A record app registers one action that makes them (`@makes_canaries(Customer, …)`): it knows its records, this module
knows their sealed fields and fills each of them. A retained model that no action makes is an error of `manage.py
check`.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.core import checks
from django.db import models

from privacy.dates import LONDON
from privacy.keyring import FILE_NAME
from privacy.policy import Period
from privacy.sealed import SealedDateField, SealedField, SealedJSONField
from privacy.terms import postcode_terms
from retention.relations import retained_models

# No word of any language here begins so: a mark is never mistaken for what somebody said.
BEGINNING = "zq"
# How far ahead a day is looked for on which every period can end; only a 29 February is passed over.
DAYS_AHEAD = 8

Maker = Callable[["Mould", Any], None]


class NoCanary(Exception):
    """No canary can be made, or not a whole one; the text says what is missing, for whoever looks after the site."""


class Marks:
    """The marks of one canary, all derived from its seed: they stand nowhere but in its own fields.

    Letters, since they come through every folding of the search; digits where it keeps digits only; of a date only its
    value can be a mark. All letter marks of a canary begin alike, and so do its digits: one look finds any of them.
    """

    def __init__(self, seed: str) -> None:
        self._seed = seed.encode()

    @cached_property
    def letters(self) -> str:
        """What every mark in letters begins with."""
        return BEGINNING + self._letters("letters", 12)

    @cached_property
    def digits(self) -> str:
        """What every mark in digits begins with: as a telephone number, and longer than any."""
        return "09" + self._digits("digits", 12)

    @cached_property
    def date(self) -> dt.date:
        """The mark of a date: of a century in which nobody was born who could come to a desk."""
        days = int.from_bytes(self._hash("date")[:4]) % (800 * 365)
        return dt.date(1000, 1, 1) + dt.timedelta(days=days)

    @cached_property
    def postcode(self) -> str:
        """A postcode that no post office knows."""
        letters, digits = self._letters("postcode", 4), self._digits("postcode", 2)
        return f"{BEGINNING[0]}{letters[0]}{digits[0]}{letters[1]} {digits[1]}{letters[2:]}"

    def of(self, field: SealedField, kind: str | None) -> Any:
        """The mark that a sealed field is filled with; `kind` is what it is found by in a search, if it is."""
        label = f"{field.model._meta.label}.{field.name}"
        if isinstance(field, SealedDateField):
            return self.date
        if kind == "phone":
            return self.digits + self._digits(label, 4)
        mark = self.letters + self._letters(label, 8)
        if kind == "postcode":
            return f"{mark} {self.postcode}"
        return {"mark": mark} if isinstance(field, SealedJSONField) else mark

    def needles(self) -> list[str]:
        """What to look for, in small letters: each mark as it is and as other programs write bytes down."""
        postcode = next(term for term in postcode_terms(self.postcode) if term.startswith("p:"))
        short = [self.date.isoformat(), postcode]
        plain = [self.letters, self.digits, *short]
        return [*plain, *(text.encode().hex() for text in plain), *in_base64(self.letters), *in_base64(self.digits)]

    def _hash(self, label: str) -> bytes:
        return hmac.digest(self._seed, label.encode(), hashlib.sha256)

    def _letters(self, label: str, number: int) -> str:
        return "".join(chr(ord("a") + byte % 26) for byte in self._hash(label)[:number])

    def _digits(self, label: str, number: int) -> str:
        return "".join(str(1 + byte % 9) for byte in self._hash(label)[-number:])


def in_base64(text: str) -> Iterator[str]:
    """What any base64 text that contains `text` contains, in small letters: three, by where in a group of bytes."""
    for before in range(3):
        coded = base64.b64encode(bytes(before) + text.encode()).decode()
        whole = (before + len(text)) * 8 // 6  # the last sign may hold bits of what follows
        yield coded[-(-before * 8 // 6) : whole].lower()


@dataclass(frozen=True)
class Mould:
    """What a maker fills records from."""

    marks: Marks
    due_on: dt.date

    def fill(self, model: Any) -> dict[str, Any]:
        """The fields of a canary of `model`: a mark in each sealed one, and the beginning of its period."""
        policy = model.data_policy
        filled: dict[str, Any] = {"is_canary": True}
        for field in model._meta.concrete_fields:
            if isinstance(field, SealedField):
                filled[field.name] = self.marks.of(field, policy.search.get(field.name))
        if policy.since:
            begun = policy.keep.before(self.due_on)
            moment = isinstance(model._meta.get_field(policy.since), models.DateTimeField)
            filled[policy.since] = self.noon(begun) if moment else begun
        return filled

    @staticmethod
    def noon(day: dt.date) -> dt.datetime:
        """The middle of a London day."""
        return dt.datetime.combine(day, dt.time(12), tzinfo=LONDON)


# The action that makes canaries of a model.
MAKERS: dict[type[models.Model], Maker] = {}


def makes_canaries(*made: type[models.Model]) -> Callable[[Maker], Maker]:
    """Register an action, called with a Mould and the account to name as author, that makes canaries of `made`.

    It saves one record or more of each, with the fields that `Mould.fill` gives and what else the model wants.
    """

    def register(maker: Maker) -> Maker:
        MAKERS.update(dict.fromkeys(made, maker))
        return maker

    return register


def makers() -> list[Maker]:
    """Each registered action once."""
    return list(dict.fromkeys(MAKERS.values()))


def due_day(today: dt.date) -> dt.date:
    """The first day after `today` on which a record of every kind can be due: tomorrow, save for a 29 February."""
    periods: list[Period] = [model.data_policy.keep for model in retained_models() if model.data_policy.keep]
    days = (today + dt.timedelta(days=number) for number in range(1, DAYS_AHEAD))
    return next(day for day in days if all(period.before(day) for period in periods))


def of_day(model: Any, due_on: dt.date) -> models.QuerySet[Any]:
    """The canaries of `model` that are due on a day."""
    return model._base_manager.filter(is_canary=True, expires_on=due_on)


def unfilled(due_on: dt.date) -> list[str]:
    """The sealed fields of retained models that no canary of this day fills."""
    missing = []
    for model in retained_models():
        for field in model._meta.concrete_fields:
            filled = {f"{field.name}__filled": True}
            if isinstance(field, SealedField) and not of_day(model, due_on).filter(**filled).exists():
                missing.append(f"{model._meta.label}.{field.name}")
    return missing


def left_of(due_on: dt.date) -> int:
    """How many records of the canary of a day are still there."""
    return sum(of_day(model, due_on).count() for model in retained_models())


def is_key_of(name: str, day: dt.date) -> bool:
    """Whether a file's name is that of a key of `day`."""
    match = FILE_NAME.match(name)
    return bool(match and match[1] == day.isoformat())


def check_makers(app_configs: Any, **kwargs: Any) -> list[checks.CheckMessage]:
    """Every retained model is made as a canary: what is not is never proved to be purged."""
    return [
        checks.Error(
            f"{model._meta.label} is retained, but no canary is made of it, so nobody would see it outlive its purge.",
            hint="Make one in an action with @makes_canaries (retention/canaries.py).",
            obj=model,
            id="retention.E001",
        )
        for model in retained_models()
        if model not in MAKERS
    ]
