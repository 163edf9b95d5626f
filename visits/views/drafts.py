"""What is being typed."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from staff.access import requires
from visits import actions
from visits.forms import (
    DraftForm,
    draft_content,
)
from visits.models import page_url


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
