"""Finding, adding and correcting customers."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from drafts.pages import typed_on
from drafts.views import draft_context, draft_on, posted_submission
from privacy.references import read_reference
from privacy.search import SearchUnready
from sharing.actions import looking
from staff.access import requires
from visits import actions, finding
from visits.forms import ChangeForm, CustomerForm, EnquiryForm
from visits.models import Customer
from visits.pages import CHANGE, CUSTOMER, NEW_CUSTOMER
from visits.typed import details_of
from visits.views.desk import Desk, just_logged, remember


@require_GET
@requires("visits.view_customer", title=_("Customer"), menu="visits:counter")
def customer_detail(request: HttpRequest, reference: str) -> HttpResponse:
    """One customer: the same desk, with their banner, details and history."""
    customer = get_object_or_404(Customer.objects.current(), reference=reference)
    remember(request, customer)
    page = CUSTOMER.page(customer.reference)
    return Desk(page, customer=customer, logged=just_logged(request)).answer(request)


@require_http_methods(["GET", "POST"])
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
        return redirect(customer)
    desk = Desk(NEW_CUSTOMER.page(), form=EnquiryForm(initial=typed), customer_form=form, submission=submission)
    return desk.answer(request, status=422)


@require_http_methods(["GET", "POST"])
@requires("visits.change_customer", title=_("Change details"), menu="visits:counter")
def customer_change(request: HttpRequest, reference: str) -> HttpResponse:
    """Correct a customer's details, unless somebody else did so meanwhile."""
    customer = get_object_or_404(Customer.objects.current(), reference=reference)
    page, draft, status = CHANGE.page(customer.reference), None, 200
    if request.method == "POST":
        form, sent, status = CustomerForm(request.POST), ChangeForm(request.POST), 422
        if form.is_valid() and sent.is_valid():
            try:
                actions.change_customer(customer, by=request.user, **sent.known(), **form.cleaned_data)
                return redirect(customer)
            except actions.Changed:
                customer.refresh_from_db()
                form.add_error(
                    None,
                    _(
                        "Someone changed this customer after you opened the page. What they saved is at the top; what"
                        " you typed is below. Save again to put yours in its place."
                    ),
                )
    else:
        draft = draft_on(request, page)
        form = CustomerForm(instance=customer, initial=draft.content if draft else None)
    form.focus()
    context = draft_context(request, page, draft, submission=posted_submission(request)) | {"customer_form": form}
    with looking(request) as viewer:
        context["customer"] = viewer.visible_fields(customer)
    return render(request, "visits/customer_change.html", context, status=status)
