"""The database emptied after a test that commits: only the tables that have something in them."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.test import TransactionTestCase

# Filled by migrating, and the same for ever: content types keep their numbers.
KEPT = {"django_migrations", "django_content_type", "auth_permission"}


def filled() -> set[str]:
    """The tables whose files hold anything, be it rows that a transaction rolled back."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
            " AND pg_relation_size(oid) > 0"
        )
        return {name for (name,) in cursor.fetchall()}


def empty(case: Any = None) -> None:
    """Truncate what is filled, and leave sequences as they are."""
    if tables := filled() - KEPT:
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {', '.join(map(connection.ops.quote_name, sorted(tables)))} CASCADE")


def check_that_migrations_fill_nothing_else() -> None:
    """To be asked of a database that was just made."""
    assert filled() <= KEPT, f"migrations fill {sorted(filled() - KEPT)}: add them to KEPT"


def instead_of_flushing() -> None:
    """Have Django's tests empty the database so.

    Django's own flush truncates every table and makes content types and permissions anew: 100 ms against 25.
    """
    TransactionTestCase._fixture_teardown = empty  # type: ignore[method-assign]
