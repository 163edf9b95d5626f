"""The pages on which something is typed, and which forms stand on them.

An app declares each kind of page once, as a `PageKind`; its forms name the kinds that they stand on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.signing import BadSignature, Signer
from django.urls import Resolver404, resolve, reverse
from django.utils.translation import gettext

from govuk.fields import TextField
from govuk.forms import RecordForm
from privacy.references import SIGNS

_signer = Signer(salt="drafts.made_for")
# A refused text of 100,000 characters is still somebody's work.
LONGEST_DRAFT = 250_000
PAGE = re.compile(rf"^([a-z_]+)(?::([A-Z]{{3}}-[{SIGNS}]{{4}}-[{SIGNS}]{{3}}))?$")
# Every kind of page by its name, and every form with the kinds that it names.
KINDS: dict[str, PageKind] = {}
FORMS: list[type[DraftedForm]] = []


@dataclass(frozen=True)
class PageKind:
    """A kind of page that is typed on: its name in a draft, and the URL name under which it is served.

    `about` is the prefix of the reference in the page's address, if it has one.
    """

    name: str
    url: str
    about: str = ""

    def __post_init__(self) -> None:
        KINDS[self.name] = self

    def forms(self) -> list[type[DraftedForm]]:
        """The forms that stand on such a page."""
        return [form for form in FORMS if self in form.page_kinds]

    @property
    def comes_back(self) -> bool:
        """Whether a draft of today fills its page in by itself: only where the page says whom it is about."""
        return bool(self.about)

    def page(self, reference: str = "") -> Page:
        """The page of this kind about the record with this reference."""
        return Page(self, reference)


@dataclass(frozen=True)
class Page:
    """One page that is typed on."""

    kind: PageKind
    reference: str = ""

    def __str__(self) -> str:
        return f"{self.kind.name}:{self.reference}" if self.reference else self.kind.name

    def get_absolute_url(self) -> str:
        return reverse(self.kind.url, args=[self.reference] if self.reference else [])


@dataclass(frozen=True)
class MadeFor:
    """The number of the account for which a page was made, and the page."""

    account: int
    page: Page

    def sign(self) -> str:
        """As it stands in the page, so that no other can be put in its place."""
        return _signer.sign(f"{self.account}:{self.page}")

    @classmethod
    def read(cls, signed: str) -> MadeFor | None:
        """What `sign` gave; None if it did not."""
        try:
            account, _, name = _signer.unsign(signed).partition(":")
        except BadSignature:
            return None
        page = read_page(name)
        return cls(int(account), page) if page else None


def read_page(text: str) -> Page | None:
    """The page that `str(page)` names; None if there is none such."""
    match = PAGE.match(text)
    kind = KINDS.get(match[1]) if match else None
    if match is None or kind is None or (match[2] or "")[:3] != kind.about:
        return None
    return Page(kind, match[2] or "")


def page_at(path: str) -> Page | None:
    """The page with this address; None if nothing is typed there."""
    try:
        found = resolve(path)
    except Resolver404:
        return None
    kind = next((kind for kind in KINDS.values() if kind.url == found.view_name), None)
    return Page(kind, str(found.kwargs.get("reference", ""))) if kind else None


class DraftedForm(RecordForm):
    """A form whose words are kept as a draft while they are typed; `page_kinds` names the pages it stands on."""

    page_kinds: tuple[PageKind, ...] = ()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        FORMS.append(cls)


def typed_on(kind: PageKind, posted: Mapping[str, str]) -> dict[str, str]:
    """What was typed on a page of this kind, by field: empty fields and usual choices left out."""
    typed = {}
    for form in kind.forms():
        for name, field in form.base_fields.items():
            if isinstance(field, forms.BooleanField):
                if bool(field.initial) != (name in posted) and any(other in posted for other in form.base_fields):
                    typed[name] = "on" if name in posted else ""
            elif name in posted:
                value = posted[name].replace("\x00", "")
                if value.strip() and value != str(field.initial or ""):
                    typed[name] = value
    return typed


def words_typed(kind: PageKind, content: Mapping[str, str]) -> list[str]:
    """The texts among `content`, in the order of the forms of this kind of page: choices are no words."""
    return [
        " ".join(content[name].split())
        for form in kind.forms()
        for name, field in form.base_fields.items()
        if isinstance(field, TextField) and name in content
    ]


def draft_content(kind: PageKind, posted: Mapping[str, str]) -> dict[str, str]:
    """As `typed_on`, for a draft. Raises ValidationError when it is longer than a draft may be."""
    content = typed_on(kind, posted)
    if sum(map(len, content.values())) > LONGEST_DRAFT:
        raise ValidationError(gettext("This is too long to keep as a draft."))
    return content
