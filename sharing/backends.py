"""Signing in by allauth, permissions by role."""

from __future__ import annotations

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend

from sharing.access import PERMISSIONS, may_do


class RoleBackend(AuthenticationBackend):
    """Answers `user.has_perm()` from the role alone: no queries, default deny."""

    def has_perm(self, user_obj: Any, perm: str, obj: object = None) -> bool:
        return may_do(user_obj, perm)

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        return any(may_do(user_obj, perm) for perm in PERMISSIONS if perm.startswith(f"{app_label}."))

    def get_all_permissions(self, user_obj: Any, obj: object = None) -> set[str]:
        return {perm for perm in PERMISSIONS if may_do(user_obj, perm)}
