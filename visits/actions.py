"""What is done to customers, enquiries and amendments."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max

from drafts.actions import begin_draft, discard_draft, finish_draft
from drafts.models import Draft
from drafts.pages import Page
from privacy.actions import index_record, unindex_record
from privacy.dates import database_now, london_date
from privacy.references import make_reference
from retention.actions import move_due_date
from retention.canary_makers import CanaryFields, NoCanary, makes_canaries
from services.models import Service
from visits.models import UNDO_SECONDS, Amendment, Customer, Enquiry, Outcome
from visits.pages import CUSTOMER


class Changed(Exception):
    """Somebody else changed the customer since this page was shown."""


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


class AlreadyLogged(Exception):
    """Another page with the same beginnings was sent first, and said something else."""

    def __init__(self, enquiry: Enquiry) -> None:
        super().__init__()
        self.enquiry = enquiry


# --- customers --------------------------------------------------------------------------------------------------------


@transaction.atomic
def add_customer(
    *, by: Any, submission: uuid.UUID | None = None, kept: dict[str, str] | None = None, **details: Any
) -> Customer:
    """Add a person with whatever is known of them. Never matched to another: that is for people to decide.

    Ends the draft `submission`; what it `kept` of an enquiry begun beside becomes a draft on the person's page.
    """
    now, number, began = finish_draft(submission, by=by)
    customer = Customer.objects.create(
        reference=make_reference("CUS", number), last_contact_on=london_date(now), created_by=by, **details
    )
    if kept:
        begin_draft(CUSTOMER.page(customer.reference), content=kept, by=by, began=began)
    return index_record(customer)


@transaction.atomic
def change_customer(
    customer: Customer, *, version: int, by: Any, submission: uuid.UUID | None = None, **details: Any
) -> Customer:
    """Correct a person's details and end the draft. Raises Changed unless `version` is the one in the database."""
    locked: Customer = Customer.objects.select_for_update().get(pk=customer.pk)
    if locked.version != version:
        raise Changed
    for name, value in details.items():
        setattr(locked, name, value)
    locked.version += 1
    locked.save(update_fields=[*details, "version"])
    if submission is not None:
        discard_draft(submission, by=by)
    return index_record(locked)


def _touch_customer(customer: Customer, day: dt.date) -> Customer:
    """Lock the person and let their period begin on `day`, unless a later contact is known."""
    locked = Customer.objects.select_for_update(no_key=True).filter(pk=customer.pk)
    # Seen today already, and most likely still so: then the lock is all that is needed, and nothing is unsealed.
    if customer.last_contact_on >= day and locked.values_list("last_contact_on", flat=True).get() >= day:
        return customer
    whole: Customer = locked.get()
    if whole.last_contact_on < day:
        move_due_date(whole, since=day)
    return customer


# --- enquiries --------------------------------------------------------------------------------------------------------


def open_enquiry(
    *, submission: uuid.UUID, by: Any, new_customer: dict[str, Any] | None = None, **details: Any
) -> Enquiry:
    """Log an enquiry, closed at once unless its outcome is left open; with `new_customer`, of a person added with it.

    It began when its draft did, or now. Sent twice it is made once; raises AlreadyLogged when the second says
    otherwise, of the enquiry or of the person added with it.
    """
    try:
        return _open_enquiry(submission=submission, by=by, new_customer=new_customer, **details)
    except IntegrityError:
        # A refusal of the database rolled the transaction back: ask what stands there.
        earlier: Enquiry | None = Enquiry.objects.filter(submission=submission, adviser=by).first()
        if earlier is None:
            raise
    if new_customer is not None:
        details.pop("customer", None)
        if earlier.customer is None or _differs(earlier.customer, new_customer):
            raise AlreadyLogged(earlier)
    if _differs(earlier, details):
        raise AlreadyLogged(earlier)
    return earlier


def _differs(record: Any, details: dict[str, Any]) -> bool:
    return any(getattr(record, name) != value for name, value in details.items())


