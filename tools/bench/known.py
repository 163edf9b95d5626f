"""The customers of the data set in plain words, in a scratch database of their own.

The benchmark makes its searches from them, and their full names are the table of the anchor: one trigram index, one
plain statement.
"""

from __future__ import annotations

import os

import psycopg

from tools.bench.queries import Known

THRESHOLD = 0.3
ANCHOR = "SELECT reference, name FROM known WHERE name %% %s ORDER BY similarity(name, %s) DESC LIMIT 10"


def read(url: str) -> list[Known]:
    """Everybody, by reference."""
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "SELECT reference, family_name, given_names, born_on, postcode FROM known ORDER BY reference"
        )
        return [Known(*row) for row in rows]


def write(url: str) -> None:
    """Fill the scratch database at `url` from the data set of the settings."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "contactwrexham.settings")
    import django

    django.setup()
    from visits.models import Customer

    fields = ("reference", "family_name", "given_names", "born_on", "postcode")
    with psycopg.connect(url) as connection:
        connection.execute("CREATE EXTENSION pg_trgm")
        connection.execute(
            "CREATE TABLE known (reference text, family_name text, given_names text, born_on date, postcode text,"
            " name text GENERATED ALWAYS AS (given_names || ' ' || family_name) STORED)"
        )
        with connection.cursor().copy(f"COPY known ({', '.join(fields)}) FROM STDIN") as copy:
            for customer in Customer.objects.current().only("seal_id", *fields).iterator(chunk_size=5000):
                copy.write_row([getattr(customer, field) for field in fields])
        connection.execute("CREATE INDEX known_name ON known USING gin (name gin_trgm_ops)")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE known")


if __name__ == "__main__":
    write(os.environ["KNOWN_URL"])
