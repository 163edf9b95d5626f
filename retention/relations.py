"""How retained records hang together, read from the models: retention knows none of them by name."""

from __future__ import annotations

from functools import cache
from graphlib import TopologicalSorter
from typing import Any

from django.db import models

from privacy.policy import our_models


@cache
def purged_models() -> tuple[type[models.Model], ...]:
    """Every model with a period of its own; those that name another come before it, so that they go first."""
    with_period = [model for model in our_models() if model.data_policy.keep]  # type: ignore[attr-defined]
    sorter = TopologicalSorter({model: {child for child, _ in referrers(model)} for model in with_period})
    return tuple(model for model in sorter.static_order() if model in with_period)


@cache
def followers(model: type[models.Model]) -> tuple[tuple[type[models.Model], str], ...]:
    """The models whose records go with a record of `model`, each with the name of its foreign key."""
    return tuple(pair for pair in _naming(model) if pair[0].data_policy.follows == pair[1])  # type: ignore[attr-defined]


@cache
def referrers(model: type[models.Model]) -> tuple[tuple[type[models.Model], str], ...]:
    """The other models that name a record of `model`: while one does, it stays."""
    return tuple(pair for pair in _naming(model) if pair not in followers(model))


def is_retained(model: type[models.Model]) -> bool:
    """Whether records of `model` can be held."""
    return any(field.name == "hold" for field in model._meta.concrete_fields)


def _naming(model: type[models.Model]) -> list[tuple[type[models.Model], str]]:
    return [
        (other, field.name)
        for other in our_models()
        for field in other._meta.concrete_fields
        if isinstance(field, models.ForeignKey) and field.related_model is model
    ]


def due(model: type[models.Model], cut_off: Any) -> models.QuerySet[Any]:
    """The records of `model` that go by `cut_off`: not held, and no other record needs them."""
    found = model._base_manager.filter(expires_on__lte=cut_off)
    if is_retained(model):
        found = found.filter(hold__isnull=True)
    for other, name in (*referrers(model), *followers(model)):
        needing = other._base_manager.filter(**{name: models.OuterRef("pk")})
        if other.data_policy.follows == name:  # type: ignore[attr-defined]
            needing = needing.filter(hold__isnull=False)
        found = found.filter(~models.Exists(needing))
    return found


def held(model: type[models.Model], cut_off: Any) -> models.QuerySet[Any]:
    """The records of `model` past their day that a hold keeps."""
    if not is_retained(model):
        return model._base_manager.none()
    return model._base_manager.filter(expires_on__lte=cut_off, hold__isnull=False)


def past(model: type[models.Model], day: Any) -> models.QuerySet[Any]:
    """The records of `model` whose day is `day` or before, and which no hold keeps: after a purge there are none."""
    found = model._base_manager.filter(expires_on__lte=day)
    return found.filter(hold__isnull=True) if is_retained(model) else found
