"""What is done to customers, enquiries and the entries in their records."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.db.models import Max, Q
from django.db.models.functions import Now

from drafts.actions import Sending, begin_draft, sent_once
from drafts.models import Draft
from drafts.pages import Page
from privacy.actions import index_record, unindex_record
from privacy.dates import london_date
from privacy.references import make_reference, next_number
from retention.actions import hold_together, lock_holds, move_due_date
from retention.canary_makers import CanaryFields, NoCanary, makes_canaries
from retention.relations import foreign_keys_to
from services.models import Service
from visits.models import (
    MOVING,
    PRESENT_FOR,
    UNDO_SECONDS,
    Customer,
    Enquiry,
    EnquiryEntry,
    EntryKind,
    Outcome,
    Presence,
    in_words,
)
from visits.pages import CUSTOMER, NEW_CUSTOMER


class Changed(Exception):
    """Somebody else changed fields of the customer that were changed here too: `clashes` names them."""

    def __init__(self, clashes: list[str]) -> None:
        super().__init__()
        self.clashes = clashes


class Gone(Exception):
    """The customer or enquiry was taken back or deleted since the page was shown."""


class AlreadyClosed(Exception):
    """The enquiry is closed: it can be added to, not changed."""


class TooLateToUndo(Exception):
    """The time to take it back is over, something else came of it, or another person did it."""


class AlreadyAttached(Exception):
    """The enquiry has a customer already."""


class SameCustomer(Exception):
    """The enquiry is of this customer already."""


class NotYours(Exception):
    """Only who logged the enquiry, or a manager, moves it to another customer."""


class ReasonNeeded(Exception):
    """The time to move the enquiry without a reason is over."""


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
def change_customer(
    customer: Customer,
    *,
    version: int,
    sending: Sending,
    by: Any,
    seen: dict[str, str] | None = None,
    keep: dict[str, str] | None = None,
    **details: Any,
) -> Customer:
    """Correct a person's details: what is not as it was `seen` is written, the rest stays as a colleague left it.

    Raises Gone, and Changed where a colleague changed the same field otherwise, unless `keep` says of each such field
    whether "mine" or "theirs" is kept, and `version` is still the one in the database. Without `seen` a page of another
    version saw nothing.
    """
    locked: Customer = _lock(Customer, customer)
    now = locked.in_words()
    before = (now if locked.version == version else {}) if seen is None else seen
    mine = {name: value for name, value in details.items() if in_words(value) != before.get(name)}
    clashes = [name for name, value in mine.items() if now[name] not in (before.get(name), in_words(value))]
    keep = (keep or {}) if locked.version == version else {}
    if not keep.keys() >= set(clashes):
        raise Changed(clashes)
    written = {name: value for name, value in mine.items() if name not in clashes or keep[name] == "mine"}
    if not written:
        return locked
    for name, value in written.items():
        setattr(locked, name, value)
    locked.version += 1
    locked.save(update_fields=[*written, "version"])
    return index_record(locked)


@sent_once
def take_back_customer(customer: Customer, *, content: dict[str, str], by: Any, sending: Sending) -> Draft:
    """Take back a customer just added in error, and make a draft of `content`, and of what was typed since, again.

    Raises TooLateToUndo; also when anything else hangs on the customer by now.
    """
    locked = Customer.objects.select_for_update(of=("self",)).filter(pk=customer.pk).first()
    if locked is None or locked.created_by_id != by.pk or not _can_undo(locked.created_at, sending):
        raise TooLateToUndo
    if locked.version > 1 or locked.hold_id is not None or _is_named(locked):
        raise TooLateToUndo
    unindex_record(locked)
    locked.delete()
    began = locked.created_at
    for draft in Draft.objects.of(by).select_for_update(of=("self",)).filter(page=str(CUSTOMER.page(locked.reference))):
        content, began = dict(draft.content) | content, min(began, draft.started_at)
        draft.delete()
    return begin_draft(NEW_CUSTOMER.page(), content=content, by=by, began=began)


def _is_named(customer: Customer) -> bool:
    """Whether any record is about this customer, or says that it once was."""
    told = EnquiryEntry.objects.filter(Q(customer_was=customer.pk) | Q(customer_is=customer.pk))
    keys = foreign_keys_to(Customer)
    return told.exists() or any(model._base_manager.filter(**{name: customer.pk}).exists() for model, name in keys)


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
        owner=by,
        location_id=by.location_id,
        **details,
    )
    if enquiry.caller_name:
        index_record(enquiry)
    return enquiry


@sent_once
def close_enquiry(
    enquiry: Enquiry, *, outcome: str, text: str, referred_to: Service | None, by: Any, sending: Sending
) -> Enquiry:
    """Say how an open enquiry ended; what was said at the end is an entry of its own. Raises Gone and AlreadyClosed."""
    locked: Enquiry = _lock(Enquiry, enquiry)
    if not locked.is_open:
        raise AlreadyClosed
    if text:
        _add_entry(locked, EntryKind.CLOSING, text=text, by=by, now=sending.now)
    locked.outcome = outcome
    locked.referred_to = referred_to
    locked.ended_at = sending.now
    locked.closed_by = by
    locked.save(update_fields=["outcome", "referred_to", "ended_at", "closed_by"])
    return locked


@sent_once
def amend_enquiry(enquiry: Enquiry, *, text: str, sending: Sending, by: Any) -> EnquiryEntry:
    """Add to an enquiry: a note while it is open, an addition to the record afterwards. Raises Gone."""
    locked: Enquiry = _lock(Enquiry, enquiry, no_key=True)
    kind = EntryKind.NOTE if locked.is_open else EntryKind.AMENDMENT
    return _add_entry(locked, kind, text=text, by=by, now=sending.now)


@sent_once
def hand_over_enquiry(enquiry: Enquiry, *, to: Any, text: str, by: Any, sending: Sending) -> Enquiry:
    """Let a colleague go on with an open enquiry; `text` tells them what is to be done. Raises Gone, AlreadyClosed."""
    locked: Enquiry = _lock(Enquiry, enquiry)
    if not locked.is_open:
        raise AlreadyClosed
    _add_entry(locked, EntryKind.HANDED_OVER, text=text, handed_to=to, by=by, now=sending.now)
    locked.owner = to
    locked.save(update_fields=["owner"])
    return locked


def _add_entry(enquiry: Enquiry, kind: str, *, by: Any, now: dt.datetime, **said: Any) -> EnquiryEntry:
    entry: EnquiryEntry = EnquiryEntry.objects.create(enquiry=enquiry, kind=kind, added_at=now, added_by=by, **said)
    return entry


@sent_once
def attach_customer(enquiry: Enquiry, *, customer: Customer, by: Any, sending: Sending) -> Enquiry:
    """Say whose enquiry it was. The start time and the words stay as they are. Raises Gone and AlreadyAttached."""
    lock_holds()
    locked: Enquiry = _lock(Enquiry, enquiry)
    if locked.customer_id is not None:
        raise AlreadyAttached
    return _give(locked, customer, kind=EntryKind.ATTACHED, by=by, now=sending.now)


@sent_once
def move_enquiry(enquiry: Enquiry, *, customer: Customer, reason: str, by: Any, sending: Sending) -> Enquiry:
    """Say that an enquiry was another customer's: who logged it within the undo time, later they or a manager.

    Raises Gone, NotYours, SameCustomer, and ReasonNeeded when it is later and there is no `reason`.
    """
    lock_holds()
    locked: Enquiry = _lock(Enquiry, enquiry)
    if not locked.may_be_moved_by(by):
        raise NotYours
    if locked.customer_id == customer.pk:
        raise SameCustomer
    is_fresh = locked.adviser_id == by.pk and _can_undo(locked.logged_at, sending)
    if not reason and not is_fresh:
        raise ReasonNeeded
    kind = EntryKind.ATTACHED if locked.customer_id is None else EntryKind.MOVED
    return _give(locked, customer, kind=kind, text=reason, by=by, now=sending.now)


@sent_once
def take_back_move(enquiry: Enquiry, *, by: Any, sending: Sending) -> Enquiry:
    """Undo attaching or moving an enquiry, if `by` did so a moment ago and nobody did since. Raises TooLateToUndo."""
    lock_holds()
    locked = Enquiry.objects.select_for_update(of=("self",)).filter(pk=enquiry.pk).first()
    if locked is None:
        raise TooLateToUndo
    last = locked.entries.moves().last()
    if last is None or last.kind == EntryKind.TAKEN_BACK or last.added_by_id != by.pk:
        raise TooLateToUndo
    before = Customer.objects.filter(pk=last.customer_was).first()
    if not _can_undo(last.added_at, sending) or (before is None) != (last.customer_was is None):
        raise TooLateToUndo
    return _give(locked, before, kind=EntryKind.TAKEN_BACK, by=by, now=sending.now)


def _can_undo(at: dt.datetime, sending: Sending) -> bool:
    return sending.now - at <= dt.timedelta(seconds=UNDO_SECONDS)


def _give(
    enquiry: Enquiry, customer: Customer | None, *, kind: str, by: Any, now: dt.datetime, text: str = ""
) -> Enquiry:
    """Let a locked enquiry be of `customer`, or of nobody, with an entry that says so; both their periods follow.

    What a hold keeps with the enquiry or the customer it keeps from now on; what it has kept so far stays kept.
    """
    before, after = enquiry.customer_id, customer.pk if customer else None
    both = Customer.objects.select_for_update(no_key=True).filter(pk__in=[pk for pk in (before, after) if pk])
    list(both.order_by("pk").values_list("pk"))  # in one order, whoever else moves an enquiry between the two
    _add_entry(enquiry, kind, text=text, customer_was=before, customer_is=after, by=by, now=now)
    enquiry.customer = _touch_customer(customer, enquiry.contact_on) if customer else None
    enquiry.save(update_fields=["customer"])
    if before is not None:
        _settle_customer(before)
    if customer is None and enquiry.caller_name:
        index_record(enquiry)
    else:
        unindex_record(enquiry)
    hold_together(*[record for record in (enquiry, customer) if record])
    return enquiry


@sent_once
def undo_enquiry(enquiry: Enquiry, *, content: dict[str, str], page: Page, by: Any, sending: Sending) -> Draft:
    """Take back an enquiry just logged, and make a draft of `content` again with its start time.

    Raises TooLateToUndo.
    """
    locked = Enquiry.objects.select_for_update(of=("self",)).filter(pk=enquiry.pk).first()
    if locked is None:
        raise TooLateToUndo
    is_late = not _can_undo(locked.logged_at, sending)
    # Whose it was said to be goes with it; what else was added since does not.
    others = locked.entries.exclude(kind__in=MOVING, added_by=by)
    if is_late or locked.adviser_id != by.pk or locked.hold_id is not None or others.exists():
        raise TooLateToUndo
    customer_id, began = locked.customer_id, locked.started_at
    unindex_record(locked)
    locked.entries.all().delete()
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


# --- who is there -----------------------------------------------------------------------------------------------------


@transaction.atomic
def note_presence(reference: str, *, by: Any) -> Presence:
    """Say that `by` has the enquiry with this reference open just now."""
    presence, _ = Presence.objects.update_or_create(reference=reference, by=by, defaults={"seen_at": Now()})
    return presence


@transaction.atomic
def forget_presences() -> int:
    """Delete who had an enquiry open and has not any more; returns how many."""
    number, _ = Presence.objects.filter(seen_at__lte=Now() - PRESENT_FOR).delete()
    return number


# --- canaries ---------------------------------------------------------------------------------------------------------


@makes_canaries(Customer, Enquiry, EnquiryEntry)
@transaction.atomic
def make_canary(fields: CanaryFields, by: Any) -> None:
    """Make one canary: a customer, a closed enquiry of theirs, and an entry in it. Raises NoCanary."""
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
        owner=by,
        closed_by=by,
        **told,
    )
    index_record(enquiry)
    EnquiryEntry.objects.create(enquiry=enquiry, kind=EntryKind.AMENDMENT, added_by=by, **fields.fill(EnquiryEntry))
