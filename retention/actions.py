"""What is done to a record's days."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction

from privacy.sealed import SealedField


def sealed_field_names(record: Any) -> list[str]:
    """The fields that must be sealed anew when the record's day moves."""
    return [field.name for field in record._meta.concrete_fields if isinstance(field, SealedField)]


@transaction.atomic
def move_due_date(record: Any, *, since: dt.date) -> Any:
    """Let `record`'s period begin on `since`, and seal it anew for its new day. The caller holds the row's lock."""
    setattr(record, record.data_policy.since, since)
    record.save(update_fields=[record.data_policy.since, "expires_on", "sealed_until", *sealed_field_names(record)])
    return record
