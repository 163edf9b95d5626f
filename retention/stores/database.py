"""The tables of the database, row by row as text, and what the planner remembers of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import DatabaseError, connection

from retention.stores import Look, Outcome

# How many pages of a table one statement reads: seconds, even where each row has a long text beside it.
PAGES = 256
# Statistics quote values of columns (a histogram, the most common ones).
STATISTICS = ("pg_stats", "pg_stats_ext", "pg_stats_ext_exprs")
TABLES = """
    SELECT nspname, relname, relkind IN ('r', 'm') AND has_table_privilege(c.oid, 'SELECT'),
           CASE relkind WHEN 'f' THEN 0 ELSE pg_relation_size(c.oid) / current_setting('block_size')::int END
    FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
    WHERE relkind IN ('r', 'm', 'f') AND relpersistence <> 't'
      AND nspname !~ '^pg_' AND nspname <> 'information_schema'
    ORDER BY nspname COLLATE "C", relname COLLATE "C"
"""


class Tables:
    """Every table that this database has, those of libraries too, and its statistics."""

    kind, name = "database", ""

    def steps(self, look: Look, outcome: Outcome, position: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """A few pages of a table at a time."""
        after, first, is_done = position.get("table", ""), position.get("page", 0), position.get("is_done", False)
        with connection.cursor() as cursor:
            cursor.execute(TABLES)
            tables = cursor.fetchall()
        for schema, table, readable, pages in tables:
            here = f"{schema}.{table}"
            if here < after or (here == after and is_done):
                continue
            page = first if here == after else 0
            if not readable:
                outcome.miss(here)
            quoted = f"{connection.ops.quote_name(schema)}.{connection.ops.quote_name(table)}"
            while readable and page < pages:
                span = f"ONLY {quoted} AS whole_row_ WHERE ctid >= '({page},0)' AND ctid < '({page + PAGES},0)'"
                self._ask(look, outcome, span, here)
                page += PAGES
                yield {"table": here, "page": page}
            yield {"table": here, "is_done": True}
        for number, view in enumerate(STATISTICS):
            here = f"~{number}"  # behind every table's name
            if here > after:
                self._ask(look, outcome, f"{view} AS whole_row_", view)
                yield {"table": here, "is_done": True}

    @staticmethod
    def _ask(look: Look, outcome: Outcome, source: str, place: str) -> None:
        # Sent backwards: a statement may be written down somewhere, and the search must not leave what it looks for.
        marked = " OR ".join(["position(reverse(%s) in text_) > 0"] * len(look.needles))
        statement = (
            f"SELECT count(*), count(*) FILTER (WHERE {marked}), count(*) FILTER (WHERE position(%s in text_) > 0)"  # noqa: S608
            f" FROM (SELECT lower(whole_row_::text) AS text_ FROM {source}) rows_"
        )
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement, [*(needle[::-1] for needle in look.needles), look.control])
                rows, hits, controls = cursor.fetchone()
        except DatabaseError:  # dropped or locked a moment ago
            outcome.miss(place)
            return
        outcome.read += rows
        outcome.proved = outcome.proved or bool(controls)
        if hits and place not in outcome.places:
            outcome.hit(place)


def data_directory() -> str | None:
    """Where the server's files are; None when this account may not know."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT CASE WHEN pg_has_role('pg_read_all_settings', 'MEMBER') THEN current_setting('data_directory') END"
        )
        found: str | None = cursor.fetchone()[0]
        return found
