"""System checks of the pages that are typed on."""

from __future__ import annotations

from typing import Any

from django.core import checks
from django.urls import get_resolver

from drafts.pages import FORMS, KINDS


@checks.register("drafts")
def check_page_kinds(app_configs: Any, **kwargs: Any) -> list[checks.CheckMessage]:
    """Every kind of page that is typed on has a form: without one no draft of it would keep a word."""
    _ = get_resolver().url_patterns  # views import the forms, and a form is known once it is imported
    errors: list[checks.CheckMessage] = [
        checks.Error(
            f"The draft page kind {kind.name!r} is declared by no form, so nothing typed there is kept.",
            hint="Name it in `page_kinds` of the form that stands on the page, or delete the kind.",
            id="drafts.E001",
        )
        for kind in KINDS.values()
        if not kind.forms()
    ]
    return errors + [
        checks.Error(
            f"{form.__name__} is a DraftedForm that names no page kind, so nothing typed in it is kept.",
            hint="Name the kinds of page it stands on in `page_kinds`.",
            obj=form,
            id="drafts.E002",
        )
        for form in FORMS
        if not form.page_kinds
    ]
