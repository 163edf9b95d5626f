"""Finding, adding and correcting customers."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from drafts.models import Draft
from drafts.pages import typed_on
from drafts.views import came_of, draft_context, draft_on, posted_submission, sent_once_from, undo_submission
from privacy.dates import database_now
from privacy.references import read_reference
from privacy.search import SearchUnready
from sharing.actions import looking
from staff.access import requires
from visits import actions, finding
from visits.forms import ChangeForm, CustomerForm, EnquiryForm, SeenForm, customer_content
from visits.models import UNDO_SECONDS, Customer, in_words
from visits.pages import CHANGE, CUSTOMER, ENQUIRY, NEW_CUSTOMER
from visits.typed import details_of
from visits.views.desk import Desk, just_logged, remember
from visits.views.gone import gone

NO_MORE = _("This customer is no longer there")


@require_safe
@requires("visits.view_customer", title=_("Customer"), menu="visits:counter")
def customer_detail(request: HttpRequest, reference: str) -> HttpResponse:
    """One customer: the same desk, with their banner, details and history."""
    customer = get_object_or_404(Customer.objects.current(), reference=reference)
    remember(request, customer)
    page = CUSTOMER.page(customer.reference)
    is_new = "added" in request.GET and customer.created_by_id == request.user.pk and customer.version == 1
    is_new = is_new and (database_now() - customer.created_at).total_seconds() < UNDO_SECONDS
    is_new = is_new and not customer.enquiries.exists()
    return Desk(page, customer=customer, logged=just_logged(request), is_new=is_new).answer(request)


@require_POST
@requires("visits.change_customer", title=_("Undo"), menu="visits:counter")
def customer_take_back(request: HttpRequest, reference: str) -> HttpResponse:
    """Take back a customer just added in error; what was typed is on the new customer's page again."""
    submission = undo_submission(request)
    if draft := came_of(submission, by=request.user):  # asked again
        return redirect(draft)
    customer = get_object_or_404(Customer.objects.current(), reference=reference)
    content = customer_content(customer)
    try:
        draft = actions.take_back_customer(customer, content=content, submission=submission, by=request.user)
    except actions.TooLateToUndo:
        hint = _("It is too late to take this customer back, or something was recorded about them.")
        return Desk(CUSTOMER.page(reference), customer=customer, hint=hint).answer(request, status=422)
    return redirect(draft)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("visits.change_customer", title=_("New customer"), menu="visits:counter")
def customer_new(request: HttpRequest) -> HttpResponse:
    """The desk with a new customer's details beside the enquiry; a POST brings what was searched for."""
    return Desk(NEW_CUSTOMER.page(), known=details_of(request.POST.get("q", "")[:200])).answer(request)


@require_POST
@requires("visits.find_customer", title=_("Search"))
def customer_search(request: HttpRequest) -> HttpResponse:
    """What the search box found: a part of the page for htmx, a whole page without it."""
    text = request.POST.get("q", "").replace("\x00", "").strip()
    context: dict[str, Any] = {"q": text, "attach": read_reference(request.POST.get("attach", ""))}
    if context["attach"]:
        context |= sent_once_from(request, ENQUIRY.page(context["attach"]))
    try:
        with looking(request) as viewer:
            context["hits"] = finding.find(text, viewer=viewer)
    except SearchUnready:
        context["rebuilding"] = True
    template = "visits/_customer_results.html" if request.htmx else "visits/customer_search.html"  # type: ignore[attr-defined]
    return render(request, template, context)


@require_POST
@requires("visits.find_customer", title=_("Possible matches"))
def customer_likeness(request: HttpRequest) -> HttpResponse:
    """Who is like the new customer being typed, and why."""
    form = CustomerForm(request.POST)
    form.is_valid()
    try:
        with looking(request) as viewer:
            likenesses = finding.likenesses(form.cleaned_data, viewer=viewer)
    except SearchUnready:
        likenesses = []
    return render(request, "visits/_customer_likeness.html", {"likenesses": likenesses})


