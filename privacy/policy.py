"""The data policy: one declaration beside a model's fields says what they are, who may see them and when they go.

Four readers: retention (when), sharing (who), audit (what never enters it), the data register (all of it, in words).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from privacy.dates import Period, days, london_date, years

__all__ = ["Category", "Period", "Policy", "days", "our_models", "years"]


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
    OPERATIONAL = "operational", _("Nothing personal")


# Columns that run the retention itself; each retained model has them and none is personal.
MACHINERY = frozenset({"id", "expires_on", "sealed_until", "hold", "is_canary"})


@dataclass(frozen=True)
class Policy:
    """What a model holds, why and how long.

    `holds` puts each concrete field in one category; `shows` does so for properties made of fields. A record is kept
    for `keep` from the day of its field `since`, or `follows` the record that a foreign key names, or (neither) has no
    period, and `why` says the reason. `search` maps a field to the kind of term it is found by (`privacy.terms`).
    """

    holds: Mapping[Category, Sequence[str]]
    keep: Period | None = None
    since: str = ""
    follows: str = ""
    subject: str = ""
    shows: Mapping[Category, Sequence[str]] = field(default_factory=dict)
    search: Mapping[str, str] = field(default_factory=dict)
    audited: bool = True
    why: str = ""

    def category_of(self, name: str) -> Category | None:
        """The category of a field or shown property; None if the policy does not know it."""
        if name in MACHINERY or name == "pk":
            return Category.OPERATIONAL
        return self._categories().get(name)

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

    def _categories(self) -> dict[str, Category]:
        known: dict[str, Category] | None = self.__dict__.get("_known")
        if known is None:
            known = {
                name: category
                for source in (self.holds, self.shows)
                for category, names in source.items()
                for name in names
            }
            object.__setattr__(self, "_known", known)
        return known


def our_models() -> Iterator[type[models.Model]]:
    """Every concrete model of this project's own apps, by label."""
    found = [
        model
        for label in settings.OUR_APPS
        for model in apps.get_app_config(label).get_models(include_auto_created=True)
    ]
    return iter(sorted(found, key=lambda model: model._meta.label))
