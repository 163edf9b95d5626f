"""What somebody typed into the search box, as the details of a new customer."""

from __future__ import annotations

import re
from typing import Any

from govuk.fields import PhoneField, PostcodeField, seen
from privacy.terms import DASHES, NINO, POSTCODE, find_date, fold, phone_digits

PHONE = re.compile(r"(?<!\d)(?:\+44|1800[12] ?0|0)[\d\s().-]{7,14}\d")
# Words with which a family name begins, and those of them that are no given names.
PATRONYMICS = frozenset("ap ab ferch verch".split())  # noqa: SIM905 - as names are read
PARTICLES = PATRONYMICS | frozenset("van von der den de del della di da dos du la le el al bin ibn".split())  # noqa: SIM905


def details_of(text: str) -> dict[str, Any]:
    """The initial values of a customer's form: each number and date in its own field, what is left as a name.

    A name is taken as it was typed; only words without any capital are given one.
    """
    rest = seen(text).translate(DASHES).replace("\n", " ")
    found: dict[str, Any] = {}

    def take(name: str, value: Any, span: tuple[int, int]) -> None:
        nonlocal rest
        found[name] = value
        rest = f"{rest[: span[0]]} {rest[span[1] :]}"

    if (match := NINO.search(rest)) and match[5]:
        take("national_insurance_number", "".join(match.groups()).upper(), match.span())
    if match := POSTCODE.search(rest):
        take("postcode", PostcodeField().clean(match[0]), match.span())
    for match in PHONE.finditer(rest):
        if len(phone_digits(match[0])) in (10, 11):
            take("phone", PhoneField().clean(match[0]), match.span())
            break
    # Folding leaves the letters where they are, unless there is an accent written apart or an apostrophe.
    plain = rest.lower()
    if born := find_date(plain if len(plain) == len(rest) else fold(rest)):
        take("born_on", born[0], born[1])
    return found | _names(rest)


def _names(text: str) -> dict[str, str]:
    """Given and family names: parted by a comma, before a particle, or else before the last word."""
    before, comma, after = text.partition(",")
    if comma:
        return _without_blank(family_name=_capitals(before), given_names=_capitals(after))
    words = re.sub(r"\d", " ", text).split()
    if not words:
        return {}
    folded = [fold(word) for word in words]
    begins = [number for number, word in enumerate(folded) if word in (PARTICLES if number else PATRONYMICS)]
    at = begins[0] if begins else len(words) - 1
    return _without_blank(family_name=_capitals(" ".join(words[at:])), given_names=_capitals(" ".join(words[:at])))


def _without_blank(**names: str) -> dict[str, str]:
    return {name: value for name, value in names.items() if value}


def _capitals(name: str) -> str:
    """A name with a capital in each of its parts, where it was typed without any; particles stay small."""
    return " ".join(word if _is_decided(word) else _capital(word) for word in name.split())


def _is_decided(word: str) -> bool:
    return word != word.lower() or fold(word) in PARTICLES


def _capital(word: str) -> str:
    parts = re.split(r"([-'’])", word)
    return "".join(part[:1].upper() + part[1:] for part in parts)
