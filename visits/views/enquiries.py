"""Logging, closing, adding to and listing enquiries."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from typing import Any

from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from drafts.pages import DraftedForm
from drafts.views import (
    came_of,
    draft_context,
    draft_on,
    posted_page,
    posted_submission,
    undo_submission,
)
from privacy.dates import database_now, london_today
from privacy.references import read_reference
from services.models import Service
from sharing.actions import Viewer, looking
from staff.access import requires
from staff.menu import Entry, Group
from staff.models import Role, User
from visits import actions
from visits.forms import (
    AmendForm,
    CloseForm,
    CustomerForm,
    EnquiryForm,
    HandOverForm,
    MoveForm,
    enquiry_content,
)
from visits.models import MOVING, UNDO_SECONDS, Customer, Enquiry, EntryKind, Presence
from visits.pages import COUNTER, CUSTOMER, ENQUIRY, NEW_CUSTOMER
from visits.views.desk import Desk, list_of
from visits.views.gone import gone

PAGE_ROWS = 25
# How many days an enquiry has been open at least, as the list of open ones asks.
AGES = {"1": _("A day or more"), "3": _("3 days or more"), "7": _("A week or more")}
NO_MORE = _("This enquiry is no longer there")
CLOSED_BEFORE = _("Someone has already closed this enquiry. What you typed is below: you can add it to the record.")
# What was to be done with an open enquiry, by the form that says it.
THEN: dict[type[Any], str] = {AmendForm: "open", CloseForm: "close", HandOverForm: "hand_over"}


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


@require_safe
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
    with_it = ("service", "topic", "customer", "adviser", "owner", "closed_by", "referred_to")
    found: Enquiry | None = Enquiry.objects.current().select_related(*with_it).filter(reference=reference).first()
    return found


def _enquiry_page(
    request: HttpRequest,
    enquiry: Enquiry,
    *,
    refused: DraftedForm | None = None,
    moving: tuple[Customer, MoveForm] | None = None,
    notice: str = "",
    status: int = 200,
) -> HttpResponse:
    """An enquiry as a thread, and below it the form for what is said next.

    A form that was `refused` is shown as it was sent, and what was typed in it stands in those beside it too.
    `moving` is to whom the enquiry is about to be moved, and the form that asks why.
    """
    page, sent = ENQUIRY.page(enquiry.reference), request.POST.dict() if request.method == "POST" else {}
    draft = draft_on(request, page) if refused is None and not sent else None
    typed = dict(draft.content) if draft else sent
    forms: dict[str, DraftedForm] = {"form": AmendForm(initial=typed)}
    if enquiry.is_open:
        forms |= {"close_form": CloseForm(initial=typed), "hand_form": HandOverForm(initial=typed)}
    for name, form in forms.items():
        if type(form) is type(refused):
            forms[name] = refused
    said = refused or forms["form"]
    if moving is None:
        said.focus(first="text")
    context: dict[str, Any] = draft_context(
        request, page, draft, submission=posted_submission(request) if refused or sent else None
    )
    context |= forms | {
        "said": said,
        "then": THEN.get(type(refused), typed.get("then") or "open"),
        "record": {
            "adviser": enquiry.adviser,
            "owner": enquiry.owner,
            "closed_by": enquiry.closed_by,
            "referred_to": enquiry.referred_to,
        },
        "notice": notice,
        "move_form": moving[1] if moving else None,
        "may_move": enquiry.customer is not None and enquiry.may_be_moved_by(request.user),
        "present": Presence.objects.on(enquiry.reference, exclude=request.user),
        "once": uuid.uuid4(),
    }
    with looking(request) as viewer:
        context["enquiry"] = viewer.visible_fields(enquiry)
        context["customer"] = viewer.visible_fields(enquiry.customer) if enquiry.customer else None
        context["moved_to"] = viewer.visible_fields(moving[0]) if moving else None
        context["thread"] = _thread(enquiry, viewer)
    context["can_undo"] = _can_undo_move(context["thread"], by=request.user)
    context["undo_seconds"] = UNDO_SECONDS
    return render(request, "visits/enquiry_detail.html", context, status=status)


def _thread(enquiry: Enquiry, viewer: Viewer) -> list[dict[str, Any]]:
    """The entries of an enquiry with who added each and which customers they name, and where among them it was closed.

    Customers are named by their reference: None where they are no more.
    """
    entries = list(enquiry.entries.in_order().select_related("added_by", "handed_to"))
    numbers = {pk for entry in entries for pk in (entry.customer_was, entry.customer_is) if pk is not None}
    named = Customer.objects.current().filter(pk__in=numbers) if numbers else Customer.objects.none()
    references = dict(named.values_list("pk", "reference"))
    rows: list[dict[str, Any]] = [
        {
            "entry": viewer.visible_fields(entry),
            "by": entry.added_by,
            "handed_to": entry.handed_to,
            "moves": entry.kind in MOVING,
            "was": references.get(entry.customer_was),
            "now": references.get(entry.customer_is),
        }
        for entry in entries
    ]
    if enquiry.ended_at is not None:
        before = sum(entry.added_at <= enquiry.ended_at for entry in entries)
        rows.insert(before, {"is_end": True, "moves": False})
    return rows


def _can_undo_move(thread: list[dict[str, Any]], *, by: Any) -> bool:
    """Whether the last that was done about the customer was done by `by` a moment ago, and is not undone."""
    moves = [row for row in thread if row["moves"]]
    if not moves or moves[-1]["by"] != by or moves[-1]["entry"].kind == EntryKind.TAKEN_BACK:
        return False
    return bool((database_now() - moves[-1]["entry"].added_at).total_seconds() < UNDO_SECONDS)


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
            return _enquiry_page(request, _enquiry(reference), notice=CLOSED_BEFORE, status=422)
    return _enquiry_page(request, enquiry, refused=form, status=422)


@require_POST
@requires("visits.amend_enquiry", title=_("Add to the record"))
def enquiry_amend(request: HttpRequest, reference: str) -> HttpResponse:
    """Add to an enquiry, or do with it what was chosen beside the words: close it, or hand it over."""
    if request.POST.get("then") == "close":
        return enquiry_close(request, reference)
    if request.POST.get("then") == "hand_over":
        return enquiry_hand_over(request, reference)
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
    return _enquiry_page(request, enquiry, refused=form, status=422)


@require_POST
@requires("visits.amend_enquiry", title=_("Hand over"))
def enquiry_hand_over(request: HttpRequest, reference: str) -> HttpResponse:
    """Let a colleague go on with an open enquiry."""
    form, submission = HandOverForm(request.POST), posted_submission(request)
    enquiry = _enquiry_or_none(reference)
    if enquiry is None:
        return gone(request, form, title=NO_MORE)
    if form.is_valid() and submission:
        try:
            actions.hand_over_enquiry(enquiry, **form.cleaned_data, submission=submission, by=request.user)
            return redirect(enquiry)
        except actions.Gone:
            return gone(request, form, title=NO_MORE)
        except actions.AlreadyClosed:
            return _enquiry_page(request, _enquiry(reference), notice=CLOSED_BEFORE, status=422)
    return _enquiry_page(request, enquiry, refused=form, status=422)


@require_POST
@requires("visits.log_enquiry", title=_("Whose enquiry it was"))
def enquiry_attach(request: HttpRequest, reference: str) -> HttpResponse:
    """Say whose enquiry it was, or that it was another customer's. Both stand in the access log."""
    submission, form = posted_submission(request), MoveForm(request.POST)
    enquiry, customer = _enquiry(reference), _posted_customer(request)
    if submission is None or not form.is_valid():
        return _enquiry_page(request, enquiry, notice=_("This page was too old to be sent. Do it again."), status=422)
    sent: dict[str, Any] = {"customer": customer, "submission": submission, "by": request.user}
    try:
        with looking(request) as viewer:
            viewer.visible_list(person for person in (enquiry.customer, customer) if person)
            if enquiry.customer is None:
                actions.attach_customer(enquiry, **sent)
            else:
                actions.move_enquiry(enquiry, **sent, reason=form.cleaned_data["reason"])
    except actions.ReasonNeeded:
        form = MoveForm(request.POST if "reason" in request.POST else None)
        form.refuse_reason()
        form.focus(first="reason")
        return _enquiry_page(request, enquiry, moving=(_whole(customer), form), status=422)
    except (actions.AlreadyAttached, actions.SameCustomer):
        notice = _("This enquiry has a customer already.")
        return _enquiry_page(request, _enquiry(reference), notice=notice, status=422)
    except actions.NotYours:
        notice = _("Only who logged the enquiry, or a manager, can move it.")
        return _enquiry_page(request, enquiry, notice=notice, status=422)
    except actions.Gone:
        return gone(request, title=_("The enquiry or the customer is no longer there"))
    return redirect(enquiry)


