"""Search every table of the database, row by row as text, and the planner's statistics."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import DatabaseError, connection

from retention.stores import SearchTarget, StoreResult

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
    """Every table of this database, those of libraries too, and its statistics."""

    kind, name = "database", ""

    def steps(self, target: SearchTarget, result: StoreResult, position: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Search up to PAGES pages of a table in each step."""
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
                result.add_unreadable(here)
            quoted = f"{connection.ops.quote_name(schema)}.{connection.ops.quote_name(table)}"
            while readable and page < pages:
                span = f"ONLY {quoted} AS whole_row_ WHERE ctid >= '({page},0)' AND ctid < '({page + PAGES},0)'"
                self._ask(target, result, span, here)
                page += PAGES
                yield {"table": here, "page": page}
            yield {"table": here, "is_done": True}
        for number, view in enumerate(STATISTICS):
            here = f"~{number}"  # behind every table's name
            if here > after:
                self._ask(target, result, f"{view} AS whole_row_", view)
                yield {"table": here, "is_done": True}

    @staticmethod
    def _ask(target: SearchTarget, result: StoreResult, source: str, place: str) -> None:
        # Sent backwards: a statement may be written down somewhere, and the search must not leave what it looks for.
        marked = " OR ".join(["position(reverse(%s) in text_) > 0"] * len(target.needles))
        statement = (
            f"SELECT count(*), count(*) FILTER (WHERE {marked}), count(*) FILTER (WHERE position(%s in text_) > 0)"  # noqa: S608
            f" FROM (SELECT lower(whole_row_::text) AS text_ FROM {source}) rows_"
        )
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement, [*(needle[::-1] for needle in target.needles), target.control])
                rows, hits, controls = cursor.fetchone()
        except DatabaseError:  # dropped or locked a moment ago
            result.add_unreadable(place)
            return
        result.read += rows
        result.proved = result.proved or bool(controls)
        if hits and place not in result.places:
            result.add_hit(place)


def data_directory() -> str | None:
    """The directory of the server's files; None when this account may not know."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT CASE WHEN pg_has_role('pg_read_all_settings', 'MEMBER') THEN current_setting('data_directory') END"
        )
        found: str | None = cursor.fetchone()[0]
        return found
