"""References like `ENQ-7K3F-22M`: short enough to read out, opaque, never the same twice, one slip detected."""

from __future__ import annotations

import re
from typing import Any

from django.apps import apps
from django.db import connection, models
from django.urls import register_converter

# No 0/O, 1/I/L, U: what is misread or misheard. A prime number of signs would catch more swaps; 30 reads better.
SIGNS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
BODY = 6
SPACE = len(SIGNS) ** BODY
# Coprime to 30, so that multiplying walks through the whole space once: neighbours in time do not look alike.
STRIDE, START = 433_494_437, 271_828_183
PATTERN = re.compile(r"^([A-Z]{3})[-\s]?([2-9A-Z]{4})[-\s]?([2-9A-Z]{3})$", re.IGNORECASE)
# The sequence that numbers the references of all kinds of record.
SEQUENCE = "privacy_reference"


# Each model whose records bear references, by their prefix.
_models: dict[str, Any] = {}


class ReferenceField(models.CharField):
    """The reference of a record: unique, and an address converter under the pinned name of the record's policy.

    `ReferenceField("ENQ")` on a model whose policy is named `enquiry` lets an address say `<enquiry:reference>`.
    """

    is_operational = True

    def __init__(self, prefix: str = "", **kwargs: Any) -> None:
        self.prefix = prefix
        super().__init__(**{"max_length": 12, "unique": True, "editable": False} | kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        for key in ("max_length", "unique", "editable"):
            kwargs.pop(key, None)
        return name, path, args, {"prefix": self.prefix} | kwargs

    def contribute_to_class(self, cls: Any, name: str, private_only: bool = False) -> None:
        super().contribute_to_class(cls, name, private_only)
        policy = getattr(cls, "data_policy", None)
        if policy is not None and cls._meta.apps is apps:  # not a model of a migration
            _models[self.prefix] = cls
            register_converter(_converter(self.prefix), policy.name)


class Converter:
    """A reference in an address, in whatever spelling somebody typed it there."""

    prefix = regex = ""

    def to_python(self, value: str) -> str:
        return read_reference(value) or value.upper()  # what is none finds nothing

    def to_url(self, value: str) -> str:
        return value


def _converter(prefix: str) -> type[Converter]:
    regex = rf"(?i:{prefix})[-\s]?[0-9A-Za-z]{{4}}[-\s]?[0-9A-Za-z]{{3}}"
    return type(f"{prefix}Converter", (Converter,), {"prefix": prefix, "regex": regex})


def make_reference(prefix: str, number: int) -> str:
    """The reference of the `number`th record (of SEQUENCE); unique below 729 million."""
    left = (number * STRIDE + START) % SPACE
    signs = []
    for _ in range(BODY):
        left, digit = divmod(left, len(SIGNS))
        signs.append(SIGNS[digit])
    body = "".join(signs)
    return f"{prefix}-{body[:4]}-{body[4:]}{_check_sign(body)}"


def next_number() -> int:
    """The number of the next reference."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(%s)", [SEQUENCE])
        number: int = cursor.fetchone()[0]
    return number


def read_reference(text: str) -> str | None:
    """The reference somebody typed, in its one spelling; None if it is none or has a slip."""
    match = PATTERN.match(text.strip().upper())
    if not match or match[1] not in _models or set(match[2] + match[3]) - set(SIGNS):
        return None
    body, check = match[2] + match[3][:2], match[3][2]
    return f"{match[1]}-{match[2]}-{match[3]}" if _check_sign(body) == check else None


def model_with(reference: str) -> Any:
    """The model whose records bear references like this one; None if there is none. No query."""
    return _models.get(reference[:3])


def record_with(text: str) -> tuple[str, int] | None:
    """Pinned name and number of the record whose reference somebody typed, in one query; None if there is none."""
    reference = read_reference(text) or ""
    model = model_with(reference)
    pk = model and model._default_manager.filter(reference=reference).values_list("pk", flat=True).first()
    return (model.data_policy.name, pk) if pk is not None else None


def has_reference(model: Any) -> bool:
    """Whether records of `model` bear a reference."""
    return any(isinstance(field, ReferenceField) for field in model._meta.concrete_fields)


def _check_sign(body: str) -> str:
    # Weights coprime to 30 catch every single wrong sign.
    weights = (1, 7, 11, 13, 17, 19)
    return SIGNS[sum(w * SIGNS.index(sign) for w, sign in zip(weights, body, strict=True)) % len(SIGNS)]
