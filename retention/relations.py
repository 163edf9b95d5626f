"""Which models have a due day, which records refer to which, and which are due, past their day or held.

All of it is read from the models and their policies: retention knows no record app by name.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from graphlib import TopologicalSorter
from typing import Any

from django.db import models

from privacy.naming import model_of, name_of
from privacy.policy import our_models
from privacy.sealed import sealed_field_names


@cache
def purged_models() -> tuple[type[models.Model], ...]:
    """Every model with a period of its own, in an order in which records can be deleted: referrers before referred."""
    with_period = [model for model in our_models() if model.data_policy.keep]  # type: ignore[attr-defined]
    # Lists, not sets: every process gives the same order.
    sorter = TopologicalSorter({model: [child for child, _ in referrers(model)] for model in with_period})
    return tuple(model for model in sorter.static_order() if model in with_period)


@cache
def followers(model: type[models.Model]) -> tuple[tuple[type[models.Model], str], ...]:
    """The models whose records are deleted with a record of `model`, each with the name of its foreign key."""
    return tuple(pair for pair in foreign_keys_to(model) if pair[0].data_policy.follows == pair[1])  # type: ignore[attr-defined]


@cache
def referrers(model: type[models.Model]) -> tuple[tuple[type[models.Model], str], ...]:
    """The other models with a foreign key to `model`, and its name: while one of their records is there, it stays."""
    return tuple(pair for pair in foreign_keys_to(model) if pair not in followers(model))


def retained_models() -> list[Any]:
    """The models whose records can be held."""
    return [model for model in our_models() if is_retained(model)]


def is_retained(model: type[models.Model]) -> bool:
    """Whether records of `model` can be held."""
    return any(field.name == "hold" for field in model._meta.concrete_fields)


@dataclass(frozen=True)
class Kept:
    """Numbers of records by kind: what a hold keeps, and what about the same people it does not."""

    kept: dict[str, int]
    left: dict[str, int]


def kept_with(record: Any) -> dict[type[models.Model], list[int]]:
    """The ids, by model, that a hold on `record` keeps beside it: what refers to it, and what it refers to.

    A hold on a customer keeps their enquiries with what was added; one on an enquiry keeps what was added and the
    customer's own details, not their other enquiries.
    """
    kept: dict[type[models.Model], list[int]] = {}
    below = [(type(record), [record.pk])]
    while below:
        model, ids = below.pop()
        for other, name in foreign_keys_to(model):
            if is_retained(other):
                found = list(other._base_manager.filter(**{f"{name}__in": ids}).values_list("pk", flat=True))
                kept.setdefault(other, []).extend(found)
                below.append((other, found))
    for above in referenced_by(record):
        kept.setdefault(type(above), []).append(above.pk)
    return {model: ids for model, ids in kept.items() if ids}


def record_of(record_type: str, number: int) -> Any:
    """A record that can be held, with nothing personal opened; None if there is none. A canary cannot."""
    model = model_of(record_type)
    if model is None or not is_retained(model):
        return None
    return counted(model).filter(pk=number).defer(*sealed_field_names(model)).first()


def referenced_by(record: Any) -> list[Any]:
    """The retained records to which `record` has a foreign key, with nothing personal opened."""
    found = []
    for field in record._meta.concrete_fields:
        if isinstance(field, models.ForeignKey) and is_retained(field.related_model):
            number = type(record)._base_manager.filter(pk=record.pk).values_list(field.attname, flat=True).get()
            if number is not None:
                found.append(field.related_model._base_manager.only("pk", "hold").get(pk=number))
    return found


def foreign_keys_to(model: type[models.Model]) -> list[tuple[type[models.Model], str]]:
    """Every foreign key of our models to `model`: the model that has it and its name."""
    return [
        (other, field.name)
        for other in our_models()
        for field in other._meta.concrete_fields
        if isinstance(field, models.ForeignKey) and field.related_model is model
    ]


def due(model: type[models.Model], cut_off: Any) -> models.QuerySet[Any]:
    """The records of `model` that a purge up to `cut_off` deletes: not held, and needed by no other record."""
    found = model._base_manager.filter(expires_on__lte=cut_off)
    if is_retained(model):
        found = found.filter(hold__isnull=True)
    for other, name in (*referrers(model), *followers(model)):
        needing = other._base_manager.filter(**{name: models.OuterRef("pk")})
        if other.data_policy.follows == name:  # type: ignore[attr-defined]
            needing = needing.filter(hold__isnull=False)
        found = found.filter(~models.Exists(needing))
    return found


def counted(model: type[models.Model]) -> models.QuerySet[Any]:
    """The records of `model` that figures count: all except canaries."""
    every = model._base_manager.all()
    return every.filter(is_canary=False) if is_retained(model) else every


def held(model: type[models.Model], cut_off: Any) -> models.QuerySet[Any]:
    """The records of `model` past their day that a hold keeps."""
    if not is_retained(model):
        return model._base_manager.none()
    return model._base_manager.filter(expires_on__lte=cut_off, hold__isnull=False)


def past(model: type[models.Model], day: Any) -> models.QuerySet[Any]:
    """The records of `model` due on `day` or before and not held, no canaries: after a purge there are none."""
    found = counted(model).filter(expires_on__lte=day)
    return found.filter(hold__isnull=True) if is_retained(model) else found


def by_kind(found: Callable[[Any], models.QuerySet[Any]], *columns: str, **figures: Any) -> list[tuple[Any, ...]]:
    """Figures of every model with a period, in one statement however many models there are.

    `found` gives the records of one model. Each row is the kind's pinned name, its `columns`, and its `figures`
    (aggregates) grouped by these.
    """
    querysets = [
        found(model)
        .order_by()
        .annotate(kind_=models.Value(name_of(model), output_field=models.TextField()))
        .values("kind_", *columns)
        .annotate(**figures)
        .values_list("kind_", *columns, *figures)
        for model in purged_models()
    ]
    return list(querysets[0].union(*querysets[1:], all=True))


def due_by_day(after: Any, last: Any) -> dict[str, dict[Any, int]]:
    """By kind: how many records are due on each day after `after` up to `last`, unless something holds them."""
    days: dict[str, dict[Any, int]] = {name_of(model): {} for model in purged_models()}
    within = by_kind(
        lambda model: past(model, last).filter(expires_on__gt=after), "expires_on", number=models.Count("pk")
    )
    for kind, day, number in within:
        days[kind][day] = number
    return days


def file_fields(model: type[models.Model]) -> list[models.FileField]:
    """The fields of `model` that hold the name of a file."""
    return [field for field in model._meta.concrete_fields if isinstance(field, models.FileField)]
