"""The one page on which an adviser works, and what it shares with others."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from drafts.models import Draft
from drafts.pages import Page
from drafts.views import draft_context, draft_for
from govuk.paging import part_of
from privacy.dates import database_now, london_date, london_today
from privacy.search import SearchUnready
from sharing.actions import Viewer, looking
from staff.access import requires
from staff.menu import Entry, Group, begins_elsewhere
from visits import finding
from visits.forms import CustomerForm, EnquiryForm
from visits.models import UNDO_SECONDS, Customer, Enquiry
from visits.pages import COUNTER, NEW_CUSTOMER

RECENT = 5
LOG_ROWS = 12
HISTORY_ROWS = 10
# More than anybody leaves behind in a day.
MANY = 100


@begins_elsewhere
@require_safe
@requires("visits.use_counter", title=_("Counter"), menu=Entry(200, Group.DESK))
def counter(request: HttpRequest) -> HttpResponse:
    """The counter, with nobody chosen."""
    return Desk(COUNTER.page(), logged=just_logged(request)).answer(request)


@dataclass
class Desk:
    """The page on which an adviser works: for nobody, for `customer`, or for a new one whose details are typed.

    Forms that were refused are given, and shown as they are, with the submission they were sent with; else the draft
    that fills this page in is. `known` is what a new customer's form begins with; `is_new` says that the customer was
    added a moment ago, and can be taken back.
    """

    page: Page
    customer: Customer | None = None
    known: dict[str, Any] = field(default_factory=dict)
    form: EnquiryForm | None = None
    customer_form: CustomerForm | None = None
    submission: uuid.UUID | None = None
    logged: Enquiry | None = None
    is_new: bool = False
    hint: str = ""

    def answer(self, request: HttpRequest, status: int = 200) -> HttpResponse:
        """The whole page."""
        drafts = list(Draft.objects.of(request.user)[:MANY])
        draft = draft_for(request, drafts, self.page) if self.form is None else None
        context = draft_context(request, self.page, draft, submission=self.submission)
        draft = context["draft"]
        context |= self._forms(draft.content if draft else {})
        if draft is not None and not draft.began_today:
            context["form"].ask_day(london_date(draft.started_at))
        context |= {
            "logged": self.logged,
            "hint": self.hint,
            "is_new": self.is_new,
            "undo_seconds": UNDO_SECONDS,
            "undo": uuid.uuid4(),
        }
        mine = Enquiry.objects.current().logged_by(request.user).newest_first()
        with looking(request) as viewer:
            context["today"] = rows_of(mine.on_day(london_today()).as_rows()[:LOG_ROWS], viewer)
            going_on = Enquiry.objects.current().owned_by(request.user).still_open().newest_first()
            context["open_enquiries"] = rows_of(going_on.as_rows()[:LOG_ROWS], viewer)
            context["recent"] = _recent(request, viewer, exclude=self.customer)
            others = [other for other in drafts if draft is None or other.pk != draft.pk]
            context |= leftovers(request, others, self.page, viewer)
            if self.customer is not None:
                context["customer"] = viewer.visible_fields(self.customer)
                history = Enquiry.objects.current().filter(customer=self.customer)
                context["history"] = list_of(request, history, viewer, size=HISTORY_ROWS)
        return render(request, "visits/counter.html", context, status=status)

    def _forms(self, typed: dict[str, str]) -> dict[str, Any]:
        """The enquiry's form and, where one is added, the customer's, with the cursor in the field to go on with."""
        form, customer_form = self.form, self.customer_form
        if form is None:
            language = self.customer.language if self.customer else ""
            form = EnquiryForm(initial={"language_chosen": language, "language_served": language} | typed)
        if self.page.kind == NEW_CUSTOMER and customer_form is None:
            customer_form = CustomerForm(initial=self.known | typed)
        if customer_form is not None and (customer_form.errors or not form.errors):
            customer_form.focus(first="given_names")
        else:
            form.focus(first="about" if self.customer else "")
        return {"form": form, "customer_form": customer_form}


def leftovers(request: HttpRequest, drafts: list[Draft], page: Page, viewer: Viewer) -> dict[str, Any]:
    """What was typed and not sent: `offer`, which may be meant for this page, and the `leftovers` by their day.

    Each with the person it is about. Offered is what the page's address names although it was typed on another page, or
    else the newest that was typed on this one; nothing of either is filled in.
    """
    asked = request.GET.get("draft", "")
    people = _people(drafts, viewer)
    rows = [{"draft": draft, "person": people.get(draft.about_reference)} for draft in drafts]
    offer = next((row for row in rows if str(row["draft"].submission) == asked), None)
    offer = offer or next((row for row in rows if row["draft"].page == str(page)), None)
    days: dict[dt.date, list[Any]] = {}
    for row in rows:
        if row is not offer:
            days.setdefault(london_date(row["draft"].updated_at), []).append(row)
    return {"offer": offer, "leftovers": list(days.items()), "leftovers_number": sum(map(len, days.values()))}


def _people(drafts: list[Draft], viewer: Viewer) -> dict[str, Any]:
    references = {draft.about_reference for draft in drafts if draft.about_reference}
    found = Customer.objects.current().filter(reference__in=references) if references else []
    return {customer.reference: viewer.visible_fields(customer) for customer in found}


def just_logged(request: HttpRequest) -> Enquiry | None:
    """The enquiry that was logged a moment ago, while it can be undone."""
    reference = request.GET.get("logged", "")[:12]
    if not reference:
        return None
    enquiry = Enquiry.objects.logged_by(request.user).filter(reference=reference).first()
    fresh = enquiry is not None and (database_now() - enquiry.logged_at).total_seconds() < UNDO_SECONDS
    return enquiry if fresh else None


def rows_of(enquiries: Iterable[Enquiry], viewer: Viewer) -> list[dict[str, Any]]:
    """Enquiries as rows of a table, with the customer and the adviser of each."""
    return [
        {
            "enquiry": viewer.visible_fields(enquiry),
            "customer": viewer.visible_fields(enquiry.customer) if enquiry.customer else None,
            "adviser": enquiry.adviser,
            "owner": enquiry.owner,
            "days": (london_today() - enquiry.contact_on).days,
        }
        for enquiry in enquiries
    ]


def list_of(
    request: HttpRequest, enquiries: QuerySet[Any], viewer: Viewer, *, by: str = "-started_at", size: int
) -> dict[str, Any]:
    """The part of a long list that was asked for, and its rows, narrowed to whom was typed in its box."""
    typed, rebuilding = request.POST.get("narrow", "").replace("\x00", "").strip(), False
    if typed:
        try:
            enquiries = enquiries.filter(finding.about(typed))
        except SearchUnready:
            enquiries, rebuilding = enquiries.none(), True
    part = part_of(request, enquiries.as_rows(), by=by, size=size)
    return {"part": part, "rows": rows_of(part.rows, viewer), "narrow": typed, "rebuilding": rebuilding}


def remember(request: HttpRequest, customer: Customer) -> None:
    """Put `customer` first among the recent ones. The session holds their numbers, and ends at sign-out."""
    recent = [customer.pk, *(pk for pk in request.session.get("recent", []) if pk != customer.pk)][:RECENT]
    if recent != request.session.get("recent"):
        request.session["recent"] = recent


def _recent(request: HttpRequest, viewer: Viewer, *, exclude: Customer | None) -> list[Any]:
    ids = [pk for pk in request.session.get("recent", []) if exclude is None or pk != exclude.pk]
    found = Customer.objects.current().in_bulk(ids) if ids else {}
    return viewer.visible_list(found[pk] for pk in ids if pk in found)
