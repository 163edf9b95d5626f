"""Finding people: the search box, and the hint that a new customer may be known already."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from privacy.references import read_reference
from privacy.search import SHOWN, Found, matching
from privacy.terms import Query, nino_terms, parse, phone_terms, postcode_terms, words
from sharing.actions import Viewer, Visible
from visits.models import Customer, Enquiry


@dataclass
class Hits:
    """What a search found: customers, and enquiries of people known by name only; `more` when not all are shown.

    `similar` are guesses, by the kind of record: who else may have been meant, nearest first.
    """

    customers: list[Visible]
    enquiries: list[Visible]
    similar: list[dict[str, Visible]] = field(default_factory=list)
    more: bool = False

    def __bool__(self) -> bool:
        return bool(self.customers or self.enquiries or self.similar)

    @property
    def number(self) -> int:
        """How many are no guesses."""
        return len(self.customers) + len(self.enquiries)


@dataclass
class Likeness:
    """A known customer who may be the one being typed, and why."""

    customer: Visible
    reasons: list[str]


def find(text: str, *, viewer: Viewer) -> Hits:
    """Whom `text` may mean, best first. Raises SearchUnready."""
    if reference := read_reference(text):
        customers = list(Customer.objects.current().filter(reference=reference))
        enquiries = list(Enquiry.objects.current().filter(reference=reference).select_related("service", "topic"))
        return Hits(viewer.visible_list(customers), viewer.visible_list(enquiries))
    query = parse(text)
    if not query:
        return Hits([], [])
    entries = matching(query)
    shown = entries[:SHOWN]
    known = {
        "customer": Customer.objects.current().in_bulk(_numbers(shown, "customer")),
        "enquiry": Enquiry.objects.current().select_related("service", "topic").in_bulk(_numbers(shown, "enquiry")),
    }
    hits = Hits([], [], more=len(entries) > SHOWN)
    places = {"customer": hits.customers, "enquiry": hits.enquiries}
    for entry in shown:
        if record := known[entry.record_type].get(entry.record_id):
            visible = viewer.visible_fields(record)
            if entry.is_exact:
                places[entry.record_type].append(visible)
            else:
                hits.similar.append({entry.record_type: visible})
    return hits


def _numbers(entries: list[Found], record_type: str) -> list[int]:
    return [entry.record_id for entry in entries if entry.record_type == record_type]


def about(text: str) -> Q:
    """The condition that an enquiry is of whom `text` may mean, or bears this reference. Raises SearchUnready."""
    if reference := read_reference(text):
        return Q(reference=reference) | Q(customer__reference=reference)
    found = matching(parse(text))
    return Q(customer__in=_numbers(found, "customer")) | Q(pk__in=_numbers(found, "enquiry"))


def likenesses(details: dict[str, Any], *, viewer: Viewer, limit: int = 3) -> list[Likeness]:
    """Customers like the one being typed, with the reasons; households share telephones, so none is proof."""
    born, postcode = details.get("born_on"), details.get("postcode") or ""
    names = words(f"{details.get('family_name') or ''} {details.get('given_names') or ''}")
    asked: list[tuple[str, Query]] = []
    if number := details.get("national_insurance_number"):
        asked.append((_("same National Insurance number"), Query((max(nino_terms(number), key=len),), ())))
    if names and isinstance(born, dt.date):
        asked.append((_("like name, same date of birth"), Query((f"d:{born.isoformat()}",), tuple(names[:2]))))
    elif isinstance(born, dt.date) and postcode:
        asked.append((_("same date of birth and postcode"), Query((f"d:{born.isoformat()}", *_full(postcode)), ())))
    if len(names) > 1 and postcode:
        asked.append((_("like name, same postcode"), Query(_full(postcode), tuple(names[:3]))))
    for phone in (details.get("phone"), details.get("other_phone")):
        if phone and (digits := [term for term in phone_terms(phone) if term.startswith("t:")]):
            asked.append((_("same telephone"), Query(tuple(digits), ())))
    reasons: dict[int, list[str]] = {}
    for reason, query in asked:
        for entry in matching(query, record_types=["customer"])[:limit]:
            reasons.setdefault(entry.record_id, []).append(reason)
    ranked = sorted(reasons, key=lambda pk: (-len(reasons[pk]), pk))[:limit]
    customers = _in_order(Customer.objects.current(), ranked)
    return [Likeness(viewer.visible_fields(customer), reasons[customer.pk]) for customer in customers]


def _full(postcode: str) -> tuple[str, ...]:
    return tuple(term for term in postcode_terms(postcode) if term.startswith("p:"))


def _in_order(queryset: QuerySet[Any], ids: list[int]) -> list[Any]:
    if not ids:
        return []
    found = queryset.in_bulk(ids)
    return [found[pk] for pk in ids if pk in found]