@transaction.atomic
def _open_enquiry(
    *,
    submission: uuid.UUID,
    by: Any,
    service: Service,
    outcome: str,
    customer: Customer | None,
    new_customer: dict[str, Any] | None,
    **details: Any,
) -> Enquiry:
    now, number, began = finish_draft(submission, by=by)
    day = london_date(began)
    if new_customer is not None:
        customer = add_customer(by=by, **new_customer)
    elif customer is not None:
        customer = _touch_customer(customer, day)
    closed = outcome != Outcome.OPEN
    enquiry = Enquiry.objects.create(
        reference=make_reference("ENQ", number),
        submission=submission,
        customer=customer,
        service=service,
        outcome=outcome,
        contact_on=day,
        started_at=began,
        ended_at=now if closed else None,
        closed_by=by if closed else None,
        logged_at=now,
        adviser=by,
        location_id=by.location_id,
        **details,
    )
    if enquiry.caller_name:
        index_record(enquiry)
    return enquiry


@transaction.atomic
def close_enquiry(
    enquiry: Enquiry, *, outcome: str, narrative: str, referred_to: Service | None, by: Any, submission: uuid.UUID
) -> Enquiry:
    """Say how an open enquiry ended; `narrative` is added below what was noted before.

    Sent twice it is closed once. Raises AlreadyClosed when it was closed otherwise, and TooLong.
    """
    locked: Enquiry = Enquiry.objects.select_for_update(of=("self",)).get(pk=enquiry.pk)
    if not locked.is_open:
        # The same person says again what already stands there: the page was sent twice.
        if _differs(locked, {"outcome": outcome, "referred_to": referred_to, "closed_by": by}):
            raise AlreadyClosed
        if not locked.narrative.endswith(narrative):
            raise AlreadyClosed
        return locked
    together = "\n\n".join(part for part in (locked.narrative, narrative) if part)
    longest: Any = Enquiry._meta.get_field("narrative").max_length
    if len(together) > longest:
        raise TooLong(max(0, longest - len(together) + len(narrative)))
    now, _, _ = finish_draft(submission, by=by)
    locked.outcome = outcome
    locked.referred_to = referred_to
    locked.narrative = together
    locked.ended_at = now
    locked.closed_by = by
    locked.save(update_fields=["outcome", "referred_to", "narrative", "ended_at", "closed_by"])
    return locked


@transaction.atomic
def amend_enquiry(enquiry: Enquiry, *, text: str, submission: uuid.UUID, by: Any) -> Amendment:
    """Add to a closed enquiry. Sent twice it is added once. Raises StillOpen."""
    locked: Enquiry = Enquiry.objects.select_for_update(of=("self",), no_key=True).get(pk=enquiry.pk)
    if locked.is_open:
        raise StillOpen
    earlier: Amendment | None = Amendment.objects.filter(submission=submission, enquiry=locked).first()
    if earlier is not None:
        return earlier
    now, _, _ = finish_draft(submission, by=by)
    return Amendment.objects.create(enquiry=locked, text=text, submission=submission, added_at=now, added_by=by)


@transaction.atomic
def attach_customer(enquiry: Enquiry, *, customer: Customer, by: Any) -> Enquiry:
    """Say whose enquiry it was. The start time and the words stay as they are. Raises AlreadyAttached."""
    locked: Enquiry = Enquiry.objects.select_for_update(of=("self",)).get(pk=enquiry.pk)
    if locked.customer_id is not None:
        raise AlreadyAttached
    locked.customer = _touch_customer(customer, locked.contact_on)
    locked.save(update_fields=["customer"])
    unindex_record(locked)
    return locked


@transaction.atomic
def undo_enquiry(enquiry: Enquiry, *, content: dict[str, str], page: Page, by: Any) -> Draft:
    """Take back an enquiry just logged, and make a draft of `content` again with its start time.

    Raises TooLateToUndo.
    """
    locked: Enquiry = Enquiry.objects.select_for_update(of=("self",)).get(pk=enquiry.pk)
    too_old = database_now() - locked.logged_at > dt.timedelta(seconds=UNDO_SECONDS)
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
    _, number, _ = finish_draft(None, by=by)
    customer = Customer.objects.create(reference=make_reference("CUS", number), created_by=by, **fields.fill(Customer))
    index_record(customer)
    _, number, _ = finish_draft(None, by=by)
    told = fields.fill(Enquiry)
    noon = fields.noon(told["contact_on"])
    enquiry = Enquiry.objects.create(
        reference=make_reference("ENQ", number),
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
