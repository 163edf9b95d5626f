"""Move the day on which a record is due."""

from __future__ import annotations

import datetime as dt
from typing import Any

from auditlog.context import disable_auditlog
from django.db import transaction

from privacy.sealed import sealed_field_names


@transaction.atomic(savepoint=False)
def move_due_date(record: Any, *, since: dt.date) -> Any:
    """Let the period of `record` begin on `since`, and seal it again for its new day. The caller has locked the row."""
    setattr(record, record.data_policy.since, since)
    # Nobody changed the record: its days follow from the contact, which is audited itself.
    with disable_auditlog():
        record.save(update_fields=[record.data_policy.since, "expires_on", "sealed_until", *sealed_field_names(record)])
    return record
