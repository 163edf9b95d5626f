"""Pages that belong to no application: the language, and what is said when something is wrong."""

from __future__ import annotations

import logging
import sys
import uuid
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.i18n import set_language as django_set_language

from privacy.keyring import KeyringUnavailable
from privacy.sealed import DoesNotOpen
from staff import menu

logger = logging.getLogger("contactwrexham")

# Fields that the next try makes anew.
MACHINERY = {"csrfmiddlewaretoken"}


def set_language(request: HttpRequest) -> HttpResponse:
    """Change the language and come back to the same page."""
    return django_set_language(request)


@login_required
def first_page(request: HttpRequest) -> HttpResponse:
    """Send everybody to the page on which their work begins."""
    return redirect(menu.first_page(request.user))


def try_again(
    request: HttpRequest, *, title: str, advice: str, status: int, sign_in: bool = False, again: bool = False
) -> HttpResponse:
    """A page that says what is wrong and carries whatever was typed, to be sent again with one key.

    With `again` it goes under another submission, as if it had not been sent before.

    Only what this site's own page sent is carried: a form from elsewhere gets no second chance.
    """
    fields = (
        [(name, value) for name, values in request.POST.lists() if name not in MACHINERY for value in values]
        if _is_own(request) and request.method == "POST" and not request.path.startswith("/accounts/")
        else []
    )
    if again:
        fields = [(name, str(uuid.uuid4()) if name == "submission" else value) for name, value in fields]
    context = {"title": title, "advice": advice, "fields": fields, "path": request.path, "sign_in": sign_in}
    if status < 500:
        context["layout"] = _layout(request)
    return render(request, "try_again.html", context, status=status)


def _is_own(request: HttpRequest) -> bool:
    """Whether a page of this site sent it, as far as the browser says."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        return False
    ours = {f"{request.scheme}://{request.get_host()}", *settings.CSRF_TRUSTED_ORIGINS}
    return request.headers.get("Origin", min(ours)) in ours


def unavailable(request: HttpRequest, exception: BaseException) -> HttpResponse:
    """Answer 503: the database or the keys cannot be reached; 409 where a sealed value is not what was written."""
    if isinstance(exception, DoesNotOpen):  # logged where it was tried
        return try_again(
            request,
            title=_("A part of this record does not open"),
            advice=_(
                "It is not what was written here, so it cannot be changed. Nothing was saved. Tell the information"
                " governance officer."
            ),
            status=409,
        )
    if isinstance(exception, KeyringUnavailable):
        logger.error("keyring unavailable: %s", str(exception))
        title = _("Records cannot be saved or opened just now")
        advice = _(
            "The keys that seal customers’ records cannot be reached, so nothing was saved. What you typed is kept on"
            " this page. Tell your administrator, wait a moment and try again."
        )
    else:
        logger.error("database unavailable: %s", type(exception).__name__)
        title = _("The database cannot be reached just now")
        advice = _("Nothing was saved. What you typed is kept on this page: wait a moment and try again.")
    return try_again(request, title=title, advice=advice, status=503)


def restored(request: HttpRequest) -> HttpResponse:
    """The database is older than the ledger: 503 until the purges since were replayed."""
    logger.error("the database is older than the ledger: run manage.py replay_purges")
    return try_again(
        request,
        title=_("The database was restored from a backup"),
        advice=_(
            "Records that had been deleted since that backup may be in it again. Nobody can work until they are gone:"
            " whoever runs this system must run “manage.py replay_purges”. What you typed is kept on this page."
        ),
        status=503,
    )


def signed_out(request: HttpRequest) -> HttpResponse:
    """A form arrived after its session ended."""
    return try_again(
        request,
        title=_("You were signed out"),
        advice=_("Nothing has been saved yet. Sign in in a new tab, come back to this one and try again."),
        status=403,
        sign_in=True,
    )


def other_account(request: HttpRequest, owner: Any) -> HttpResponse:
    """Answer 409: a form was sent under another account than the one its page was made for."""
    now: Any = request.user
    response = try_again(
        request,
        title=_("Another account is signed in: %(name)s") % {"name": now.name},
        advice=_(
            "This page was made for %(name)s, so nothing was sent. As soon as that account is signed in again, try"
            " again."
        )
        % {"name": owner.name},
        status=409,
    )
    # For the page that sent it without leaving: names in headers are written as in addresses.
    response["X-Made-For"], response["X-Signed-In"] = quote(owner.name), quote(now.name)
    return response


def sent_before(request: HttpRequest, record: Any) -> HttpResponse:
    """Answer 409: the same page was sent before with other words; it may be sent again as another one."""
    reference = getattr(record, "reference", "")
    title = _("This page was sent before, with other words")
    if reference:
        title = _("This was sent a moment ago with other words, as %(reference)s") % {"reference": reference}
    response = try_again(
        request,
        title=title,
        advice=_("Send it again to make a second record of what is on the page."),
        status=409,
        again=True,
    )
    response["X-Sent-Before"] = "1"
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A page older than the present session sent a form."""
    return try_again(
        request,
        title=_("This page was too old"),
        advice=_("You signed in again after it was opened, so it was not accepted. What you typed is kept: try again."),
        status=403,
    )


def bad_request(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """Answer 400: the request could not be read."""
    return _plain(request, _("This could not be read"), _("Go back and try again with less text."), 400)


def too_large(request: HttpRequest) -> HttpResponse:
    """Answer 413: more than any form holds."""
    return _plain(request, _("This is too much at once"), _("Go back and try again with less text."), 413)


def forbidden(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """Answer 403: the role has not the permission."""
    return _plain(request, _("Your role may not do this"), _("If you need it for your work, ask your manager."), 403)


def not_found(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """Answer 404: no such page, or a record that is no more."""
    return _plain(
        request,
        _("There is no such page"),
        _("The record may have been deleted at the end of its retention period, or the reference contains a mistake."),
        404,
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500, or 503 when the cause is that the database went away outside a view."""
    exception = sys.exc_info()[1]
    if isinstance(exception, (OperationalError, InterfaceError, KeyringUnavailable)):
        return unavailable(request, exception)
    return _plain(request, _("Something went wrong here"), _("It was reported. Go back and try again."), 500)


def _plain(request: HttpRequest, title: str, advice: str, status: int) -> HttpResponse:
    context = {"title": title, "advice": advice, "layout": _layout(request) if status < 500 else ""}
    return render(request, "error.html", context, status=status)


def _layout(request: HttpRequest) -> str:
    """The page's frame: with menu, name and sign-out where somebody is signed in; without, for another site's form."""
    user = getattr(request, "user", None)
    is_ours = request.method in ("GET", "HEAD") or _is_own(request)
    return "base.html" if user is not None and user.is_authenticated and is_ours else "bare.html"
