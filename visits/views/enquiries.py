"""Logging, closing, adding to and listing enquiries."""

from __future__ import annotations

from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from drafts.views import (
    came_of,
    draft_context,
    draft_on,
    posted_page,
    posted_submission,
    undo_submission,
)
from privacy.dates import london_today
from privacy.references import read_reference
from services.models import Service
from sharing.actions import looking
from staff.access import requires
from staff.menu import Entry, Group
from staff.models import Role
from visits import actions
from visits.forms import AmendForm, CloseForm, CustomerForm, EnquiryForm, enquiry_content
from visits.models import Customer, Enquiry
from visits.pages import COUNTER, CUSTOMER, ENQUIRY, NEW_CUSTOMER
from visits.views.desk import Desk, list_of
from visits.views.gone import gone

PAGE_ROWS = 25
NO_MORE = _("This enquiry is no longer there")


@require_POST
@requires("visits.log_enquiry", title=_("Log enquiry"), menu="visits:counter")
def enquiry_open(request: HttpRequest) -> HttpResponse:
    """Log an enquiry for nobody, for a known customer, or for a new one who is added with it."""
    sent = posted_page(request)
    page = sent[1] if sent else None
    customer = _customer_with(page.reference) if page and page.kind == CUSTOMER else None
    is_gone = customer is None and page is not None and page.kind == CUSTOMER
    customer_form = CustomerForm(request.POST) if "family_name" in request.POST else None
    form, submission = EnquiryForm(request.POST), sent[0] if sent else None
    hint = ""
    if not form.is_valid() or (customer_form is not None and not customer_form.is_valid()):
        pass
    elif submission is None:
        hint = _("This page was too old to be sent. Nothing is lost: log it again.")
    elif not is_gone:
        try:
            enquiry = actions.open_enquiry(
                submission=submission,
                customer=customer,
                new_customer=customer_form.cleaned_data if customer_form else None,
                by=request.user,
                **form.cleaned_data,
            )
            return redirect(reverse("visits:counter") + "?" + urlencode({"logged": enquiry.reference}))
        except actions.WhichDay as error:
            form.ask_day(error.day)
            form.add_error("came", _("This was begun on an earlier day. Say whether the person came then, or today."))
        except actions.Gone:
            is_gone = True
    if is_gone:
        customer, page = None, COUNTER.page()
        hint = _("This customer is no longer there: they were taken back. What you typed is below, for nobody yet.")
    if customer is not None:
        customer = Customer.objects.get(pk=customer.pk)  # the page shows the person; logging needed their number only
    elif page is None or page.kind not in (COUNTER, NEW_CUSTOMER):
        page = (NEW_CUSTOMER if customer_form else COUNTER).page()
    desk = Desk(page, customer=customer, form=form, customer_form=customer_form, submission=submission, hint=hint)
    return desk.answer(request, status=422)


def _customer_with(reference: str) -> Customer | None:
    """The customer with this reference, with nothing unsealed; None if there is none."""
    found: Customer | None = (
        Customer.objects.current().only("reference", "last_contact_on").filter(reference=reference).first()
    )
    return found


def _posted_customer(request: HttpRequest) -> Customer:
    """The customer whose reference a form was sent with, with nothing unsealed; 404 if there is none."""
    customer = _customer_with(read_reference(request.POST.get("customer", "")) or "")
    if customer is None:
        raise Http404
    return customer


@require_GET
@requires("visits.view_enquiry", title=_("Enquiry"))
def enquiry_detail(request: HttpRequest, reference: str) -> HttpResponse:
    """One enquiry, with what was added to it."""
    return _enquiry_page(request, _enquiry(reference))


def _enquiry(reference: str) -> Enquiry:
    """The enquiry with this reference; 404 if there is none."""
    enquiry = _enquiry_or_none(reference)
    if enquiry is None:
        raise Http404
    return enquiry


def _enquiry_or_none(reference: str) -> Enquiry | None:
    with_it = ("service", "topic", "customer", "adviser", "closed_by", "referred_to")
    found: Enquiry | None = Enquiry.objects.current().select_related(*with_it).filter(reference=reference).first()
    return found


def _enquiry_page(
    request: HttpRequest,
    enquiry: Enquiry,
    *,
    form: CloseForm | AmendForm | None = None,
    notice: str = "",
    status: int = 200,
) -> HttpResponse:
    """An enquiry with the one form that fits it: closing while it is open, adding to it afterwards."""
    page, draft, refused = ENQUIRY.page(enquiry.reference), None, form is not None
    if form is None:
        draft = draft_on(request, page)
        kind = CloseForm if enquiry.is_open else AmendForm
        form = kind(initial=dict(draft.content) if draft else None)
    form.focus()
    context = draft_context(request, page, draft, submission=posted_submission(request) if refused else None) | {
        "record": {
            "adviser": enquiry.adviser,
            "closed_by": enquiry.closed_by,
            "referred_to": enquiry.referred_to,
        },
        "notice": notice,
        "form": form,
    }
    with looking(request) as viewer:
        context["enquiry"] = viewer.visible_fields(enquiry)
        context["customer"] = viewer.visible_fields(enquiry.customer) if enquiry.customer else None
        added = enquiry.amendments.select_related("added_by").order_by("added_at", "pk")
        context["amendments"] = [
            {"text": viewer.visible_fields(amendment).text, "at": amendment.added_at, "by": amendment.added_by}
            for amendment in added
        ]
    return render(request, "visits/enquiry_detail.html", context, status=status)


