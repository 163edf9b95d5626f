"""The actions that make canaries, and the field values they are given.

A canary is one night's synthetic records, with a mark in every sealed field: purged like any other and then searched
for in every store. A record app registers one action that makes them (`@makes_canaries(Customer, …)`): it knows its
records, this module knows their sealed fields. A retained model that no action makes is an error of `manage.py check`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core import checks
from django.db import models

from privacy.dates import LONDON
from privacy.naming import name_of
from privacy.policy import Period, Policy
from privacy.sealed import SealedField
from retention.marks import Marks
from retention.relations import retained_models

# How many days ahead one is looked for on which every period can end; only a 29 February is passed over.
DAYS_AHEAD = 8

Maker = Callable[["CanaryFields", Any], None]


class NoCanary(Exception):
    """A canary cannot be made, or not a whole one; the text says what is missing, for whoever runs the site."""


@dataclass(frozen=True)
class CanaryFields:
    """Field values for one night's canary: `fill(Model)` gives keyword arguments."""

    marks: Marks
    due_on: dt.date

    def fill(self, model: Any) -> dict[str, Any]:
        """Keyword arguments for a canary of `model`: a mark for each sealed field, and the day its period begins."""
        policy = model.data_policy
        values: dict[str, Any] = {"is_canary": True}
        for field in model._meta.concrete_fields:
            if isinstance(field, SealedField):
                values[field.name] = self.marks.of(field, policy.search.get(field.name))
        if policy.since:
            begun = policy.keep.before(self.due_on)
            moment = isinstance(model._meta.get_field(policy.since), models.DateTimeField)
            values[policy.since] = self.noon(begun) if moment else begun
        return values

    @staticmethod
    def noon(day: dt.date) -> dt.datetime:
        """12:00 in London on `day`."""
        return dt.datetime.combine(day, dt.time(12), tzinfo=LONDON)


# The action that makes canaries of each model.
makers_by_model: dict[type[models.Model], Maker] = {}


def makes_canaries(*made: type[models.Model]) -> Callable[[Maker], Maker]:
    """Register the decorated action as the one that makes canaries of the models `made`.

    It is called with CanaryFields and the account to name as author, and saves one record or more of each model, with
    the values that `fill` gives and what else the model needs. Raises NoCanary when it cannot.
    """

    def register(maker: Maker) -> Maker:
        makers_by_model.update(dict.fromkeys(made, maker))
        return maker

    return register


def makers() -> list[Maker]:
    """Every registered action, once each."""
    return list(dict.fromkeys(makers_by_model.values()))


def due_day(today: dt.date) -> dt.date:
    """The first day after `today` on which a record of every kind can be due: tomorrow, unless that is 29 February."""
    periods: list[Period] = [model.data_policy.keep for model in retained_models() if model.data_policy.keep]
    days = (today + dt.timedelta(days=number) for number in range(1, DAYS_AHEAD))
    return next(day for day in days if all(period.before(day) for period in periods))


def canaries_of(model: Any, due_on: dt.date) -> models.QuerySet[Any]:
    """The canaries of `model` that are due on `due_on`."""
    return model._base_manager.filter(is_canary=True, expires_on=due_on)


def unfilled(due_on: dt.date) -> list[str]:
    """The sealed fields of retained models that are empty in every canary due on `due_on`."""
    missing = []
    for model in retained_models():
        for field in model._meta.concrete_fields:
            filled = {f"{field.name}__filled": True}
            if isinstance(field, SealedField) and not canaries_of(model, due_on).filter(**filled).exists():
                missing.append(f"{name_of(model)}.{field.name}")
    return missing


def count_left(due_on: dt.date) -> int:
    """How many records of the canary due on `due_on` are still in the database."""
    return sum(canaries_of(model, due_on).count() for model in retained_models())


def check_makers(app_configs: Any, **kwargs: Any) -> list[checks.CheckMessage]:
    """Report each retained model of which no registered action makes canaries, and each field that has no mark."""
    return [*_unmade(), *_unmarked()]


def _unmarked() -> list[checks.CheckMessage]:
    marks = Marks("check")
    return [
        checks.Error(
            f"A canary leaves {name_of(model)}.{field.name} empty, so nobody would see its words outlive their purge.",
            hint=f"Let Marks.of (retention/marks.py) give a mark for a {type(field).__name__}.",
            obj=model,
            id="retention.E003",
        )
        for model in _with_policy()
        for field in model._meta.concrete_fields
        if isinstance(field, SealedField) and not marks.of(field, model.data_policy.search.get(field.name))
    ]


def _unmade() -> list[checks.CheckMessage]:
    return [
        checks.Error(
            f"{name_of(model)} is retained, but no canary is made of it, so nobody would see it outlive its purge.",
            hint="Make one in an action with @makes_canaries (retention/canary_makers.py).",
            obj=model,
            id="retention.E001",
        )
        for model in _with_policy()
        if model not in makers_by_model
    ]


def _with_policy() -> list[Any]:
    """The retained models that have a policy: the check of policies tells of the others."""
    return [model for model in retained_models() if isinstance(getattr(model, "data_policy", None), Policy)]
