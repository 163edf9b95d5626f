"""Sealed fields: ordinary Django fields whose column holds AES-256-GCM ciphertext under the key of the row's day.

The column is `bytea`. A value is: format (1 byte), day (4, days since 0001-01-01), key version (2), nonce (12),
ciphertext and tag. Model and field name are associated data, so a value moved to another column does not open. Empty
text is stored empty. A value is sealed in `pre_save` under the row's `sealed_until`, and opened in `from_db_value` by
the day that it carries.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import os
import struct
from typing import Any

from cryptography.exceptions import InvalidTag
from django import forms
from django.core.exceptions import FieldError
from django.db import models
from django.db.models.lookups import BuiltinLookup, IsNull

from privacy.keyring import KeyMissing, keyring

logger = logging.getLogger(__name__)

FORMAT = 1
HEADER = struct.Struct(">BIH")
NONCE_BYTES = 12
BODY = HEADER.size + NONCE_BYTES


class NotSealed(TypeError):
    """A sealed column was given a plain value: `QuerySet.update()`, `bulk_update()` or SQL, which know no row's day."""


class SealedBytes(bytes):
    """Ciphertext on its way to the column."""


def seal(text: str, *, until: dt.date, label: bytes) -> SealedBytes:
    """Seal `text` under the key of the day `until`. Raises KeyringUnavailable."""
    if text == "":
        return SealedBytes(b"")
    version, key = keyring().sealing_key(until)
    nonce = os.urandom(NONCE_BYTES)
    return SealedBytes(
        HEADER.pack(FORMAT, until.toordinal(), version) + nonce + key.encrypt(nonce, text.encode(), label)
    )


def unseal(value: bytes, *, label: bytes) -> str:
    """Open a sealed value. Raises KeyMissing when its day's key is gone or the value was tampered with."""
    if not value:
        return ""
    try:
        form, day, version = HEADER.unpack_from(value)
        if form != FORMAT:
            raise ValueError
        key = keyring().opening_key(dt.date.fromordinal(day), version)
        return key.decrypt(value[HEADER.size : BODY], value[BODY:], label).decode()
    except (struct.error, ValueError, OverflowError, InvalidTag):
        # Another key, another column, a changed or shortened value: which of them, nobody can tell.
        raise KeyMissing(f"A value of {label.decode()} does not open.") from None


class IsFilled(BuiltinLookup):
    """`field__filled=True`: the column holds something. All that can be asked of a sealed value without its key."""

    lookup_name = "filled"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        column, params = self.process_lhs(compiler, connection)
        return f"coalesce(octet_length({column}), 0) {'>' if self.rhs else '='} 0", params


class SealedField(models.Field):
    """What the sealed fields share. The model must have a date field `sealed_until`."""

    def contribute_to_class(self, cls: Any, name: str, private_only: bool = False) -> None:
        super().contribute_to_class(cls, name, private_only)
        self.label = f"{cls._meta.label}.{name}".encode()

    def get_internal_type(self) -> str:
        return "BinaryField"

    def pre_save(self, model_instance: Any, add: bool) -> Any:
        value = getattr(model_instance, self.attname)
        if value is None:
            return None
        return seal(self.to_text(value), until=model_instance.sealed_until, label=self.label)

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if value in ("", b""):
            return b""
        if value is not None and not isinstance(value, SealedBytes):
            raise NotSealed(f"{self.label.decode()} is sealed: save the record instead.")
        return value

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return None if value is None else self.from_text(unseal(bytes(value), label=self.label))

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name in (IsNull.lookup_name, IsFilled.lookup_name):
            return IsNull if lookup_name == IsNull.lookup_name else IsFilled
        raise FieldError(f"{self.label.decode()} is sealed: it can be read, not searched by {lookup_name}.")

    def get_transform(self, lookup_name: str) -> None:
        return None

    def to_text(self, value: Any) -> str:
        raise NotImplementedError

    def from_text(self, text: str) -> Any:
        raise NotImplementedError


class SealedTextField(SealedField):
    """Sealed text. `max_length` binds forms; the column has none."""

    def to_python(self, value: Any) -> Any:
        return value if value is None or isinstance(value, str) else str(value)

    def to_text(self, value: Any) -> str:
        return str(value)

    def from_text(self, text: str) -> str:
        return text

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"max_length": self.max_length, "form_class": forms.CharField, **kwargs})


class SealedDateField(SealedField):
    """A sealed calendar date, or None."""

    def to_python(self, value: Any) -> Any:
        return models.DateField().to_python(value)

    def to_text(self, value: Any) -> str:
        return str(self.to_python(value).isoformat())

    def from_text(self, text: str) -> dt.date:
        return dt.date.fromisoformat(text)

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": forms.DateField, **kwargs})


class SealedJSONField(SealedField):
    """Sealed JSON."""

    def to_text(self, value: Any) -> str:
        return json.dumps(value, ensure_ascii=False)

    def from_text(self, text: str) -> Any:
        return json.loads(text)


def sealed_field_names(model: Any) -> list[str]:
    """The sealed fields of a model or record: those that are sealed anew when its day moves."""
    return [field.name for field in model._meta.concrete_fields if isinstance(field, SealedField)]


def lost_days(records: models.QuerySet[Any]) -> list[dt.date]:
    """The days under which some of `records` are sealed and whose keys are in no directory. Raises KeyringUnavailable.

    A restored backup can bring such records back: they cannot be opened, and must not keep the others from being.
    """
    held = {day for directory in keyring().directories for day, _ in keyring().names(directory)}
    days = records.order_by().values_list("sealed_until", flat=True).distinct()
    lost = sorted(day for day in days if day not in held)
    if lost:
        number = records.filter(sealed_until__in=lost).count()
        logger.error("%s records of %s cannot be opened: their keys are gone", number, records.model._meta.label)
    return lost
