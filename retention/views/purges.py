"""The page of purges: the last ones with their certificates, a refused one to be confirmed, what the next deletes."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from retention import actions, certificates, stats
from retention.models import PurgeRun
from staff.access import requires

RUNS = 14


@require_safe
@requires("retention.view_retention", title=_("Purges"), menu="retention:overview")
def purge_list(request: HttpRequest) -> HttpResponse:
    """Show the last purges."""
    return _page(request)


@require_safe
@requires("retention.view_retention", title=_("Purges"), menu="retention:overview")
def purge_rehearse(request: HttpRequest) -> HttpResponse:
    """Show what the purge that waits for confirmation, or else tonight's, would delete."""
    waiting = PurgeRun.objects.refused().first()
    return _page(request, rehearsed=waiting.cut_off if waiting else stats.next_cut_off(timezone.now()))


@require_POST
@requires("retention.confirm_purge", title=_("Purges"), menu="retention:overview")
def purge_confirm(request: HttpRequest, identity: uuid.UUID) -> HttpResponse:
    """Let a refused purge run."""
    run = get_object_or_404(PurgeRun, identity=identity)
    try:
        actions.confirm_purge(run, by=request.user)
    except actions.NotConfirmable:
        return _page(request, notice=_("This purge is not waiting for confirmation."), status=422)
    messages.success(request, _("Confirmed. The purge begins within five minutes."))
    return redirect("retention:purge_list")


@require_safe
@requires("retention.view_retention")
def purge_certificate(request: HttpRequest, identity: uuid.UUID) -> HttpResponse:
    """The certificate of a finished purge, as JSON."""
    run = get_object_or_404(PurgeRun, identity=identity, state=PurgeRun.State.DONE)
    answer = JsonResponse(certificates.facts(run), json_dumps_params={"indent": 1})
    answer["Content-Disposition"] = _attachment(run, "json")
    return answer


@require_safe
@requires("retention.view_retention")
def purge_certificate_pdf(request: HttpRequest, identity: uuid.UUID) -> HttpResponse:
    """The certificate of a finished purge, as PDF to be printed: Welsh, then English."""
    run = get_object_or_404(PurgeRun, identity=identity, state=PurgeRun.State.DONE)
    answer = HttpResponse(certificates.as_pdf(certificates.facts(run)), content_type="application/pdf")
    answer["Content-Disposition"] = _attachment(run, "pdf")
    return answer


def _page(
    request: HttpRequest, *, rehearsed: dt.date | None = None, notice: Any = "", status: int = 200
) -> HttpResponse:
    """The page of purges; with `rehearsed`, what a purge up to that day would delete."""
    context = {
        "here": reverse("retention:purge_list"),
        "runs": list(PurgeRun.objects.newest_first().prefetch_related("counts")[:RUNS]),
        "waiting": PurgeRun.objects.refused().first(),
        "rehearsed": rehearsed,
        "rehearsal": stats.rehearsal(rehearsed) if rehearsed else None,
        "notice": notice,
    }
    return render(request, "retention/purges.html", context, status=status)


def _attachment(run: PurgeRun, kind: str) -> str:
    """The header that names a certificate's file, in both languages as the paper is."""
    return f'attachment; filename="tystysgrif-certificate-{run.cut_off.isoformat()}.{kind}"'
