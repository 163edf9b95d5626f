"""The pinned names of kinds of record, for whoever knows no record app by name."""

from __future__ import annotations

from typing import Any

from privacy.policy import our_models


def name_of(model: Any) -> str:
    """The pinned name of a model or record: what stays when the model is renamed or moved."""
    name: str = model.data_policy.name
    return name


def model_of(name: str) -> Any:
    """The model that bears a pinned name; None where there is none any more."""
    return next((model for model in our_models() if model.data_policy.name == name), None)  # type: ignore[attr-defined]


def called(record: Any) -> str:
    """What a record is called on a page: its reference, or its kind and number. Never a word of what it holds."""
    return str(getattr(record, "reference", "") or f"{kind_of(name_of(record))} {record.pk}")


def kind_of(name: str) -> str:
    """What a kind of record is called on a page; its pinned name where the model is no more."""
    model = model_of(name)
    return str(model._meta.verbose_name) if model else name
