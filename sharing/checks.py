"""System checks of the pages: each asks for a permission that some role has."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.core import checks

from sharing.access import PERMISSIONS
from staff.menu import Page, pages


@checks.register("sharing")
def check_pages(app_configs: Any, **kwargs: Any) -> list[checks.CheckMessage]:
    """Every page of our apps asks for a permission, and every permission asked for belongs to a role."""
    return page_errors(pages().values())


def page_errors(found: Iterable[Page]) -> list[checks.CheckMessage]:
    """What is wrong with the permissions of pages."""
    errors: list[checks.CheckMessage] = []
    for page in found:
        if page.app not in settings.OUR_APPS:
            continue
        if not page.permission:
            errors.append(
                checks.Error(
                    f"The page {page.name} asks for no permission.",
                    hint='Decorate its view with @requires("app.verb_noun"), and say in sharing/access.py who has it.',
                    obj=page.view,
                    id="sharing.E001",
                )
            )
        elif not PERMISSIONS.get(page.permission):
            what = "The menu entry of the page" if page.entry else "The page"
            errors.append(
                checks.Error(
                    f"{what} {page.name} asks for {page.permission}, which no role has.",
                    hint="Correct its name, or say in PERMISSIONS (sharing/access.py) which roles have it.",
                    obj=page.view,
                    id="sharing.E003" if page.entry else "sharing.E002",
                )
            )
    return errors
