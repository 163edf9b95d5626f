"""What happens to every request."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import Resolver404, resolve

from contactwrexham import views
from drafts.actions import SentBefore
from drafts.views import OtherAccount
from privacy.audit import acting
from privacy.keyring import KeyringUnavailable
from retention.ledger_state import may_serve
from staff.access import SignedOut
from staff.limits import address_of

Answer = Callable[[HttpRequest], HttpResponse]
HEAD = ("PATH_INFO", "QUERY_STRING", "CONTENT_TYPE", "CONTENT_LENGTH")

logger = logging.getLogger("contactwrexham")


class SecurityHeaders:
    """Content Security Policy, Permissions-Policy, and nothing of a page kept by browser or proxy."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response
        self.policy = "; ".join(f"{name} {' '.join(sources)}" for name, sources in settings.SECURE_CSP.items())

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response["Content-Security-Policy"] = self.policy
        response["Permissions-Policy"] = settings.SECURE_PERMISSIONS_POLICY
        if not request.path.startswith(f"/{settings.STATIC_URL.strip('/')}/"):
            response["Cache-Control"] = "no-store"
        return response


class Correlated:
    """Gives each request an id, which stands in its answer, its log lines and its audit, and logs who was refused."""

    REFUSALS = (403, 409, 413, 429)

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with acting(None) as identity:
            request.correlation_id = identity  # type: ignore[attr-defined]
            response = self.get_response(request)
            response["X-Request-Id"] = identity
            if response.status_code in self.REFUSALS:
                user = getattr(request, "user", None)
                number, where = user and user.pk, address_of(request)
                logger.warning("refused (%s): account %s, from %s", response.status_code, number, where)
        return response


class Bounded:
    """Refuses what no browser of ours sends: a NUL anywhere in the head, and a body that is larger than any form's."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        head = (value for name, value in request.META.items() if name.startswith("HTTP_") or name in HEAD)
        if any("\0" in value or "%00" in value for value in head if isinstance(value, str)):
            return views.bad_request(request)
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdecimal() or int(length) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            return views.too_large(request)
        return self.get_response(request)


class ByForm:
    """Sends whoever types the address of a form's action to the page below which it lies, on which the form stands."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code == 405 and request.method in ("GET", "HEAD"):
            return redirect(_above(request.path))
        return response


def _above(path: str) -> str:
    """The nearest address above this one that there is."""
    while path != "/":
        path = path.rstrip("/").rpartition("/")[0] + "/"
        with suppress(Resolver404):
            resolve(path)
            break
    return path


class Unavailable:
    """Database or keys out of reach, a session ended, or another begun: the page says so and keeps what was typed."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, SignedOut):
            return views.signed_out(request)
        if isinstance(exception, OtherAccount):
            return views.other_account(request, exception.owner)
        if isinstance(exception, SentBefore):
            return views.sent_before(request, exception.record)
        if isinstance(exception, (OperationalError, InterfaceError, KeyringUnavailable)):
            return views.unavailable(request, exception)
        return None


class Restored:
    """Nobody works with a database that was restored from a backup before its purges were replayed."""

    # What tells the watchman, and what the page itself needs.
    OPEN = ("/livez", "/readyz", "/language/")

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path not in self.OPEN and not may_serve():
            return views.restored(request)
        return self.get_response(request)


class WorkingDay:
    """A session is over ten hours after signing in, however busy it was."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        signed_in_at = request.session.get("signed_in_at")
        if signed_in_at is not None and time.time() - signed_in_at > settings.SESSION_COOKIE_AGE:
            logout(request)
        return self.get_response(request)


class AuditActor:
    """Whatever is changed during a request is audited under the account that is signed in."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user: Any = request.user
        with acting(user):
            response = self.get_response(request)
        if request.path == "/accounts/logout/" and request.method == "POST":
            response["Clear-Site-Data"] = '"cache", "storage"'
        return response
