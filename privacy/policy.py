"""The data policy: one declaration beside a model's fields says what they are, who may see them and when they go.

Four readers: retention (when), sharing (who), audit (what never enters it), the data register (all of it, in words).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from privacy.dates import Period, days, london_date, years

__all__ = ["Category", "Period", "Policy", "category_of", "days", "our_models", "years"]


class Category(models.TextChoices):
    """The notice's own kinds of information, and three more that a visit leaves behind."""

    CONTACT = "contact", _("Contact details")
    IDENTITY = "identity", _("Identifying details")
    FINANCIAL = "financial", _("Financial information")
    FAMILY = "family", _("Family information")
    HEALTH = "health", _("Health and medical details")
    NARRATIVE = "narrative", _("What was said")
    IMAGE = "image", _("Images")
    PAYMENT = "payment", _("Payments")
    OPERATIONAL = "operational", _("No personal data")


# Columns that run the retention itself; each retained model has them and none is personal.
MACHINERY = frozenset({"id", "expires_on", "sealed_until", "seal_id", "hold", "is_canary"})
# Names of policies whose models are no more. Old ledgers and holds speak of them: no other model may take one.
RETIRED_NAMES: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Policy:
    """What a model holds, why and how long.

    `name` is pinned: sealed values, holds, ledger, access log, search and canaries name the kind of record by it, so it
    never changes, whatever becomes of the class's own name and place. `holds` puts fields in categories; `shows` does
    so for properties made of fields. Keys to other rows, UUIDs, moments, the reference and the day of `since` are
    OPERATIONAL by their type and need not be listed. A record is kept for `keep` from the day of its field `since`, or
    `follows` the record that a foreign key names, or (neither) has no period, and `why` says the reason. `search` maps
    a field to the kind of term it is found by (`privacy.terms`).
    """

    name: str
    holds: Mapping[Category, Sequence[str]] = field(default_factory=dict)
    keep: Period | None = None
    since: str = ""
    follows: str = ""
    subject: str = ""
    shows: Mapping[Category, Sequence[str]] = field(default_factory=dict)
    search: Mapping[str, str] = field(default_factory=dict)
    audited: bool = True
    why: str = ""

    def personal_fields(self) -> list[str]:
        """The concrete fields that say something about a person."""
        return [name for category, names in self.holds.items() if category != Category.OPERATIONAL for name in names]

    def due_on(self, record: Any) -> dt.date:
        """The London civil date from whose start `record` is gone."""
        if self.follows:
            due: dt.date = getattr(record, self.follows).expires_on
            return due
        assert self.keep is not None, "a model without a period has no due date"
        start = getattr(record, self.since)
        return self.keep.after(london_date(start) if isinstance(start, dt.datetime) else start)


def category_of(model: Any, name: str) -> Category | None:
    """The category of a field, shown property or display of a model or record; None if nothing decides it."""
    return _categories(model if isinstance(model, type) else type(model)).get(name)


def is_operational_by_type(model: Any, field: models.Field[Any, Any]) -> bool:
    """Whether a field says nothing about a person by what it is: a key, a moment, a reference, machinery."""
    return (
        field.name in MACHINERY
        or field.name == model.data_policy.since
        or field.is_relation
        or isinstance(field, (models.UUIDField, models.DateTimeField))
        or getattr(field, "is_operational", False)
    )


@cache
def _categories(model: Any) -> dict[str, Category]:
    fields = model._meta.concrete_fields
    known = dict.fromkeys(("pk", "get_absolute_url"), Category.OPERATIONAL)
    known |= {field.name: Category.OPERATIONAL for field in fields if is_operational_by_type(model, field)}
    for source in (model.data_policy.holds, model.data_policy.shows):
        known |= {name: Category(category) for category, names in source.items() for name in names}
    displays = {
        f"get_{field.name}_display": known[field.name] for field in fields if field.choices and field.name in known
    }
    return displays | known


def our_models() -> Iterator[type[models.Model]]:
    """Every concrete model of this project's own apps, by label."""
    found = [
        model
        for label in settings.OUR_APPS
        for model in apps.get_app_config(label).get_models(include_auto_created=True)
    ]
    return iter(sorted(found, key=lambda model: model._meta.label))
