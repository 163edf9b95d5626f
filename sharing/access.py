"""Who may do what, and see what: one table of permissions, one of categories. What is not listed is refused.

`docs/access.md` is these two tables in words; a test compares them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from privacy.policy import Category
from staff.models import Role

ADVISER, MANAGER, ADMINISTRATOR, GOVERNANCE = Role.ADVISER, Role.MANAGER, Role.ADMINISTRATOR, Role.GOVERNANCE

PERMISSIONS: dict[str, frozenset[Role]] = {
    "visits.use_counter": frozenset({ADVISER, MANAGER}),
    "visits.find_customer": frozenset({ADVISER, MANAGER}),
    "visits.view_customer": frozenset({ADVISER, MANAGER}),
    "visits.change_customer": frozenset({ADVISER, MANAGER}),
    "visits.log_enquiry": frozenset({ADVISER, MANAGER}),
    "visits.view_enquiry": frozenset({ADVISER, MANAGER}),
    "visits.close_enquiry": frozenset({ADVISER, MANAGER}),
    "visits.amend_enquiry": frozenset({ADVISER, MANAGER}),
    "visits.view_services": frozenset({ADVISER, MANAGER, ADMINISTRATOR, GOVERNANCE}),
    "sharing.view_access_log": frozenset({GOVERNANCE}),
}

CATEGORIES: dict[Role, frozenset[Category]] = {
    ADVISER: frozenset({Category.CONTACT, Category.IDENTITY, Category.NARRATIVE, Category.OPERATIONAL}),
    MANAGER: frozenset({Category.CONTACT, Category.IDENTITY, Category.NARRATIVE, Category.OPERATIONAL}),
    ADMINISTRATOR: frozenset({Category.OPERATIONAL}),
    GOVERNANCE: frozenset({Category.OPERATIONAL}),
}


def may_do(user: Any, permission: str) -> bool:
    """Whether `user`'s role has `permission`; never an unknown one."""
    return getattr(user, "role", None) in PERMISSIONS.get(permission, frozenset())


def may_see(user: Any, category: Category | None) -> bool:
    """Whether `user`'s role may see values of `category`; never those of an unknown one."""
    return category is not None and category in CATEGORIES.get(user.role, frozenset())


class SignedOut(Exception):
    """Somebody sent a form after their session ended: what they typed must come back to them."""


def requires(permission: str) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Let a view be used only by roles that have `permission`.

    Others get a 403; who is signed out goes to sign in, or, having sent a form, raises SignedOut.
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

        guarded.permission = permission  # type: ignore[attr-defined]
        return guarded

    return decorate
