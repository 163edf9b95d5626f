"""Delete the rows due between two days, a thousand at a time, with nothing else: what a purge is compared with."""

from __future__ import annotations

import json
import os
import sys
import time

import psycopg

TABLES = ("visits_enquiryentry", "visits_enquiry", "visits_customer")


def main(first: str, last: str) -> None:
    """Print how many rows went in how many seconds."""
    rows = 0
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        for table in TABLES:  # what the small purge took before
            connection.execute(f"DELETE FROM {table} WHERE expires_on <= '{first}'")  # noqa: S608
        started = time.perf_counter()
        for table in TABLES:
            statement = (
                f"DELETE FROM {table} WHERE id = ANY(ARRAY(SELECT id FROM {table} WHERE expires_on <= '{last}'"  # noqa: S608
                " LIMIT 1000 FOR UPDATE SKIP LOCKED))"
            )
            while deleted := connection.execute(statement).rowcount:
                rows += deleted
        print(json.dumps([rows, time.perf_counter() - started]))


if __name__ == "__main__":
    main(*sys.argv[1:])
