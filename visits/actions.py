"""What is done to customers, enquiries and amendments."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.db.models import Max

from drafts.actions import Sending, begin_draft, sent_once
from drafts.models import Draft
from drafts.pages import Page
from privacy.actions import index_record, unindex_record
from privacy.dates import london_date
from privacy.references import make_reference, next_number
from retention.actions import move_due_date
from retention.canary_makers import CanaryFields, NoCanary, makes_canaries
from services.models import Service
from visits.models import UNDO_SECONDS, Amendment, Customer, Enquiry, Outcome
from visits.pages import CUSTOMER


class Changed(Exception):
    """Somebody else changed the customer since this page was shown."""


class Gone(Exception):
    """The customer or enquiry was taken back or deleted since the page was shown."""


class AlreadyClosed(Exception):
    """The enquiry is closed: it can be added to, not changed."""


class TooLong(Exception):
    """With what was noted before, the words would be longer than an enquiry's may be; `room` characters are left."""

    def __init__(self, room: int) -> None:
        super().__init__()
        self.room = room


class StillOpen(Exception):
    """The enquiry is open: it is closed first, and added to afterwards."""


class TooLateToUndo(Exception):
    """The time to take the enquiry back is over, somebody added to it, or another person logged it."""


class AlreadyAttached(Exception):
    """The enquiry has a customer already."""


class WhichDay(Exception):
    """What is being logged was begun on an earlier `day`, and nobody said on which the person came."""

    def __init__(self, day: dt.date) -> None:
        super().__init__()
        self.day = day


def _lock(model: type[Any], record: Any, *, no_key: bool = False) -> Any:
    """The record as it is now, locked. Raises Gone."""
    locked = model.objects.select_for_update(of=("self",), no_key=no_key).filter(pk=record.pk).first()
    if locked is None:
        raise Gone
    return locked


# --- customers --------------------------------------------------------------------------------------------------------


@sent_once
def add_customer(*, sending: Sending, by: Any, kept: dict[str, str] | None = None, **details: Any) -> Customer:
    """Add a person with whatever is known of them. Never matched to another: that is for people to decide.

    What was `kept` of an enquiry begun beside becomes a draft on the person's page.
    """
    customer = _add_customer(sending.now, sending.number, by=by, **details)
    if kept:
        begin_draft(CUSTOMER.page(customer.reference), content=kept, by=by, began=sending.began)
    return customer


def _add_customer(now: dt.datetime, number: int, *, by: Any, **details: Any) -> Customer:
    customer = Customer.objects.create(
        reference=make_reference("CUS", number), last_contact_on=london_date(now), created_by=by, **details
    )
    return index_record(customer)


@sent_once
def change_customer(customer: Customer, *, version: int, sending: Sending, by: Any, **details: Any) -> Customer:
    """Correct a person's details. Raises Gone, and Changed unless `version` is the one in the database."""
    locked: Customer = _lock(Customer, customer)
    if locked.version != version:
        raise Changed
    for name, value in details.items():
        setattr(locked, name, value)
    locked.version += 1
    locked.save(update_fields=[*details, "version"])
    return index_record(locked)


def _touch_customer(customer: Customer, day: dt.date) -> Customer:
    """Lock the person and let their period begin on `day`, unless a later contact is known. Raises Gone."""
    locked = Customer.objects.select_for_update(no_key=True).filter(pk=customer.pk)
    # Seen today already, and most likely still so: then the lock is all that is needed, and nothing is unsealed.
    if customer.last_contact_on >= day:
        known = locked.values_list("last_contact_on", flat=True).first()
        if known is not None and known >= day:
            return customer
    whole: Customer = _lock(Customer, customer, no_key=True)
    if whole.last_contact_on < day:
        move_due_date(whole, since=day)
    return customer


# --- enquiries --------------------------------------------------------------------------------------------------------


@sent_once
def open_enquiry(
    *,
    sending: Sending,
    by: Any,
    service: Service,
    outcome: str,
    customer: Customer | None,
    new_customer: dict[str, Any] | None = None,
    came_today: bool | None = None,
    **details: Any,
) -> Enquiry:
    """Log an enquiry, closed at once unless its outcome is left open; with `new_customer`, of a person added with it.

    It began when its draft did, or now. Raises WhichDay where that was on an earlier day, unless `came_today` says
    whether the person came today (then it begins now) or when it was begun (then it ended when it was last typed in).
    """
    now, began, ended = sending.now, sending.began, sending.now
    if london_date(began) < london_date(now):
        if came_today is None:
            raise WhichDay(london_date(began))
        began, ended = (now, now) if came_today else (began, sending.touched)
    day = london_date(began)
    if new_customer is not None:
        customer = _add_customer(began, next_number(), by=by, **new_customer)
    elif customer is not None:
        customer = _touch_customer(customer, day)
    closed = outcome != Outcome.OPEN
    enquiry = Enquiry.objects.create(
        reference=make_reference("ENQ", sending.number),
        customer=customer,
        service=service,
        outcome=outcome,
        contact_on=day,
        started_at=began,
        ended_at=ended if closed else None,
        closed_by=by if closed else None,
        logged_at=now,
        adviser=by,
        location_id=by.location_id,
        **details,
    )
    if enquiry.caller_name:
        index_record(enquiry)
    return enquiry


