"""The hidden fields of a page that is typed on."""

from __future__ import annotations

from typing import Any, NamedTuple

from django import forms
from django.core.exceptions import ValidationError
from django.core.signing import BadSignature, Signer

from drafts.pages import Page, page_at, read_page

_signer = Signer(salt="drafts.made_for")


class MadeFor(NamedTuple):
    """The number of the account for which a page was made, and the page."""

    account: int
    page: Page

    def sign(self) -> str:
        """As it stands in the page, so that no other can be put in its place."""
        return _signer.sign(f"{self.account}:{self.page}")


class MadeForField(forms.CharField):
    """What `MadeFor.sign` gave: cleans to that MadeFor."""

    def clean(self, value: Any) -> MadeFor:
        try:
            account, _, name = _signer.unsign(super().clean(value)).partition(":")
        except BadSignature:
            raise ValidationError("unknown", code="unknown") from None
        page = read_page(name)
        if page is None:
            raise ValidationError("unknown", code="unknown")
        return MadeFor(int(account), page)


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
