"""The references of records, for an access log that knows no record app by name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from privacy.naming import model_of
from privacy.references import has_reference
from sharing.models import AccessEvent


def reference_of(events: Iterable[AccessEvent]) -> dict[tuple[str, int], str]:
    """The reference of each record the events name, where it has one and is still there; a query for each kind."""
    ids: dict[str, set[int]] = defaultdict(set)
    for event in events:
        ids[event.record_type].update(event.record_ids)
    return {
        (record_type, pk): reference
        for record_type, wanted in ids.items()
        if (model := model_of(record_type)) and has_reference(model)
        for pk, reference in model._default_manager.filter(pk__in=wanted).values_list("pk", "reference")
    }
