"""Records that are due on a day that a test chooses, and what is left of them."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.db import connection

from drafts.models import Draft
from privacy.dates import database_now, london_today, years
from retention.actions import move_due_date, place_hold
from retention.models import Hold
from tests import factories
from tests.retention.builders import make_hold
from visits import actions
from visits.models import Customer, Enquiry


def contact(by: Any, *, days_ago: int = 0, **details: Any) -> Enquiry:
    """An enquiry that began so many days ago: due six years after that day."""
    submission = uuid.uuid4()
    began = database_now() - dt.timedelta(days=days_ago)
    Draft.objects.create(submission=submission, adviser=by, page="counter", content={"a": "b"}, started_at=began)
    return factories.make_enquiry(
        by=by, submission=submission, came_today=False, **{"summary": "zyxwsummary"} | details
    )


def due_day(days_ago: int = 0) -> dt.date:
    """The day on which a record of so many days ago is due."""
    return years(6).after(london_today() - dt.timedelta(days=days_ago))


def person(by: Any, *, days_ago: int = 0) -> Any:
    """A customer last seen so many days ago, with one enquiry and an addition to it."""
    customer = factories.make_customer(by=by, **factories.MARKED)
    enquiry = contact(by, days_ago=days_ago, customer=customer, **factories.MARKED_WORDS)
    actions.amend_enquiry(enquiry, text="zyxwtext", submission=uuid.uuid4(), by=by)
    return move_due_date(Customer.objects.get(pk=customer.pk), since=enquiry.contact_on)


def hold(record: Any, by: Any) -> Hold:
    """A hold on one row, put there directly."""
    placed = make_hold(by)
    type(record).objects.filter(pk=record.pk).update(hold=placed)
    return placed


def place(record: Any, by: Any, **given: Any) -> Hold:
    """A hold as the officer places it."""
    usual = {
        "reason": Hold.Reason.LEGAL_CLAIM,
        "authority": "CLAIM/7",
        "responsible": by,
        "review_on": london_today() + dt.timedelta(days=90),
    }
    return place_hold(record, by=by, **usual | given)


def rows(*tables: str) -> dict[str, int]:
    """How many rows each table has."""
    with connection.cursor() as cursor:
        counts = {}
        for table in tables:
            cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608
            counts[table] = cursor.fetchone()[0]
    return counts


RECORDS = ("visits_customer", "visits_enquiry", "visits_enquiryentry", "privacy_searchentry", "privacy_searchword")
