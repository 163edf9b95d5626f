"""What is being typed."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from drafts import actions
from drafts.forms import DraftForm, SubmissionForm
from drafts.models import Draft
from drafts.pages import Page, draft_content
from staff.access import requires


@require_POST
@requires("drafts.keep_draft")
def draft_save(request: HttpRequest) -> HttpResponse:
    """Keep what is being typed. Answers with the submission and revision that the page goes on with."""
    form = DraftForm(request.POST)
    if not form.is_valid():
        return JsonResponse(
            {"error": _("This page is too old to keep drafts. Copy what you typed and reload it.")}, status=422
        )
    page: Page = form.cleaned_data["page"]
    try:
        content = draft_content(page.kind, request.POST)
    except ValidationError as error:
        return JsonResponse({"error": error.message}, status=422)
    draft = actions.save_draft(
        form.cleaned_data["submission"],
        page=page,
        content=content,
        revision=form.cleaned_data["revision"] or 0,
        by=request.user,
    )
    if draft is None:
        return JsonResponse({"submission": form.cleaned_data["submission"], "revision": 0})
    return JsonResponse({"submission": draft.submission, "revision": draft.revision})


@require_POST
@requires("drafts.keep_draft")
def draft_discard(request: HttpRequest) -> HttpResponse:
    """Throw a draft away and begin its page anew."""
    form = DraftForm(request.POST)
    if not form.is_valid():
        return redirect("/")
    actions.discard_draft(form.cleaned_data["submission"], by=request.user)
    return redirect(form.cleaned_data["page"])


def draft_for(request: HttpRequest, drafts: list[Draft], page: Page) -> Draft | None:
    """The draft that was asked for by its submission, or else the newest of this page."""
    asked = request.GET.get("draft", "")
    return next(
        (draft for draft in drafts if str(draft.submission) == asked),
        next((draft for draft in drafts if draft.page == str(page)), None),
    )


def draft_on(request: HttpRequest, page: Page) -> Draft | None:
    """The newest draft of whoever asks, on this page."""
    return draft_for(request, list(Draft.objects.of(request.user).filter(page=str(page))[:1]), page)


def draft_context(page: Page, draft: Draft | None, *, submission: uuid.UUID | None = None) -> dict[str, Any]:
    """What the hidden fields of a page that is typed on need; `submission` is that of a form that was refused."""
    if draft is not None:
        submission = draft.submission
    return {
        "page": str(page),
        "here": page.get_absolute_url(),
        "draft": draft,
        "submission": submission or uuid.uuid4(),
        "revision": draft.revision if draft else 0,
    }


def posted_submission(request: HttpRequest) -> uuid.UUID | None:
    """The submission that a page was sent with; None if it has none, or what is none."""
    form = SubmissionForm(request.POST)
    form.is_valid()
    found: uuid.UUID | None = form.cleaned_data.get("submission")
    return found
