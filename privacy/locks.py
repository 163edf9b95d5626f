"""PostgreSQL's advisory locks: one process at a time, over all machines that share the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def try_lock(number: int) -> Iterator[bool]:
    """Take the advisory lock `number` for the block, without waiting; yields whether it was free.

    It belongs to the connection: when that ends, however it ends, the lock is free again.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [number])
        is_taken = cursor.fetchone()[0]
    try:
        yield is_taken
    finally:
        if is_taken:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [number])


def lock_until_commit(number: int) -> None:
    """Wait for the advisory lock `number` and keep it until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])
