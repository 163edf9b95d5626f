"""The hidden fields of a page that is typed on."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from drafts.pages import Page, read_page


class SubmissionForm(forms.Form):
    """The hidden fields by which a page's draft, and its being sent once, are known."""

    submission = forms.UUIDField()
    revision = forms.IntegerField(min_value=0, max_value=1_000_000, required=False)


class PageField(forms.CharField):
    """A page that is typed on: cleans to a Page."""

    def clean(self, value: Any) -> Page:
        page = read_page(super().clean(value))
        if page is None:
            raise ValidationError("unknown", code="unknown")
        return page


class DraftForm(SubmissionForm):
    """Where a draft belongs. What is in it is kept as typed, so it is not checked here."""

    page = PageField(max_length=40)
