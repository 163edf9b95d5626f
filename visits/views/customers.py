"""Finding, adding and correcting customers."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from privacy.models import SearchUnready
from privacy.terms import words
from sharing.actions import looking
from sharing.models import Place
from staff.access import requires
from visits import actions, finding
from visits.forms import (
    ChangeForm,
    CustomerForm,
    EnquiryForm,
    SubmissionForm,
    draft_content,
)
from visits.models import Customer, Draft, page_url
from visits.references import read_reference
from visits.views.desk import desk, draft_for, just_logged, remember, submission_of


@require_GET
@requires("visits.view_customer")
def customer_detail(request: HttpRequest, reference: str) -> HttpResponse:
    """One customer: the same desk, with their banner, details and history."""
    customer = get_object_or_404(Customer.objects.current(), reference=reference)
    remember(request, customer)
    return desk(request, page=f"customer:{customer.reference}", customer=customer, logged=just_logged(request))


@require_http_methods(["GET", "POST"])
@requires("visits.change_customer")
def customer_new(request: HttpRequest) -> HttpResponse:
    """The desk with a new customer's details beside the enquiry; a POST brings what was searched for."""
    typed = words(request.POST.get("q", "")[:100])
    names = {"given_names": " ".join(typed[:-1]).title(), "family_name": typed[-1].title()} if typed else {}
    return desk(request, page="new", new=True, names=names)


@require_POST
@requires("visits.find_customer")
def customer_search(request: HttpRequest) -> HttpResponse:
    """What the search box found: a part of the page for htmx, a whole page without it."""
    text = request.POST.get("q", "").replace("\x00", "").strip()
    context: dict[str, Any] = {"q": text, "attach": read_reference(request.POST.get("attach", ""))}
    try:
        with looking(request.user, place=Place.SEARCH) as look:
            context["hits"] = finding.find(text, look=look)
    except SearchUnready:
        context["rebuilding"] = True
    template = "visits/_customer_results.html" if request.htmx else "visits/customer_search.html"  # type: ignore[attr-defined]
    return render(request, template, context)


@require_POST
@requires("visits.find_customer")
def customer_likeness(request: HttpRequest) -> HttpResponse:
    """Who is like the new customer being typed, and why."""
    form = CustomerForm(request.POST)
    form.is_valid()
    try:
        with looking(request.user, place=Place.LIKENESS) as look:
            likenesses = finding.likenesses(form.cleaned_data, look=look)
    except SearchUnready:
        likenesses = []
    return render(request, "visits/_customer_likeness.html", {"likenesses": likenesses})


@require_POST
@requires("visits.change_customer")
def customer_add(request: HttpRequest) -> HttpResponse:
    """Add a new customer; what was typed of an enquiry stays a draft on their page."""
    form, sent = CustomerForm(request.POST), SubmissionForm(request.POST)
    if form.is_valid() and sent.is_valid():
        kept = {name: text for name, text in draft_content(request.POST).items() if name not in form.fields}
        customer = actions.add_customer(
            **form.cleaned_data, submission=sent.cleaned_data["submission"], kept=kept, by=request.user
        )
        return redirect(customer)
    return desk(
        request, page="new", form=EnquiryForm(initial=draft_content(request.POST)), customer_form=form, status=422
    )


@require_http_methods(["GET", "POST"])
@requires("visits.change_customer")
def customer_change(request: HttpRequest, reference: str) -> HttpResponse:
    """Correct a customer's details, unless somebody else did so meanwhile."""
    customer = get_object_or_404(Customer.objects.current(), reference=reference)
    page, draft, status = f"change:{customer.reference}", None, 200
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
        draft = draft_for(request, list(Draft.objects.of(request.user).filter(page=page)[:1]), page)
        form = CustomerForm(instance=customer, initial=draft.content if draft else None)
    form.focus()
    context: dict[str, Any] = {
        "page": page,
        "here": page_url(page),
        "customer_form": form,
        "draft": draft,
        "submission": submission_of(request, draft, status),
        "revision": draft.revision if draft else 0,
    }
    with looking(request.user, place=Place.CHANGE) as look:
        context["customer"] = look.visible_fields(customer)
    return render(request, "visits/customer_change.html", context, status=status)