def _whole(customer: Customer) -> Customer:
    """The customer with all that a page shows of them."""
    whole: Customer = Customer.objects.get(pk=customer.pk)
    return whole


@require_POST
@requires("visits.log_enquiry", title=_("Undo"))
def enquiry_take_back(request: HttpRequest, reference: str) -> HttpResponse:
    """Undo attaching or moving an enquiry a moment ago. Both customers stand in the access log."""
    submission, enquiry = undo_submission(request), _enquiry(reference)
    try:
        with looking(request) as viewer:
            last = enquiry.entries.moves().last()
            numbers = [pk for pk in (last.customer_was, last.customer_is) if pk] if last else []
            viewer.visible_list(Customer.objects.current().filter(pk__in=numbers))
            actions.take_back_move(enquiry, submission=submission, by=request.user)
    except actions.TooLateToUndo:
        notice = _("It is too late to undo. The enquiry can still be moved, with a reason.")
        return _enquiry_page(request, _enquiry(reference), notice=notice, status=422)
    return redirect(enquiry)


@require_POST
@requires("visits.view_enquiry", title=_("Who has it open"))
def enquiry_present(request: HttpRequest, reference: str) -> HttpResponse:
    """Note that the page of this enquiry is open, and say which colleagues have it open too."""
    actions.note_presence(reference, by=request.user)
    present = Presence.objects.on(reference, exclude=request.user)
    return render(request, "visits/_present.html", {"present": present})


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