@require_POST
@requires("visits.close_enquiry", title=_("Close the enquiry"))
def enquiry_close(request: HttpRequest, reference: str) -> HttpResponse:
    """Say how an open enquiry ended."""
    form, submission = CloseForm(request.POST), posted_submission(request)
    enquiry = _enquiry_or_none(reference)
    if enquiry is None:
        return gone(request, form, title=NO_MORE)
    if form.is_valid() and submission:
        details = form.cleaned_data
        if details["outcome"] == "referred":
            details["referred_to"] = details["referred_to"] or enquiry.service
        try:
            actions.close_enquiry(enquiry, **details, submission=submission, by=request.user)
            return redirect(enquiry)
        except actions.Gone:
            return gone(request, form, title=NO_MORE)
        except actions.AlreadyClosed:
            notice = _(
                "Someone has already closed this enquiry. What you typed is below: you can add it to the record."
            )
            amend = AmendForm(initial={"text": details["narrative"]})
            return _enquiry_page(request, _enquiry(reference), form=amend, notice=notice, status=422)
        except actions.TooLong as error:
            form.add_error(
                "narrative",
                _(
                    "With what was noted before, this is too long: there is room for %(room)s characters. Shorten it,"
                    " close the enquiry, and add the rest to the record."
                )
                % {"room": error.room},
            )
    return _enquiry_page(request, enquiry, form=form, status=422)


@require_POST
@requires("visits.amend_enquiry", title=_("Add to the record"))
def enquiry_amend(request: HttpRequest, reference: str) -> HttpResponse:
    """Add to a closed enquiry."""
    form, submission = AmendForm(request.POST), posted_submission(request)
    enquiry = _enquiry_or_none(reference)
    if enquiry is None:
        return gone(request, form, title=NO_MORE)
    if form.is_valid() and submission:
        try:
            actions.amend_enquiry(enquiry, **form.cleaned_data, submission=submission, by=request.user)
            return redirect(enquiry)
        except actions.Gone:
            return gone(request, form, title=NO_MORE)
        except actions.StillOpen:
            form.add_error("text", _("This enquiry is still open: close it first."))
    return _enquiry_page(request, enquiry, form=form, status=422)


@require_POST
@requires("visits.log_enquiry", title=_("Attach a customer"))
def enquiry_attach(request: HttpRequest, reference: str) -> HttpResponse:
    """Say whose enquiry it was."""
    submission = posted_submission(request)
    enquiry, customer = _enquiry(reference), _posted_customer(request)
    if submission is None:
        return _enquiry_page(request, enquiry, notice=_("This page was too old to be sent. Do it again."), status=422)
    try:
        actions.attach_customer(enquiry, customer=customer, submission=submission, by=request.user)
    except actions.AlreadyAttached:
        return _enquiry_page(request, _enquiry(reference), notice=_("This enquiry has a customer already."), status=422)
    except actions.Gone:
        return gone(request, title=_("The enquiry or the customer is no longer there"))
    return redirect(enquiry)


@require_POST
@requires("visits.log_enquiry", title=_("Undo"))
def enquiry_undo(request: HttpRequest, reference: str) -> HttpResponse:
    """Take back an enquiry just logged; what was typed is on the page again."""
    submission = undo_submission(request)
    if draft := came_of(submission, by=request.user):  # asked again
        return redirect(draft)
    enquiry = _enquiry(reference)
    page = CUSTOMER.page(enquiry.customer.reference) if enquiry.customer else COUNTER.page()
    content = enquiry_content(enquiry, page.kind)
    try:
        draft = actions.undo_enquiry(enquiry, content=content, page=page, submission=submission, by=request.user)
    except actions.TooLateToUndo:
        notice = _("It is too late to undo. The record stands; you can add to it.")
        return _enquiry_page(request, _enquiry(reference), notice=notice, status=422)
    return redirect(draft)


@require_http_methods(["GET", "POST"])
@requires("visits.view_enquiry", title=_("Today’s log"), menu=Entry(600, Group.DESK, more_for=[Role.MANAGER]))
def enquiry_today(request: HttpRequest) -> HttpResponse:
    """All that the adviser logged today."""
    enquiries = Enquiry.objects.current().logged_by(request.user).on_day(london_today())
    with looking(request) as viewer:
        context = list_of(request, enquiries, viewer, size=PAGE_ROWS) | {"total": enquiries.count()}
    return render(request, "visits/enquiry_today.html", context)


@require_http_methods(["GET", "POST"])
@requires("visits.view_enquiry", title=_("Open enquiries"), menu=Entry(500, Group.DESK, more_for=[Role.MANAGER]))
def enquiry_pending(request: HttpRequest) -> HttpResponse:
    """Everybody's open enquiries, by service."""
    waiting = Enquiry.objects.current().still_open()
    counts = {row["service"]: row["number"] for row in waiting.values("service").annotate(number=Count("pk"))}
    services = list(Service.objects.filter(pk__in=counts).order_by("pk"))
    chosen = next((service for service in services if service.code == request.GET.get("service")), None)
    if chosen:
        waiting = waiting.filter(service=chosen)
    with looking(request) as viewer:
        context = list_of(request, waiting, viewer, by="started_at", size=PAGE_ROWS)
    context |= {
        "services": [(service, counts[service.pk]) for service in services],
        "chosen": chosen,
        "total": sum(counts.values()),
    }
    return render(request, "visits/enquiry_pending.html", context)
