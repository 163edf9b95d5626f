"""Check constraints that many models have."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


def one_of(**choices: type[models.TextChoices]) -> list[models.CheckConstraint]:
    """A constraint `<class>_<field>_known` for each field: its column holds one of its choices."""
    return [_known(name, kind.values) for name, kind in choices.items()]


def one_of_or_blank(**choices: type[models.TextChoices]) -> list[models.CheckConstraint]:
    """As `one_of`, for fields that may be empty."""
    return [_known(name, [*kind.values, ""]) for name, kind in choices.items()]


def together(*names: str) -> models.CheckConstraint:
    """A constraint `<class>_<first name>_paired`: the columns are all filled or all NULL."""
    filled = Q(**{f"{name}__isnull": False for name in names})
    empty = Q(**{f"{name}__isnull": True for name in names})
    return models.CheckConstraint(condition=filled | empty, name=f"%(class)s_{names[0]}_paired")


def _known(name: str, values: list[str]) -> models.CheckConstraint:
    return models.CheckConstraint(condition=Q(**{f"{name}__in": values}), name=f"%(class)s_{name}_known")
