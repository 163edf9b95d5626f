"""Looking past the sealed fields at what stands in their columns."""

from __future__ import annotations

import uuid

from django.db import connection

from drafts.models import Draft
from privacy.keyring import keyring


def raw(record, column: str) -> bytes:
    """What stands in the column."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {record._meta.db_table} WHERE id = %s", [record.pk])  # noqa: S608
        return bytes(cursor.fetchone()[0])


def put(record, column: str, value: bytes) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {record._meta.db_table} SET {column} = %s WHERE id = %s", [value, record.pk])  # noqa: S608


def again(record):
    """The record as another process reads it: keys from the files, not from memory."""
    keyring().forget()
    return type(record).objects.get(pk=record.pk)


def make_draft(adviser, content):
    return Draft.objects.create(submission=uuid.uuid4(), adviser=adviser, page="counter", content=content)
