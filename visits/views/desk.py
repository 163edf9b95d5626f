"""The one page on which an adviser works, and what it shares with others."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from privacy.dates import database_now, london_today
from sharing.actions import Look, looking
from sharing.models import Place
from staff.access import requires
from visits.forms import (
    CustomerForm,
    EnquiryForm,
    SubmissionForm,
)
from visits.models import UNDO_SECONDS, Customer, Draft, Enquiry, page_url

RECENT = 5
LOG_ROWS = 12
HISTORY_ROWS = 10


def home(request: HttpRequest) -> HttpResponse:
    """Send everybody to the page their work begins on."""
    if request.user.is_authenticated and not request.user.has_perm("visits.use_counter"):
        page = "sharing:access_log" if request.user.has_perm("sharing.view_access_log") else "visits:service_list"
        return redirect(page)
    return counter(request)


@require_GET
@requires("visits.use_counter")
def counter(request: HttpRequest) -> HttpResponse:
    """The counter, with nobody chosen."""
    return desk(request, page="counter", logged=just_logged(request))


def desk(
    request: HttpRequest,
    *,
    page: str,
    customer: Customer | None = None,
    new: bool = False,
    names: dict[str, str] | None = None,
    form: EnquiryForm | None = None,
    customer_form: CustomerForm | None = None,
    logged: Enquiry | None = None,
    hint: str = "",
    status: int = 200,
) -> HttpResponse:
    """The one page on which an adviser works. Forms that were refused are shown as they are; else the draft is."""
    user = request.user
    drafts = list(Draft.objects.of(user)[:10])
    draft = draft_for(request, drafts, page) if form is None else None
    typed = dict(draft.content) if draft else {}
    if form is None:
        usual = {"language_chosen": customer.language, "language_served": customer.language} if customer else {}
        if "language_offered" in typed:
            typed["language_offered"] = False
        form = EnquiryForm(initial=usual | typed)
    if new and customer_form is None:
        customer_form = CustomerForm(initial=(names or {}) | typed)
    if customer_form is not None and (customer_form.errors or not form.errors):
        customer_form.focus(first="given_names")
    else:
        form.focus(first="about" if customer else "")
    context = {
        "page": page,
        "here": page_url(page),
        "form": form,
        "customer_form": customer_form,
        "submission": submission_of(request, draft, status),
        "revision": draft.revision if draft else 0,
        "draft": draft,
        "other_drafts": [other for other in drafts if draft is None or other.pk != draft.pk],
        "logged": logged,
        "hint": hint,
        "undo_seconds": UNDO_SECONDS,
    }
    mine = Enquiry.objects.current().logged_by(user).newest_first()
    with looking(user, place=Place(page.partition(":")[0])) as look:
        context["today"] = rows_of(mine.on_day(london_today())[:LOG_ROWS], look)
        context["open_enquiries"] = rows_of(mine.still_open()[:LOG_ROWS], look)
        context["recent"] = _recent(request, look, but=customer)
        if customer is not None:
            context["customer"] = look.visible_fields(customer)
            history = Enquiry.objects.current().filter(customer=customer).newest_first()
            context["history"] = page_of(request, history, HISTORY_ROWS, look)
    return render(request, "visits/counter.html", context, status=status)


def submission_of(request: HttpRequest, draft: Draft | None, status: int) -> str:
    """By what the page's form will be known when it is sent: its draft's, that of a refused form, or a new one."""
    if draft is not None:
        return str(draft.submission)
    posted = SubmissionForm(request.POST)
    if status == 422 and posted.is_valid():
        return str(posted.cleaned_data["submission"])
    return str(uuid.uuid4())


def draft_for(request: HttpRequest, drafts: list[Draft], page: str) -> Draft | None:
    """The draft that was asked for by its id, or else the newest of this page."""
    asked = request.GET.get("draft", "")
    return next(
        (draft for draft in drafts if str(draft.submission) == asked),
        next((draft for draft in drafts if draft.page == page), None),
    )


def just_logged(request: HttpRequest) -> Enquiry | None:
    """The enquiry that was logged a moment ago, while it can be undone."""
    reference = request.GET.get("logged", "")[:12]
    if not reference:
        return None
    enquiry = Enquiry.objects.logged_by(request.user).filter(reference=reference).first()
    fresh = enquiry is not None and (database_now() - enquiry.logged_at).total_seconds() < UNDO_SECONDS
    return enquiry if fresh else None


def rows_of(enquiries: Any, look: Look) -> list[dict[str, Any]]:
    """Enquiries as rows of a table, with the customer and the adviser of each."""
    return [
        {
            "enquiry": look.visible_fields(enquiry),
            "customer": look.visible_fields(enquiry.customer) if enquiry.customer else None,
            "adviser": enquiry.adviser,
        }
        for enquiry in enquiries.as_rows()
    ]


def page_of(request: HttpRequest, enquiries: QuerySet[Any], size: int, look: Look) -> dict[str, Any]:
    """The page of a long list that was asked for, and its rows."""
    page = Paginator(enquiries, size).get_page(request.GET.get("page"))
    return {"page": page, "rows": rows_of(page.object_list, look)}


def remember(request: HttpRequest, customer: Customer) -> None:
    """Put `customer` first among the recent ones. The session holds their numbers, and ends at sign-out."""
    recent = [customer.pk, *(pk for pk in request.session.get("recent", []) if pk != customer.pk)][:RECENT]
    if recent != request.session.get("recent"):
        request.session["recent"] = recent


def _recent(request: HttpRequest, look: Look, *, but: Customer | None) -> list[Any]:
    ids = [pk for pk in request.session.get("recent", []) if but is None or pk != but.pk]
    found = Customer.objects.current().in_bulk(ids) if ids else {}
    return look.visible_list(found[pk] for pk in ids if pk in found)
