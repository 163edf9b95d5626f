"""The desk's pages: load, ask a form, call one action, answer."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from privacy.dates import database_now, london_today
from privacy.models import SearchUnready
from privacy.terms import words
from sharing.access import requires
from sharing.actions import Look, looking
from sharing.models import Place
from visits import actions, finding
from visits.forms import (
    AmendForm,
    ChangeForm,
    CloseForm,
    CustomerForm,
    DraftForm,
    EnquiryForm,
    SubmissionForm,
    draft_content,
    enquiry_content,
)
from visits.models import UNDO_SECONDS, Customer, Draft, Enquiry, Service, page_url
from visits.references import read_reference

RECENT = 5
LOG_ROWS = 12
HISTORY_ROWS = 10
PAGE_ROWS = 25


# --- the counter ------------------------------------------------------------------------------------------------------


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
    return _desk(request, page="counter", logged=_just_logged(request))


@require_GET
@requires("visits.view_customer")
def customer_detail(request: HttpRequest, reference: str) -> HttpResponse:
    """One customer: the same desk, with their banner, details and history."""
    customer = get_object_or_404(Customer.objects.current(), reference=reference)
    recent = [customer.pk, *(pk for pk in request.session.get("recent", []) if pk != customer.pk)][:RECENT]
    if recent != request.session.get("recent"):
        request.session["recent"] = recent
    return _desk(request, page=f"customer:{customer.reference}", customer=customer, logged=_just_logged(request))


@require_http_methods(["GET", "POST"])
@requires("visits.change_customer")
def customer_new(request: HttpRequest) -> HttpResponse:
    """The desk with a new customer's details beside the enquiry; a POST brings what was searched for."""
    typed = words(request.POST.get("q", "")[:100])
    names = {"given_names": " ".join(typed[:-1]).title(), "family_name": typed[-1].title()} if typed else {}
    return _desk(request, page="new", new=True, names=names)


def _desk(
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
    draft = _draft_for(request, drafts, page) if form is None else None
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
        "submission": _submission(request, draft, status),
        "revision": draft.revision if draft else 0,
        "draft": draft,
        "other_drafts": [other for other in drafts if draft is None or other.pk != draft.pk],
        "logged": logged,
        "hint": hint,
        "undo_seconds": UNDO_SECONDS,
    }
    mine = Enquiry.objects.current().logged_by(user).newest_first()
    with looking(user, place=Place(page.partition(":")[0])) as look:
        context["today"] = _rows(mine.on_day(london_today())[:LOG_ROWS], look)
        context["open_enquiries"] = _rows(mine.still_open()[:LOG_ROWS], look)
        context["recent"] = _recent(request, look, but=customer)
        if customer is not None:
            context["customer"] = look.visible_fields(customer)
            history = Enquiry.objects.current().filter(customer=customer).newest_first()
            context["history"] = _page(request, history, HISTORY_ROWS, look)
    return render(request, "visits/counter.html", context, status=status)


def _submission(request: HttpRequest, draft: Draft | None, status: int) -> str:
    if draft is not None:
        return str(draft.submission)
    posted = SubmissionForm(request.POST)
    if status == 422 and posted.is_valid():
        return str(posted.cleaned_data["submission"])
    return str(uuid.uuid4())


def _draft_for(request: HttpRequest, drafts: list[Draft], page: str) -> Draft | None:
    """The draft that was asked for by its id, or else the newest of this page."""
    asked = request.GET.get("draft", "")
    return next(
        (draft for draft in drafts if str(draft.submission) == asked),
        next((draft for draft in drafts if draft.page == page), None),
    )


def _just_logged(request: HttpRequest) -> Enquiry | None:
    """The enquiry that was logged a moment ago, while it can be undone."""
    reference = request.GET.get("logged", "")[:12]
    if not reference:
        return None
    enquiry = Enquiry.objects.logged_by(request.user).filter(reference=reference).first()
    fresh = enquiry is not None and (database_now() - enquiry.logged_at).total_seconds() < UNDO_SECONDS
    return enquiry if fresh else None


