"""Who may do what, and see what: one table of permissions, one of categories. What is not listed is refused.

`docs/access.md` is these two tables in words; a test compares them.
"""

from __future__ import annotations

from typing import Any

from privacy.policy import Category
from staff.models import Role

ADVISER, MANAGER, ADMINISTRATOR, GOVERNANCE = Role.ADVISER, Role.MANAGER, Role.ADMINISTRATOR, Role.GOVERNANCE

PERMISSIONS: dict[str, frozenset[Role]] = {
    "staff.change_own_settings": frozenset(Role),
    "visits.use_counter": frozenset({ADVISER, MANAGER}),
    "visits.find_customer": frozenset({ADVISER, MANAGER}),
    "visits.view_customer": frozenset({ADVISER, MANAGER}),
    "visits.change_customer": frozenset({ADVISER, MANAGER}),
    "visits.log_enquiry": frozenset({ADVISER, MANAGER}),
    "visits.view_enquiry": frozenset({ADVISER, MANAGER}),
    "visits.close_enquiry": frozenset({ADVISER, MANAGER}),
    "visits.amend_enquiry": frozenset({ADVISER, MANAGER}),
    "drafts.keep_draft": frozenset({ADVISER, MANAGER}),
    "services.view_services": frozenset({ADVISER, MANAGER, ADMINISTRATOR, GOVERNANCE}),
    "sharing.view_access_log": frozenset({GOVERNANCE}),
    "retention.view_retention": frozenset({GOVERNANCE}),
    "retention.place_hold": frozenset({GOVERNANCE}),
    "retention.confirm_purge": frozenset({GOVERNANCE}),
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
