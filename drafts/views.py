"""What is being typed."""

from __future__ import annotations

import base64
import uuid
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, redirect
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from drafts import actions
from drafts.forms import CarryForm, DraftForm, SubmissionForm
from drafts.models import Draft, Sent
from drafts.pages import MadeFor, Page, draft_content
from privacy.dates import london_today
from staff.access import requires
from staff.models import User


class OtherAccount(Exception):
    """A page was sent by another account than the one it was made for, which is `owner`; nothing was written."""

    def __init__(self, owner: Any) -> None:
        super().__init__()
        self.owner = owner


@require_POST
@requires("drafts.keep_draft")
def draft_save(request: HttpRequest) -> HttpResponse:
    """Keep what is being typed, for the account that the page was made for.

    Answers with the submission and revision that the page goes on with; 409 where somebody else is signed in by now.
    """
    form = DraftForm(request.POST)
    if not form.is_valid():
        return JsonResponse(
            {"error": _("This page is too old to keep drafts. Copy what you typed and reload it.")}, status=422
        )
    made_for: MadeFor = form.cleaned_data["made_for"]
    owner = _owner(request, made_for)
    try:
        content = draft_content(made_for.page.kind, request.POST)
    except ValidationError as error:
        return JsonResponse({"error": error.message}, status=422)
    submission, revision = form.cleaned_data["submission"], form.cleaned_data["revision"]
    draft = actions.save_draft(
        submission, page=made_for.page, content=content, revision=revision, writer=form.cleaned_data["writer"], by=owner
    )
    kept = {"submission": submission, "revision": revision if content else 0}
    if draft is not None:
        kept = {"submission": draft.submission, "revision": draft.revision}
    if owner != request.user:
        names = {"X-Made-For": quote(owner.name), "X-Signed-In": quote(request.user.name)}  # type: ignore[union-attr]
        return JsonResponse(kept, status=409, headers=names)
    return JsonResponse(kept)


@require_POST
@requires("drafts.keep_draft")
def draft_discard(request: HttpRequest) -> HttpResponse:
    """Put a draft away, and begin its page anew."""
    return _back_to_page(request, actions.discard_draft, "discarded")


@require_POST
@requires("drafts.keep_draft")
def draft_restore(request: HttpRequest) -> HttpResponse:
    """Bring back a draft that was discarded."""
    return _back_to_page(request, actions.restore_draft, "draft")


def _back_to_page(request: HttpRequest, action: Any, name: str) -> HttpResponse:
    form = SubmissionForm(request.POST)
    if not form.is_valid():
        return redirect("/")
    draft = action(form.cleaned_data["submission"], by=request.user)
    page = draft.typed_on if draft else None
    address = (page or form.cleaned_data["made_for"].page).get_absolute_url()
    return redirect(f"{address}?{name}={draft.submission}" if draft else address)


@require_POST
@requires("drafts.keep_draft")
def draft_carry(request: HttpRequest) -> HttpResponse:
    """Take what was typed on one page along to another."""
    form = CarryForm(request.POST)
    if not form.is_valid():
        return redirect("/")
    page: Page = form.cleaned_data["to"]
    draft = actions.carry_draft(form.cleaned_data["submission"], to=page, by=request.user)
    return redirect(draft or page)


@require_safe
@requires("drafts.keep_draft")
def session(request: HttpRequest) -> HttpResponse:
    """Give who is signed in a new token for the pages that they have open."""
    user: Any = request.user
    return JsonResponse({"name": user.name, "token": get_token(request)})


def _owner(request: HttpRequest, made_for: MadeFor) -> Any:
    return request.user if made_for.account == request.user.pk else get_object_or_404(User, pk=made_for.account)


def draft_for(request: HttpRequest, drafts: list[Draft], page: Page) -> Draft | None:
    """The draft that fills the page in: the one that its address names, or else the newest that was begun here today.

    A page about nobody in particular is filled in by the one that its address names only.
    """
    here = [draft for draft in drafts if draft.page == str(page)]
    if asked := request.GET.get("draft", ""):
        return next((draft for draft in here if str(draft.submission) == asked), None)
    return next((draft for draft in here if draft.began_today), None) if page.kind.comes_back else None


def draft_on(request: HttpRequest, page: Page) -> Draft | None:
    """The draft of whoever asks that fills in this page."""
    return draft_for(request, list(Draft.objects.of(request.user).filter(page=str(page))), page)


def draft_context(
    request: HttpRequest, page: Page, draft: Draft | None, *, submission: uuid.UUID | None = None
) -> dict[str, Any]:
    """What the hidden fields of a page that is typed on need; `submission` is that of a form that was refused."""
    if draft is None and submission is not None:
        draft = Draft.objects.of(request.user).filter(submission=submission).first()
    address = page.get_absolute_url()
    return {
        "page": str(page),
        "made_for": MadeFor(request.user.pk, page).sign(),  # type: ignore[arg-type]
        "typed_at": address,
        "is_free": not page.kind.about,
        "here": f"{address}?draft={draft.submission}" if draft else address,
        "draft": draft,
        "submission": draft.submission if draft else submission or uuid.uuid4(),
        "revision": draft.revision if draft else 0,
        "writer": uuid.uuid4(),
        "tab_key": tab_key(request.user),
        "discarded": _discarded(request),
    }


def _discarded(request: HttpRequest) -> Draft | None:
    """The draft that was put away a moment ago, while it can be brought back."""
    try:
        asked = uuid.UUID(request.GET.get("discarded", ""))
    except ValueError:
        return None
    found: Draft | None = Draft.objects.filter(
        submission=asked, adviser_id=request.user.pk, discarded_at__isnull=False
    ).first()
    return found


def tab_key(user: Any) -> str:
    """The key with which a tab seals what it could not send yet: of this account, for today."""
    digest = salted_hmac("drafts.tab", f"{user.pk}:{london_today()}", settings.SECRET_KEY, algorithm="sha256").digest()
    return base64.b64encode(digest).decode()


def sent_once_from(request: HttpRequest, page: Page) -> dict[str, Any]:
    """What a form beside the one that is typed in needs in its hidden fields, `drafts/_once.html`."""
    return {"once": uuid.uuid4(), "made_for": MadeFor(request.user.pk, page).sign()}  # type: ignore[arg-type]


def posted_submission(request: HttpRequest) -> uuid.UUID | None:
    """The submission that a page was sent with; None if it has none, or what is none. Raises OtherAccount."""
    sent = posted_page(request)
    return sent[0] if sent else None


def posted_page(request: HttpRequest) -> tuple[uuid.UUID, Page] | None:
    """The submission and the page that a form was sent with; None if it has none. Raises OtherAccount."""
    form = SubmissionForm(request.POST)
    if not form.is_valid():
        return None
    made_for: MadeFor = form.cleaned_data["made_for"]
    if made_for.account != request.user.pk:
        raise OtherAccount(_owner(request, made_for))
    return form.cleaned_data["submission"], made_for.page


def undo_submission(request: HttpRequest) -> uuid.UUID:
    """The submission of a button that is pressed once, such as Undo."""
    try:
        return uuid.UUID(request.POST.get("submission", ""))
    except ValueError:
        return uuid.uuid4()


def came_of(submission: uuid.UUID, *, by: Any) -> Any:
    """The record that came of what `by` sent with this submission; None when nothing was."""
    sent = Sent.objects.filter(submission=submission, by=by).first()
    return sent and sent.record()
