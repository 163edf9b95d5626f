"""Writes the invented people and their contacts into an empty system.

This goes round `visits.actions`, on purpose: those write one record at a time with an audit entry each, which is right
for what people do and would take hours for 750,000 rows that nobody did. What the records say about themselves still
holds: due dates and sealing happen as the rows are saved, and the database's constraints are checked. Search is rebuilt
afterwards (`privacy.actions.rebuild_search`), which also reads everything back once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from random import Random
from typing import Any, NamedTuple

from django.db import connection, models, transaction

from demo.contacts import Contact, contacts, how_many
from demo.people import people
from privacy.dates import london_date
from privacy.references import make_reference
from services.models import Service, Topic
from visits.models import Customer, Enquiry, EnquiryEntry, EntryKind

BATCH = 2000
# What is noted on an open enquiry, and to a colleague who goes on with it, by language.
NOTES = {
    "en": ["Rang back: no answer. Will try again tomorrow.", "Sent the form by post.", "The service will ring them."],
    "cy": ["Ffoniais yn ôl: dim ateb. Rhoddaf gynnig arall arni yfory.", "Anfonais y ffurflen drwy'r post."],
}
HANDING = {
    "en": ["I am away tomorrow: please ring them once the service has answered."],
    "cy": ["Rwyf i ffwrdd yfory: ffoniwch nhw pan fydd y gwasanaeth wedi ateb."],
}
# Leap days left out: what is six years old to the day is on no screen any more.
DAYS_A_YEAR = 365


# Shares of the open enquiries.
HANDED_OVER, NOTED = 0.3, 0.6


class Seen(NamedTuple):
    """When somebody was first and last at the desk."""

    first: dt.datetime
    last: dt.datetime


def load(
    *,
    customers: int,
    years: float,
    seed: int,
    services: Sequence[dict[str, Any]],
    advisers: Sequence[Any],
    now: dt.datetime,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> int:
    """Write `customers` people and their contacts in the `years` up to `now`; returns how many contacts.

    All of it or, when interrupted, nothing. The same arguments on the same day give the same rows, but for sealing
    and for contacts later in the day than `now`. `services` must be loaded; it is the content of `services.json`.
    """
    days = max(1, round(DAYS_A_YEAR * years))
    start = london_date(now) - dt.timedelta(days=days - 1)

    def all_contacts() -> Iterator[Contact]:
        for contact in contacts(days, how_many(customers, years), customers, services, seed, start):
            if (contact.ended_at or contact.started_at) <= now:
                yield contact

    number, seen = 0, {}
    for contact in all_contacts():
        number += 1
        at = contact.started_at
        if (index := contact.person_index) is not None:
            seen[index] = Seen(seen[index].first if index in seen else at, at)

    with transaction.atomic():
        first = _take_numbers(customers + number)
        desk = _Desk(seed, advisers, first)
        done, total = 0, customers + number
        keys = []
        for batch in _batches(desk.customers(people(customers, seed), seen, start, days)):
            keys += [customer.pk for customer in Customer.objects.bulk_create(batch)]
            progress(done := done + len(batch), total)
        for batch in _batches(desk.enquiries(all_contacts(), keys)):
            EnquiryEntry.objects.bulk_create(desk.entries(Enquiry.objects.bulk_create(batch), now))
            progress(done := done + len(batch), total)
    return number


def _take_numbers(count: int) -> int:
    """The first of `count` numbers for references, taken from the sequence together."""
    with connection.cursor() as cursor:
        # Foreign keys are checked with each batch: not all at the end, in one statement that might take too long.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SELECT nextval('privacy_reference')")
        first: int = cursor.fetchone()[0]
        cursor.execute("SELECT setval('privacy_reference', %s)", [first + count - 1])
    return first


def _batches(records: Iterable[models.Model]) -> Iterator[list[Any]]:
    records = iter(records)
    while batch := list(islice(records, BATCH)):
        yield batch


class _Desk:
    """Turns people and contacts into records, and draws what a contact does not say: who was at the desk."""

    def __init__(self, seed: int, advisers: Sequence[Any], first_number: int) -> None:
        self.rng = Random(f"{seed} desk")
        self.advisers = advisers
        self.number = first_number
        self.services = {service.code: service for service in Service.objects.all()}
        self.topics = {topic.code: topic for topic in Topic.objects.all()}

    def reference(self, prefix: str) -> str:
        self.number += 1
        return make_reference(prefix, self.number - 1)

    def customers(self, people: Iterable[Any], seen: dict[int, Seen], start: dt.date, days: int) -> Iterator[Customer]:
        """A record for each person; who never came was written down on some day of the period."""
        for index, person in enumerate(people):
            if index in seen:
                created_at, last = seen[index]
            else:
                day = start + dt.timedelta(days=self.rng.randrange(days))
                created_at = last = dt.datetime.combine(day, dt.time(), dt.UTC)
            yield Customer(
                reference=self.reference("CUS"),
                last_contact_on=london_date(last),
                created_at=created_at,
                created_by=self.rng.choice(self.advisers),
                **person._asdict(),
            )

    def enquiries(self, contacts: Iterable[Contact], keys: Sequence[int]) -> Iterator[Enquiry]:
        """A record for each contact; `keys` are the customers' primary keys in the order of the people."""
        for contact in contacts:
            given = contact._asdict()
            index = given.pop("person_index")
            service = self.services[given.pop("service_code")]
            referred_to = given.pop("referred_to")
            adviser = owner = self.rng.choice(self.advisers)
            if not contact.ended_at and self.rng.random() < HANDED_OVER:
                owner = self.rng.choice(self.advisers)
            yield Enquiry(
                reference=self.reference("ENQ"),
                customer_id=None if index is None else keys[index],
                service=service,
                topic=self.topics[given.pop("topic_code")],
                legal_basis=given.pop("legal_basis") or service.legal_basis,
                referred_to=self.services[referred_to] if referred_to else None,
                contact_on=london_date(contact.started_at),
                logged_at=contact.ended_at or contact.started_at,
                adviser=adviser,
                owner=owner,
                closed_by=adviser if contact.ended_at else None,
                location_id=adviser.location_id,
                **given,
            )

    def entries(self, enquiries: Iterable[Enquiry], now: dt.datetime) -> Iterator[EnquiryEntry]:
        """What was noted on those that are open, by whom they are with, and that they were handed over."""
        for enquiry in enquiries:
            if enquiry.ended_at is not None:
                continue
            language = "cy" if enquiry.language_served == "cy" else "en"
            at = enquiry.started_at
            if enquiry.owner != enquiry.adviser:
                at = self._later(at, now)
                yield EnquiryEntry(
                    enquiry=enquiry,
                    kind=EntryKind.HANDED_OVER,
                    text=self.rng.choice(HANDING[language]),
                    handed_to=enquiry.owner,
                    added_at=at,
                    added_by=enquiry.adviser,
                )
            if self.rng.random() < NOTED:
                yield EnquiryEntry(
                    enquiry=enquiry,
                    kind=EntryKind.NOTE,
                    text=self.rng.choice(NOTES[language]),
                    added_at=self._later(at, now),
                    added_by=enquiry.owner,
                )

    def _later(self, at: dt.datetime, now: dt.datetime) -> dt.datetime:
        """A moment within a working hour or two after `at`, and not after `now`."""
        return min(now, at + dt.timedelta(minutes=self.rng.randrange(5, 90)))
