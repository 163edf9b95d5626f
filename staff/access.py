"""The gate before each view: only who has its permission passes. Who has which is decided in `sharing.access`."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from staff.menu import Entry


class SignedOut(Exception):
    """Somebody sent a form after their session ended: what they typed must come back to them."""


def requires(
    permission: str, *, title: Any = "", menu: Entry | str | None = None
) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Let a view be used only by roles that have `permission`.

    Others get a 403; who is signed out goes to sign in, or, having sent a form, raises SignedOut. `title` is what the
    page is called in menu and access log. `menu` is its entry there, or the URL name of the page whose entry is marked
    while this one is shown.
    """

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                if request.method == "POST":
                    raise SignedOut
                return redirect_to_login(request.get_full_path())
            if not request.user.has_perm(permission):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        guarded.permission, guarded.title, guarded.menu = permission, title, menu  # type: ignore[attr-defined]
        return guarded

    return decorate
