"""The retention page, for the information governance officer: what goes, what went, what is held."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from privacy.dates import london_today
from privacy.naming import kind_of
from privacy.references import record_with
from retention import actions, certificates, stats
from retention.forms import HoldForm, ReviewForm
from retention.models import Hold, PurgeRun
from retention.relations import record_of
from staff.access import requires

RUNS = 14


@require_GET
@requires("retention.view_retention")
def overview(request: HttpRequest) -> HttpResponse:
    """Everything on one page."""
    return _page(request)


@require_POST
@requires("retention.view_retention")
def rehearse(request: HttpRequest) -> HttpResponse:
    """What tonight's purge would take."""
    return _page(request, rehearsal=stats.rehearsal(london_today()))


@require_POST
@requires("retention.confirm_purge")
def purge_confirm(request: HttpRequest, identity: uuid.UUID) -> HttpResponse:
    """Say that a purge which was refused for its looks is right."""
    run = get_object_or_404(PurgeRun, identity=identity)
    try:
        actions.confirm_purge(run, by=request.user)
    except actions.NotConfirmable:
        return _page(request, problem=_("This purge is not waiting for anybody’s word."), status=422)
    messages.success(request, _("Confirmed. The purge begins within five minutes."))
    return redirect("retention:overview")


@require_GET
@requires("retention.view_retention")
def purge_certificate(request: HttpRequest, identity: uuid.UUID) -> HttpResponse:
    """The certificate of a finished purge, as JSON."""
    run = get_object_or_404(PurgeRun, identity=identity, state=PurgeRun.State.DONE)
    answer = JsonResponse(certificates.facts(run), json_dumps_params={"indent": 1})
    answer["Content-Disposition"] = f'attachment; filename="purge-{run.cut_off.isoformat()}.json"'
    return answer


@require_GET
@requires("retention.view_retention")
def purge_certificate_pdf(request: HttpRequest, identity: uuid.UUID) -> HttpResponse:
    """The certificate of a finished purge, to be printed: Welsh, then English."""
    run = get_object_or_404(PurgeRun, identity=identity, state=PurgeRun.State.DONE)
    answer = HttpResponse(certificates.as_pdf(certificates.facts(run)), content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="purge-{run.cut_off.isoformat()}.pdf"'
    return answer


@require_POST
@requires("retention.place_hold")
def hold_place(request: HttpRequest) -> HttpResponse:
    """Place a hold, or with `look` only say what it would keep and what not."""
    form = HoldForm(request.POST)
    if form.is_valid():
        details = dict(form.cleaned_data)
        found = record_with(details.pop("reference").upper())
        record = record_of(*found) if found else None
        if record is None:
            form.add_error("reference", _("No record has this reference. It may have gone because its time was up."))
        elif "look" in request.POST:
            return _page(request, form=form, kept=_in_words(actions.what_is_kept(record)))
        else:
            try:
                actions.place_hold(record, **details, by=request.user)
                messages.success(request, _("The hold is in force."))
                return redirect("retention:overview")
            except actions.AlreadyHeld:
                form.add_error("reference", _("A hold keeps this record already. Review that one below."))
            except actions.RecordGone:
                form.add_error("reference", _("This record has just gone: its time was up."))
    return _page(request, form=form, status=422)


@require_POST
@requires("retention.place_hold")
def hold_review(request: HttpRequest, number: int) -> HttpResponse:
    """Say that a hold is still needed, until the next review."""
    hold = get_object_or_404(Hold, pk=number)
    form = ReviewForm(request.POST)
    if not form.is_valid():
        return _page(request, refused=hold.pk, review=form, status=422)
    try:
        actions.review_hold(hold, review_on=form.cleaned_data["review_on"], by=request.user)
    except actions.AlreadyReleased:
        return _page(request, problem=_("Someone has already released this hold."), status=422)
    messages.success(request, _("The review is written down."))
    return redirect("retention:overview")


@require_POST
@requires("retention.place_hold")
def hold_release(request: HttpRequest, number: int) -> HttpResponse:
    """Let go of what a hold kept."""
    try:
        actions.release_hold(get_object_or_404(Hold, pk=number), by=request.user)
    except actions.AlreadyReleased:
        return _page(request, problem=_("Someone has already released this hold."), status=422)
    messages.success(request, _("Released. What is past its date goes tonight."))
    return redirect("retention:overview")


def _page(
    request: HttpRequest,
    *,
    form: HoldForm | None = None,
    kept: dict[str, Any] | None = None,
    rehearsal: list[dict[str, Any]] | None = None,
    refused: int | None = None,
    review: ReviewForm | None = None,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    now, today = timezone.now(), london_today()
    form = form or HoldForm()
    form.focus()
    holds = list(Hold.objects.in_force().select_related("responsible").order_by("review_on", "pk"))
    number = stats.past_their_date(now)
    late = stats.purge_is_late(now)
    context = {
        "here": reverse("retention:overview"),
        "past": number,
        "late": late,
        "red": bool(number) or late,
        "now": now,
        "canary": stats.canary(now),
        "today": today,
        "kinds": stats.kinds(today),
        "coming": stats.coming(today),
        "runs": list(PurgeRun.objects.order_by("-started_at", "-pk").prefetch_related("counts")[:RUNS]),
        "waiting": PurgeRun.objects.filter(state=PurgeRun.State.REFUSED).first(),
        "holds": [
            (hold, review if hold.pk == refused else ReviewForm(auto_id=f"review_{hold.pk}_%s")) for hold in holds
        ],
        "reviews": stats.reviews(holds),
        "keys": stats.keys_held(),
        "ledger": stats.ledger_entries(),
        "files": stats.files_waiting(),
        "form": form,
        "kept": kept,
        "rehearsal": rehearsal,
        "problem": problem,
    }
    return render(request, "retention/overview.html", context, status=status)


def _in_words(told: Any) -> dict[str, Any]:
    return {
        "kept": [(kind_of(label), number) for label, number in sorted(told.kept.items())],
        "left": [(kind_of(label), number) for label, number in sorted(told.left.items())],
    }
