"""Signing in by allauth, permissions by role."""

from __future__ import annotations

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.conf import settings

from sharing.access import PERMISSIONS, may_do


class RoleBackend(AuthenticationBackend):
    """Answers `user.has_perm()` from the role alone: no queries, default deny."""

    def authenticate(self, request: Any, **credentials: Any) -> Any:
        return _unless_demonstration(super().authenticate(request, **credentials))

    def get_user(self, user_id: Any) -> Any:
        return _unless_demonstration(super().get_user(user_id))

    def has_perm(self, user_obj: Any, perm: str, obj: object = None) -> bool:
        return may_do(user_obj, perm)

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        return any(may_do(user_obj, perm) for perm in PERMISSIONS if perm.startswith(f"{app_label}."))

    def get_all_permissions(self, user_obj: Any, obj: object = None) -> set[str]:
        return {perm for perm in PERMISSIONS if may_do(user_obj, perm)}


def _unless_demonstration(user: Any) -> Any:
    """A demonstration account has a published password: it may sign in, and stay so, only while DEMO=1."""
    return user if user is None or settings.DEMO or not user.is_demonstration else None
