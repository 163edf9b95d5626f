"""Kinds of records and their references, for whoever knows no record app by name."""

from __future__ import annotations

from typing import Any

from django.apps import apps

from privacy.policy import our_models


def record_with(reference: str) -> tuple[str, int] | None:
    """Kind and number of the record that bears `reference`; None if there is none."""
    for model in our_models():
        if has_reference(model):
            pk = model._default_manager.filter(reference=reference).values_list("pk", flat=True).first()
            if pk is not None:
                return name_of(model), pk
    return None


def kind_of(record_type: str) -> str:
    """What a kind of record is called; its stored name where the model is no more."""
    model = model_of(record_type)
    return str(model._meta.verbose_name) if model else record_type


def name_of(model: Any) -> str:
    """The name under which a kind of record is stored: in holds, counts, the ledger, notes of deleted files."""
    name: str = model._meta.label
    return name


def model_of(record_type: str) -> Any:
    """The model of a kind of record; None where it is no more."""
    try:
        return apps.get_model(record_type)
    except (LookupError, ValueError):
        return None


def has_reference(model: Any) -> bool:
    """Whether records of `model` bear a reference."""
    return any(field.name == "reference" for field in model._meta.concrete_fields)