@require_http_methods(["GET", "HEAD", "POST"])
@requires("visits.view_enquiry", title=_("Today’s log"), menu=Entry(600, Group.DESK, more_for=[Role.MANAGER]))
def enquiry_today(request: HttpRequest) -> HttpResponse:
    """All that the adviser logged today."""
    enquiries = Enquiry.objects.current().logged_by(request.user).on_day(london_today())
    with looking(request) as viewer:
        context = list_of(request, enquiries, viewer, size=PAGE_ROWS) | {"total": enquiries.count()}
    return render(request, "visits/enquiry_today.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("visits.view_enquiry", title=_("Open enquiries"), menu=Entry(500, Group.DESK, more_for=[Role.MANAGER]))
def enquiry_pending(request: HttpRequest) -> HttpResponse:
    """Everybody's open enquiries, by service, by whom they are with, and by how long they have been open."""
    waiting = Enquiry.objects.current().still_open()
    counts = list(waiting.values_list("service", "owner").annotate(number=Count("pk")))
    by_service, by_owner = Counter[int](), Counter[int]()
    for service, owner, number in counts:
        by_service[service] += number
        by_owner[owner] += number
    services = list(Service.objects.filter(pk__in=by_service).order_by("pk"))
    owners = list(User.objects.filter(pk__in=by_owner).order_by("name", "pk"))
    chosen = next((service for service in services if service.code == request.GET.get("service")), None)
    owner = next((person for person in owners if str(person.pk) == request.GET.get("owner")), None)
    age = request.GET.get("age") if request.GET.get("age") in AGES else ""
    if chosen:
        waiting = waiting.filter(service=chosen)
    if owner:
        waiting = waiting.owned_by(owner)
    if age:
        waiting = waiting.filter(contact_on__lte=london_today() - dt.timedelta(days=int(age)))
    with looking(request) as viewer:
        context = list_of(request, waiting, viewer, by="started_at", size=PAGE_ROWS)
    context |= {
        "services": [(service, by_service[service.pk]) for service in services],
        "chosen": chosen,
        "owners": [(person, by_owner[person.pk]) for person in owners],
        "owner": owner,
        "ages": AGES.items(),
        "age": age,
        "total": sum(by_service.values()),
    }
    return render(request, "visits/enquiry_pending.html", context)
