"""The references of records, for an access log that knows no record app by name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist

from privacy.policy import our_models
from sharing.models import AccessEvent


def reference_of(events: Iterable[AccessEvent]) -> dict[tuple[str, int], str]:
    """The reference of each record the events name, where it has one and is still there; a query for each kind."""
    ids: dict[str, set[int]] = defaultdict(set)
    for event in events:
        ids[event.record_type].update(event.record_ids)
    return {
        (record_type, pk): reference
        for record_type, wanted in ids.items()
        if (model := _model(record_type)) and _has_reference(model)
        for pk, reference in model._default_manager.filter(pk__in=wanted).values_list("pk", "reference")
    }


def record_with(reference: str) -> tuple[str, int] | None:
    """Kind and number of the record that bears `reference`; None if there is none."""
    for model in our_models():
        if _has_reference(model):
            pk = model._default_manager.filter(reference=reference).values_list("pk", flat=True).first()
            if pk is not None:
                return model._meta.label, pk
    return None


def kind_of(record_type: str) -> str:
    """What a kind of record is called; its stored name where the model is no more."""
    model = _model(record_type)
    return str(model._meta.verbose_name) if model else record_type


def _model(record_type: str) -> Any:
    try:
        return apps.get_model(record_type)
    except LookupError:
        return None


def _has_reference(model: Any) -> bool:
    try:
        return bool(model._meta.get_field("reference"))
    except FieldDoesNotExist:
        return False
