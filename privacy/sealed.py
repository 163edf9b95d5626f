"""Sealed fields: ordinary Django fields whose column holds AES-256-GCM ciphertext under the key of the row's day.

The column is `bytea`. A value is: format (1 byte), day (4, days since 0001-01-01), key version (2), nonce (12),
ciphertext and tag. Associated data are the policy's pinned name, the field's name and the row's `seal_id`: a value
moved to another column or another row does not open, and a model may be renamed or moved. Empty text is stored empty.
A value is sealed in `pre_save` under the row's `sealed_until`, and opened when it is first read from its record, by the
day that it carries.
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
from django.db.models.query_utils import DeferredAttribute

from privacy.keyring import KeyMissing, keyring

logger = logging.getLogger(__name__)

FORMAT = 1
HEADER = struct.Struct(">BIH")
NONCE_BYTES = 12
BODY = HEADER.size + NONCE_BYTES


class NotSealed(TypeError):
    """A sealed column was given a plain value: `QuerySet.update()`, `bulk_update()` or SQL, which know no row's day."""


class DoesNotOpen(KeyMissing):
    """A value is not what was sealed for this row and column: it was changed, shortened, or copied from another."""


class SealedBytes(bytes):
    """Ciphertext, on its way to the column or not opened yet."""

    def __repr__(self) -> str:
        return "<sealed>"

    __str__ = __repr__


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
    """Open a sealed value. Raises KeyMissing when its day's key is gone, DoesNotOpen when the value is another."""
    if not value:
        return ""
    try:
        form, day, version = HEADER.unpack_from(value)
        if form != FORMAT:
            raise ValueError
        key = keyring().opening_key(dt.date.fromordinal(day), version)
        return key.decrypt(value[HEADER.size : BODY], value[BODY:], label).decode()
    except (struct.error, ValueError, OverflowError, InvalidTag):
        # Another key, another column or row, a changed or shortened value: which of them, nobody can tell.
        raise DoesNotOpen("A sealed value does not open.") from None


class IsFilled(BuiltinLookup):
    """`field__filled=True`: the column holds something. All that can be asked of a sealed value without its key."""

    lookup_name = "filled"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        column, params = self.process_lhs(compiler, connection)
        return f"coalesce(octet_length({column}), 0) {'>' if self.rhs else '='} 0", params


class SealedAttribute(DeferredAttribute):
    """Opens a sealed value when it is first read from its record, which alone knows its `seal_id`."""

    field: Any

    def __get__(self, instance: Any, cls: Any = None) -> Any:
        if instance is None:
            return self
        values = instance.__dict__
        name = self.field.attname
        value = values[name] if name in values else super().__get__(instance, cls)
        if isinstance(value, SealedBytes):
            value = values[name] = self.field.opened(value, instance)
        return value

    def __set__(self, instance: Any, value: Any) -> None:
        instance.__dict__[self.field.attname] = value


class SealedField(models.Field):
    """What the sealed fields share. The model must have a date field `sealed_until` and a UUID field `seal_id`."""

    descriptor_class = SealedAttribute

    def contribute_to_class(self, cls: Any, name: str, private_only: bool = False) -> None:
        super().contribute_to_class(cls, name, private_only)
        policy = getattr(cls, "data_policy", None)  # a model of a migration has none: it opens nothing
        self.label = f"{policy.name}.{name}|".encode() if policy else b""

    def get_internal_type(self) -> str:
        return "BinaryField"

    def associated_data(self, record: Any) -> bytes:
        """What a value of `record` is bound to: the pinned name of its kind, this field, this row."""
        seal_id: bytes = record.seal_id.bytes
        return self.label + seal_id

    def opened(self, value: SealedBytes, record: Any) -> Any:
        """What a value of `record` says. Raises KeyMissing and DoesNotOpen."""
        try:
            return self.from_text(unseal(value, label=self.associated_data(record)))
        except DoesNotOpen:
            logger.error("%s of %s %s does not open", self.name, record.data_policy.name, record.pk)
            raise

    def pre_save(self, model_instance: Any, add: bool) -> Any:
        """Seal the value for the record's day; one that is sealed for it already, and was not read, stays as it is."""
        day = model_instance.sealed_until
        value = model_instance.__dict__.get(self.attname)
        if isinstance(value, SealedBytes):
            version, _key = keyring().sealing_key(day)
            if not value or value.startswith(HEADER.pack(FORMAT, day.toordinal(), version)):
                return value
            try:
                value = getattr(model_instance, self.attname)
            except DoesNotOpen:  # noted where it was tried: it stays what it is, and goes with its record
                return value
        else:
            value = getattr(model_instance, self.attname)
        if value is None:
            return None
        return seal(self.to_text(value), until=day, label=self.associated_data(model_instance))

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if value in ("", b""):
            return b""
        if value is not None and not isinstance(value, SealedBytes):
            raise NotSealed(f"{self.model._meta.label}.{self.name} is sealed: save the record instead.")
        return value

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return None if value is None else SealedBytes(value)

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name in (IsNull.lookup_name, IsFilled.lookup_name):
            return IsNull if lookup_name == IsNull.lookup_name else IsFilled
        raise FieldError(
            f"{self.model._meta.label}.{self.name} is sealed: it can be read, not searched by {lookup_name}."
        )

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
        logger.error("%s records of %s cannot be opened: their keys are gone", number, records.model.data_policy.name)
    return lost
