"""One record of every retained model, and holds."""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
from collections.abc import Callable
from typing import Any

from privacy.dates import london_today
from retention.models import Hold
from tests import factories
from visits import actions

_numbers = itertools.count(1)

RETAINED: dict[str, Callable[[Any], Any]] = {
    "visits.Customer": lambda by: factories.make_customer(by=by, **factories.MARKED),
    "visits.Enquiry": lambda by: factories.make_enquiry(by=by, outcome="open", **factories.MARKED_WORDS),
    "visits.Amendment": lambda by: actions.amend_enquiry(
        factories.make_enquiry(by=by), text="zyxwtext", submission=uuid.uuid4(), by=by
    ),
    "visits.Draft": lambda by: actions.save_draft(
        uuid.uuid4(), page="counter", content={"narrative": "zyxwdraft"}, revision=0, by=by
    ),
}


def make_hold(by: Any) -> Hold:
    return Hold.objects.create(
        record_type="tests.Record",
        record_id=next(_numbers),
        reason=Hold.Reason.DISPUTE,
        authority="C/1",
        responsible=by,
        review_on=london_today() + dt.timedelta(days=90),
    )