def _rows(enquiries: Any, look: Look) -> list[dict[str, Any]]:
    """Enquiries as rows of a table, with the customer and the adviser of each."""
    return [
        {
            "enquiry": look.visible_fields(enquiry),
            "customer": look.visible_fields(enquiry.customer) if enquiry.customer else None,
            "adviser": enquiry.adviser,
        }
        for enquiry in enquiries.as_rows()
    ]


def _page(request: HttpRequest, enquiries: QuerySet[Any], size: int, look: Look) -> dict[str, Any]:
    page = Paginator(enquiries, size).get_page(request.GET.get("page"))
    return {"page": page, "rows": _rows(page.object_list, look)}


def _recent(request: HttpRequest, look: Look, *, but: Customer | None) -> list[Any]:
    ids = [pk for pk in request.session.get("recent", []) if but is None or pk != but.pk]
    found = Customer.objects.current().in_bulk(ids) if ids else {}
    return look.visible_list(found[pk] for pk in ids if pk in found)


# --- finding ----------------------------------------------------------------------------------------------------------


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


# --- customers --------------------------------------------------------------------------------------------------------


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
    return _desk(
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
        draft = _draft_for(request, list(Draft.objects.of(request.user).filter(page=page)[:1]), page)
        form = CustomerForm(instance=customer, initial=draft.content if draft else None)
    form.focus()
    context: dict[str, Any] = {
        "page": page,
        "here": page_url(page),
        "customer_form": form,
        "draft": draft,
        "submission": _submission(request, draft, status),
        "revision": draft.revision if draft else 0,
    }
    with looking(request.user, place=Place.CHANGE) as look:
        context["customer"] = look.visible_fields(customer)
    return render(request, "visits/customer_change.html", context, status=status)


# --- enquiries --------------------------------------------------------------------------------------------------------


@require_POST
@requires("visits.log_enquiry")
def enquiry_open(request: HttpRequest) -> HttpResponse:
    """Log an enquiry for nobody, for a known customer, or for a new one who is added with it."""
    new = "family_name" in request.POST
    customer = None
    if request.POST.get("customer"):
        customer = _posted_customer(request)
    form, sent = EnquiryForm(request.POST), SubmissionForm(request.POST)
    customer_form = CustomerForm(request.POST) if new else None
    page = f"customer:{customer.reference}" if customer else "new" if new else "counter"
    valid = form.is_valid() and (customer_form is None or customer_form.is_valid())
    hint = ""
    if valid and sent.is_valid():
        try:
            enquiry = actions.open_enquiry(
                submission=sent.cleaned_data["submission"],
                customer=customer,
                new_customer=customer_form.cleaned_data if customer_form else None,
                by=request.user,
                **form.cleaned_data,
            )
            return redirect(reverse("visits:counter") + "?" + urlencode({"logged": enquiry.reference}))
        except actions.AlreadyLogged as error:
            request.POST = request.POST.copy()  # type: ignore[assignment]
            request.POST["submission"] = str(uuid.uuid4())
            form.add_error(
                None,
                _(
                    "This was logged from another tab a moment ago, as %(reference)s, with other words. Log it again"
                    " to make a second enquiry of what is below."
                )
                % {"reference": error.enquiry.reference},
            )
    elif valid:
        hint = _("This page was too old to be sent. Nothing is lost: log it again.")
    return _desk(
        request, page=page, customer=customer, new=new, form=form, customer_form=customer_form, hint=hint, status=422
    )


def _posted_customer(request: HttpRequest) -> Customer:
    reference = read_reference(request.POST.get("customer", ""))
    customer: Customer = get_object_or_404(Customer.objects.current(), reference=reference)
    return customer


@require_GET
@requires("visits.view_enquiry")
def enquiry_detail(request: HttpRequest, reference: str) -> HttpResponse:
    """One enquiry, with what was added to it."""
    return _enquiry_page(request, _enquiry(reference))


def _enquiry(reference: str) -> Enquiry:
    found: Enquiry = get_object_or_404(
        Enquiry.objects.current().select_related("service", "topic", "customer", "adviser", "closed_by", "referred_to"),
        reference=reference,
    )
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
    user, page = request.user, f"enquiry:{enquiry.reference}"
    draft = _draft_for(request, list(Draft.objects.of(user).filter(page=page)[:1]), page) if form is None else None
    if form is None:
        kind = CloseForm if enquiry.is_open else AmendForm
        form = kind(initial=dict(draft.content) if draft else None)
    form.focus()
    context = {
        "page": page,
        "here": page_url(page),
        "record": {
            "adviser": enquiry.adviser,
            "closed_by": enquiry.closed_by,
            "referred_to": enquiry.referred_to,
        },
        "notice": notice,
        "form": form,
        "draft": draft,
        "submission": _submission(request, draft, status),
        "revision": draft.revision if draft else 0,
    }
    with looking(user, place=Place.ENQUIRY) as look:
        context["enquiry"] = look.visible_fields(enquiry)
        context["customer"] = look.visible_fields(enquiry.customer) if enquiry.customer else None
        added = enquiry.amendments.select_related("added_by").order_by("added_at", "pk")
        context["amendments"] = [
            {"text": look.visible_fields(amendment).text, "at": amendment.added_at, "by": amendment.added_by}
            for amendment in added
        ]
    return render(request, "visits/enquiry_detail.html", context, status=status)


@require_POST
@requires("visits.close_enquiry")
def enquiry_close(request: HttpRequest, reference: str) -> HttpResponse:
    """Say how an open enquiry ended."""
    enquiry = _enquiry(reference)
    form, sent = CloseForm(request.POST), SubmissionForm(request.POST)
    if form.is_valid() and sent.is_valid():
        details = form.cleaned_data
        if details["outcome"] == "referred":
            details["referred_to"] = details["referred_to"] or enquiry.service
        try:
            actions.close_enquiry(enquiry, **details, submission=sent.cleaned_data["submission"], by=request.user)
            return redirect(enquiry)
        except actions.AlreadyClosed:
            notice = _(
                "Someone has already closed this enquiry. What you typed is below: you can add it to the record."
            )
            amend = AmendForm(initial={"text": details["narrative"]})
            return _enquiry_page(request, _enquiry(reference), form=amend, notice=notice, status=422)
    return _enquiry_page(request, enquiry, form=form, status=422)


@require_POST
@requires("visits.amend_enquiry")
def enquiry_amend(request: HttpRequest, reference: str) -> HttpResponse:
    """Add to a closed enquiry."""
    enquiry = _enquiry(reference)
    form, sent = AmendForm(request.POST), SubmissionForm(request.POST)
    if form.is_valid() and sent.is_valid():
        try:
            actions.amend_enquiry(
                enquiry, **form.cleaned_data, submission=sent.cleaned_data["submission"], by=request.user
            )
            return redirect(enquiry)
        except actions.StillOpen:
            form.add_error("text", _("This enquiry is still open: close it first."))
    return _enquiry_page(request, enquiry, form=form, status=422)


@require_POST
@requires("visits.log_enquiry")
def enquiry_attach(request: HttpRequest, reference: str) -> HttpResponse:
    """Say whose enquiry it was."""
    enquiry = _enquiry(reference)
    customer = _posted_customer(request)
    try:
        actions.attach_customer(enquiry, customer=customer, by=request.user)
    except actions.AlreadyAttached:
        return _enquiry_page(request, _enquiry(reference), notice=_("This enquiry has a customer already."), status=422)
    return redirect(enquiry)


@require_POST
@requires("visits.log_enquiry")
def enquiry_undo(request: HttpRequest, reference: str) -> HttpResponse:
    """Take back an enquiry just logged; what was typed is on the page again."""
    enquiry = _enquiry(reference)
    page = f"customer:{enquiry.customer.reference}" if enquiry.customer else "counter"
    back = enquiry.customer.get_absolute_url() if enquiry.customer else reverse("visits:counter")
    try:
        draft = actions.undo_enquiry(enquiry, content=enquiry_content(enquiry), page=page, by=request.user)
    except actions.TooLateToUndo:
        notice = _("It is too late to undo. The record stands; you can add to it.")
        return _enquiry_page(request, enquiry, notice=notice, status=422)
    return redirect(f"{back}?{urlencode({'draft': draft.submission})}")


@require_GET
@requires("visits.view_enquiry")
def enquiry_today(request: HttpRequest) -> HttpResponse:
    """All that the adviser logged today."""
    enquiries = Enquiry.objects.current().logged_by(request.user).on_day(london_today()).newest_first()
    with looking(request.user, place=Place.TODAY) as look:
        context = _page(request, enquiries, PAGE_ROWS, look)
    return render(request, "visits/enquiry_today.html", context)


@require_GET
@requires("visits.view_enquiry")
def enquiry_pending(request: HttpRequest) -> HttpResponse:
    """Everybody's open enquiries, by service."""
    waiting = Enquiry.objects.current().still_open()
    counts = {row["service"]: row["number"] for row in waiting.values("service").annotate(number=Count("pk"))}
    services = list(Service.objects.filter(pk__in=counts).order_by("pk"))
    chosen = next((service for service in services if service.code == request.GET.get("service")), None)
    if chosen:
        waiting = waiting.filter(service=chosen)
    with looking(request.user, place=Place.PENDING) as look:
        context = _page(request, waiting.order_by("started_at", "pk"), PAGE_ROWS, look)
    context |= {
        "services": [(service, counts[service.pk]) for service in services],
        "chosen": chosen,
        "total": sum(counts.values()),
    }
    return render(request, "visits/enquiry_pending.html", context)


# --- drafts -----------------------------------------------------------------------------------------------------------


@require_POST
@requires("visits.log_enquiry")
def draft_save(request: HttpRequest) -> HttpResponse:
    """Keep what is being typed. Answers with the submission and revision that the page goes on with."""
    form = DraftForm(request.POST)
    try:
        content = draft_content(request.POST)
    except ValidationError as error:
        return JsonResponse({"error": error.message}, status=422)
    if not form.is_valid():
        return JsonResponse(
            {"error": _("This page is too old to keep drafts. Copy what you typed and reload it.")}, status=422
        )
    draft = actions.save_draft(
        form.cleaned_data["submission"],
        page=form.cleaned_data["page"],
        content=content,
        revision=form.cleaned_data["revision"] or 0,
        by=request.user,
    )
    if draft is None:
        return JsonResponse({"submission": form.cleaned_data["submission"], "revision": 0})
    return JsonResponse({"submission": draft.submission, "revision": draft.revision})


@require_POST
@requires("visits.log_enquiry")
def draft_discard(request: HttpRequest) -> HttpResponse:
    """Throw a draft away and begin its page anew."""
    form = DraftForm(request.POST)
    if not form.is_valid():
        return redirect("visits:counter")
    actions.discard_draft(form.cleaned_data["submission"], by=request.user)
    return HttpResponseRedirect(page_url(form.cleaned_data["page"]))


# --- services ---------------------------------------------------------------------------------------------------------


@require_GET
@requires("visits.view_services")
def service_list(request: HttpRequest) -> HttpResponse:
    """The services and topics, in both languages."""
    services = Service.objects.order_by("pk").prefetch_related("topics")
    return render(request, "visits/service_list.html", {"services": services})