@sent_once
def close_enquiry(
    enquiry: Enquiry, *, outcome: str, narrative: str, referred_to: Service | None, by: Any, sending: Sending
) -> Enquiry:
    """Say how an open enquiry ended; `narrative` is added below what was noted before.

    Raises Gone, AlreadyClosed and TooLong.
    """
    locked: Enquiry = _lock(Enquiry, enquiry)
    if not locked.is_open:
        raise AlreadyClosed
    together = "\n\n".join(part for part in (locked.narrative, narrative) if part)
    longest: Any = Enquiry._meta.get_field("narrative").max_length
    if len(together) > longest:
        raise TooLong(max(0, longest - len(together) + len(narrative)))
    locked.outcome = outcome
    locked.referred_to = referred_to
    locked.narrative = together
    locked.ended_at = sending.now
    locked.closed_by = by
    locked.save(update_fields=["outcome", "referred_to", "narrative", "ended_at", "closed_by"])
    return locked


@sent_once
def amend_enquiry(enquiry: Enquiry, *, text: str, sending: Sending, by: Any) -> Amendment:
    """Add to a closed enquiry. Raises Gone and StillOpen."""
    locked: Enquiry = _lock(Enquiry, enquiry, no_key=True)
    if locked.is_open:
        raise StillOpen
    return Amendment.objects.create(enquiry=locked, text=text, added_at=sending.now, added_by=by)


@sent_once
def attach_customer(enquiry: Enquiry, *, customer: Customer, by: Any, sending: Sending) -> Enquiry:
    """Say whose enquiry it was. The start time and the words stay as they are. Raises Gone and AlreadyAttached."""
    locked: Enquiry = _lock(Enquiry, enquiry)
    if locked.customer_id is not None:
        raise AlreadyAttached
    locked.customer = _touch_customer(customer, locked.contact_on)
    locked.save(update_fields=["customer"])
    unindex_record(locked)
    return locked


@sent_once
def undo_enquiry(enquiry: Enquiry, *, content: dict[str, str], page: Page, by: Any, sending: Sending) -> Draft:
    """Take back an enquiry just logged, and make a draft of `content` again with its start time.

    Raises TooLateToUndo.
    """
    locked = Enquiry.objects.select_for_update(of=("self",)).filter(pk=enquiry.pk).first()
    if locked is None:
        raise TooLateToUndo
    too_old = sending.now - locked.logged_at > dt.timedelta(seconds=UNDO_SECONDS)
    if too_old or locked.adviser_id != by.pk or locked.hold_id is not None or locked.amendments.exists():
        raise TooLateToUndo
    customer_id, began = locked.customer_id, locked.started_at
    unindex_record(locked)
    locked.delete()
    if customer_id is not None:
        _settle_customer(customer_id)
    return begin_draft(page, content=content, by=by, began=began)


def _settle_customer(customer_id: int) -> None:
    """Let the person's period begin on the last contact that there still is."""
    customer = Customer.objects.select_for_update(no_key=True).get(pk=customer_id)
    last = customer.enquiries.aggregate(day=Max("contact_on"))["day"] or london_date(customer.created_at)
    if last != customer.last_contact_on:
        move_due_date(customer, since=last)


# --- canaries ---------------------------------------------------------------------------------------------------------


@makes_canaries(Customer, Enquiry, Amendment)
@transaction.atomic
def make_canary(fields: CanaryFields, by: Any) -> None:
    """Make one canary: a customer, a closed enquiry of theirs, and an amendment. Raises NoCanary."""
    service = Service.objects.order_by("pk").first()
    if service is None:
        raise NoCanary("There is no service yet that an enquiry could be about.")
    customer = Customer.objects.create(
        reference=make_reference("CUS", next_number()), created_by=by, **fields.fill(Customer)
    )
    index_record(customer)
    told = fields.fill(Enquiry)
    noon = fields.noon(told["contact_on"])
    enquiry = Enquiry.objects.create(
        reference=make_reference("ENQ", next_number()),
        customer=customer,
        service=service,
        legal_basis=service.legal_basis,
        started_at=noon,
        ended_at=noon,
        adviser=by,
        closed_by=by,
        **told,
    )
    index_record(enquiry)
    Amendment.objects.create(enquiry=enquiry, added_by=by, **fields.fill(Amendment))