@require_POST
@requires("visits.change_customer", title=_("New customer"), menu="visits:counter")
def customer_add(request: HttpRequest) -> HttpResponse:
    """Add a new customer; what was typed of an enquiry stays a draft on their page."""
    form, submission = CustomerForm(request.POST), posted_submission(request)
    typed = typed_on(NEW_CUSTOMER, request.POST)
    if form.is_valid() and submission:
        kept = {name: text for name, text in typed.items() if name not in form.fields}
        customer = actions.add_customer(**form.cleaned_data, submission=submission, kept=kept, by=request.user)
        return redirect(f"{customer.get_absolute_url()}?added=1")
    desk = Desk(NEW_CUSTOMER.page(), form=EnquiryForm(initial=typed), customer_form=form, submission=submission)
    return desk.answer(request, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("visits.change_customer", title=_("Change details"), menu="visits:counter")
def customer_change(request: HttpRequest, reference: str) -> HttpResponse:
    """Correct a customer's details, unless somebody else did so meanwhile."""
    page, draft, status = CHANGE.page(reference), None, 200
    customer = Customer.objects.current().filter(reference=reference).first()
    if customer is None:
        if request.method == "POST":
            return gone(request, CustomerForm(request.POST), title=NO_MORE)
        raise Http404
    seen, changes = customer.in_words(), []
    if request.method == "POST":
        form, sent, status = CustomerForm(request.POST), ChangeForm(request.POST), 422
        saw = SeenForm(request.POST)
        if form.is_valid() and sent.is_valid():
            known = saw.cleaned_data["seen"] if saw.is_valid() else None
            told = _kept_of_a_colleague(customer, known, form)
            try:
                actions.change_customer(customer, by=request.user, seen=known, **sent.known(), **form.cleaned_data)
                if told:
                    messages.info(
                        request, _("A colleague changed this meanwhile, and it is kept: %(fields)s") % {"fields": told}
                    )
                return redirect(customer)
            except actions.Gone:
                return gone(request, form, title=NO_MORE)
            except actions.Changed as error:
                customer.refresh_from_db()
                changes = _side_by_side(customer, known, form, error.clashes)
                form.add_error(None, _("A colleague changed the same as you. Say below which of the two is right."))
                seen = known or customer.in_words()
        elif saw.is_valid():
            seen = saw.cleaned_data["seen"] or seen
    else:
        draft = draft_on(request, page)
        form = CustomerForm(instance=customer, initial=draft.content if draft else None)
        seen = _read(draft) or seen
    form.focus()
    context = draft_context(request, page, draft, submission=posted_submission(request)) | {
        "customer_form": form,
        "seen": json.dumps(seen),
        "changes": changes,
    }
    with looking(request) as viewer:
        context["customer"] = viewer.visible_fields(customer)
    return render(request, "visits/customer_change.html", context, status=status)


def _read(draft: Draft | None) -> dict[str, str] | None:
    """What the page saw on which a draft was begun; None where it did not say so."""
    form = SeenForm(dict(draft.content) if draft else {})
    return form.cleaned_data["seen"] if form.is_valid() else None


def _kept_of_a_colleague(customer: Customer, seen: dict[str, str] | None, form: CustomerForm) -> str:
    """What the fields are called that somebody else changed since they were `seen`, and that were left alone here."""
    now = customer.in_words()
    return ", ".join(
        str(form.fields[name].label)
        for name, before in (seen or {}).items()
        if name in now and now[name] != before == in_words(form.cleaned_data.get(name))
    )


def _side_by_side(
    customer: Customer, seen: dict[str, str] | None, form: CustomerForm, clashes: list[str]
) -> list[dict[str, Any]]:
    """What either changed, field by field. What only the colleague changed stands in the form from now on."""
    now, rows, shown = customer.in_words(), [], form.data.copy()
    for name in Customer.CHANGED_AT_THE_DESK:
        mine, before = in_words(form.cleaned_data.get(name)), (seen or {}).get(name, now[name])
        if name not in clashes and mine == before != now[name]:
            shown[name] = now[name]
        if name in clashes or mine != before or now[name] != before:
            values = {"theirs": now[name] if now[name] != before else "", "mine": mine if mine != before else ""}
            rows.append({"name": name, "label": form.fields[name].label, "asks": name in clashes, **values})
    form.data = shown
    return rows
