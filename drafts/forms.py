"""The hidden fields of a page that is typed on."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from drafts.pages import MadeFor, Page, page_at


class MadeForField(forms.CharField):
    """What `MadeFor.sign` gave: cleans to that MadeFor."""

    def clean(self, value: Any) -> MadeFor:
        made_for = MadeFor.read(super().clean(value))
        if made_for is None:
            raise ValidationError("unknown", code="unknown")
        return made_for


class SubmissionForm(forms.Form):
    """The hidden fields by which a page, whom it was made for, and its being sent once, are known."""

    submission = forms.UUIDField()
    made_for = MadeForField(max_length=200)


class DraftForm(SubmissionForm):
    """Where a draft belongs. What is in it is kept as typed, so it is not checked here."""

    writer = forms.UUIDField()
    revision = forms.IntegerField(min_value=1, max_value=1_000_000)


class CarryForm(SubmissionForm):
    """The address of the page that what was typed is carried to."""

    to = forms.CharField(max_length=100)

    def clean_to(self) -> Page:
        page = page_at(self.cleaned_data["to"])
        if page is None:
            raise ValidationError("unknown", code="unknown")
        return page
