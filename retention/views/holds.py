"""The page of holds: list, place, review, release."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from privacy.naming import kind_of
from privacy.references import record_with
from retention import actions, stats
from retention.forms import HoldForm, ReviewForm
from retention.models import Hold
from retention.relations import Kept, record_of
from staff.access import requires
from staff.menu import Entry, Group

RELEASED = 25


@require_safe
@requires("retention.view_retention", title=_("Holds"), menu=Entry(1100, Group.GOVERNANCE))
def hold_list(request: HttpRequest) -> HttpResponse:
    """Show the holds in force and the form that places one."""
    return _page(request)


@require_POST
@requires("retention.place_hold", title=_("Place a hold"), menu="retention:hold_list")
def hold_place(request: HttpRequest) -> HttpResponse:
    """Place a hold, or with `look` only show what it would keep and what not."""
    looks = "look" in request.POST
    form = HoldForm(request.POST, only_reference=looks)
    if form.is_valid():
        details = dict(form.cleaned_data)
        found = record_with(details.pop("reference"))
        record = record_of(*found) if found else None
        if record is None:
            form.add_error("reference", _("No record has this reference. If one had it, it has been deleted."))
        elif looks:
            return _page(request, form=form, kept=_by_kind(actions.what_is_kept(record)))
        else:
            try:
                hold = actions.place_hold(record, **details, by=request.user)
                messages.success(request, _("The hold is in force: %(record)s") % {"record": hold.record})
                return redirect("retention:hold_list")
            except actions.AlreadyHeld:
                form.add_error("reference", _("A hold keeps this record already. Review that hold above."))
            except actions.RecordGone:
                form.add_error("reference", _("This record has just been deleted: its retention period has ended."))
    return _page(request, form=form, status=422)


@require_POST
@requires("retention.place_hold", title=_("Next review"), menu="retention:hold_list")
def hold_review(request: HttpRequest, number: int) -> HttpResponse:
    """Set the next review of a hold that is still needed."""
    hold = get_object_or_404(Hold, pk=number)
    form = _review_form(hold, request.POST)
    if not form.is_valid():
        return _page(request, reviewed=hold, review=form, status=422)
    try:
        actions.review_hold(hold, review_on=form.cleaned_data["review_on"], by=request.user)
    except actions.AlreadyReleased:
        return _page(request, notice=_("Someone has already released this hold."), status=422)
    messages.success(request, _("The review is recorded."))
    return redirect("retention:hold_list")


@require_POST
@requires("retention.place_hold", title=_("Release"), menu="retention:hold_list")
def hold_release(request: HttpRequest, number: int) -> HttpResponse:
    """Release a hold."""
    hold = get_object_or_404(Hold, pk=number)
    try:
        actions.release_hold(hold, by=request.user)
    except actions.AlreadyReleased:
        return _page(request, notice=_("Someone has already released this hold."), status=422)
    told = _("Released: %(record)s. What is past its date is deleted tonight. It can be placed again below until then.")
    messages.success(request, told % {"record": hold.record})
    return redirect("retention:hold_list")


@require_POST
@requires("retention.place_hold", title=_("Place again"), menu="retention:hold_list")
def hold_renew(request: HttpRequest, number: int) -> HttpResponse:
    """Place a released hold again."""
    hold = get_object_or_404(Hold, pk=number)
    try:
        actions.renew_hold(hold, by=request.user)
    except (actions.AlreadyHeld, actions.StillInForce):
        return _page(request, notice=_("A hold keeps this record already. Review that hold above."), status=422)
    except actions.RecordGone:
        notice = _("This record has just been deleted: its retention period has ended.")
        return _page(request, notice=notice, status=422)
    messages.success(request, _("The hold is in force: %(record)s") % {"record": hold.record})
    return redirect("retention:hold_list")


def _page(
    request: HttpRequest,
    *,
    form: HoldForm | None = None,
    kept: dict[str, list[tuple[str, int]]] | None = None,
    reviewed: Hold | None = None,
    review: ReviewForm | None = None,
    notice: Any = "",
    status: int = 200,
) -> HttpResponse:
    """The page of holds, with a form that was refused in its place."""
    form = form or HoldForm()
    form.focus()
    holds = list(Hold.objects.in_force().select_related("responsible").order_by("review_on", "pk"))
    context = {
        "here": reverse("retention:hold_list"),
        "holds": [(hold, review if hold == reviewed else _review_form(hold)) for hold in holds],
        "reviews": stats.reviews(holds),
        "released": list(Hold.objects.released()[:RELEASED]),
        "form": form,
        "review": review,
        "kept": kept,
        "notice": notice,
    }
    return render(request, "retention/holds.html", context, status=status)


def _review_form(hold: Hold, data: Any = None) -> ReviewForm:
    """The form in one hold's row, with ids that no other row has."""
    form = ReviewForm(data, auto_id=f"review_{hold.pk}_%s")
    form.focus()
    return form


def _by_kind(found: Kept) -> dict[str, list[tuple[str, int]]]:
    """The numbers of `what_is_kept` with the kinds as people call them."""
    return {
        "kept": [(kind_of(name), number) for name, number in sorted(found.kept.items())],
        "left": [(kind_of(name), number) for name, number in sorted(found.left.items())],
    }
