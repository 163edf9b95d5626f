"""The marks of a canary: words, digits, a date and a postcode that stand nowhere but in its own fields."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from privacy.naming import name_of
from privacy.sealed import SealedDateField, SealedField, SealedJSONField, SealedTextField
from privacy.terms import postcode_terms

# No word of any language here begins so: a mark is never mistaken for what somebody said.
BEGINNING = "zq"


class Marks:
    """The marks of one canary, all computed from its seed.

    Letters, since they come through every folding of the search; digits where it keeps digits only; of a date only its
    value can be a mark. All letter marks of a canary begin alike, and so do its digits, so that one search finds any.
    """

    def __init__(self, seed: str) -> None:
        self._seed = seed.encode()

    @cached_property
    def letters(self) -> str:
        """The first 14 letters of every mark in letters."""
        return BEGINNING + self._letters("letters", 12)

    @cached_property
    def digits(self) -> str:
        """The first 14 digits of every mark in digits: like a telephone number, but longer than any."""
        return "09" + self._digits("digits", 12)

    @cached_property
    def date(self) -> dt.date:
        """The mark of a date field: between the years 1000 and 1800."""
        days = int.from_bytes(self._hash("date")[:4]) % (800 * 365)
        return dt.date(1000, 1, 1) + dt.timedelta(days=days)

    @cached_property
    def postcode(self) -> str:
        """A postcode that does not exist."""
        letters, digits = self._letters("postcode", 4), self._digits("postcode", 2)
        return f"{BEGINNING[0]}{letters[0]}{digits[0]}{letters[1]} {digits[1]}{letters[2:]}"

    def of(self, field: SealedField, kind: str | None) -> Any:
        """The value for one sealed field; `kind` is the kind of search term that its policy makes of it, if any.

        None for a class of field that nobody has thought of here: `manage.py check` refuses it.
        """
        label = f"{name_of(field.model)}.{field.name}"
        if isinstance(field, SealedDateField):
            return self.date
        if kind == "phone":
            return self.digits + self._digits(label, 4)
        mark = self.letters + self._letters(label, 8)
        if kind == "postcode":
            return f"{mark} {self.postcode}"
        if isinstance(field, SealedJSONField):
            return {"mark": mark}
        return mark if isinstance(field, SealedTextField) else None

    def needles(self) -> list[str]:
        """The texts to search for, in small letters: each mark as it is, in hexadecimal digits and in base64."""
        postcode = next(term for term in postcode_terms(self.postcode) if term.startswith("p:"))
        short = [self.date.isoformat(), postcode]
        plain = [self.letters, self.digits, *short]
        return [*plain, *(text.encode().hex() for text in plain), *in_base64(self.letters), *in_base64(self.digits)]

    def _hash(self, label: str) -> bytes:
        return hmac.digest(self._seed, label.encode(), hashlib.sha256)

    def _letters(self, label: str, number: int) -> str:
        return "".join(chr(ord("a") + byte % 26) for byte in self._hash(label)[:number])

    def _digits(self, label: str, number: int) -> str:
        return "".join(str(1 + byte % 9) for byte in self._hash(label)[-number:])


def in_base64(text: str) -> Iterator[str]:
    """The three texts, in small letters, of which base64 of anything around `text` contains one.

    Which one depends on where in a group of three bytes `text` begins.
    """
    for before in range(3):
        coded = base64.b64encode(bytes(before) + text.encode()).decode()
        whole = (before + len(text)) * 8 // 6  # the last sign may hold bits of what follows
        yield coded[-(-before * 8 // 6) : whole].lower()
