"""Where the time of one request goes: `python -m tools.bench --profile log`, `search` or `pages`.

In this process, with Django's test client, so that the shares are right and the sums a little high.
"""

from __future__ import annotations

import cProfile
import itertools
import os
import pstats
import re
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from tools.bench import known
from tools.bench.data import SEED
from tools.bench.measures import EMPTY, OFFICERS_PAGES, Workload
from tools.bench.queries import make_queries
from tools.bench.workload import enquiry_fields

TIMES, WARM_UP = 200, 20
QUERIES = 200
FORM = "application/x-www-form-urlencoded"
# Parts of a statement that change from one request to the next: a savepoint's name, the length of a list.
CHANGING = re.compile(r'(?<=SAVEPOINT) ".*|(?<=%s)(?:, %s)+')
ROWS = 45  # of the profile


def main(what: str, known_url: str) -> None:
    """Print the statements of one request with their times, then the functions in which most time is spent."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tools.bench.settings")
    import django

    django.setup()
    from django.db import connection
    from django.test import Client

    from staff.models import User

    client = Client(headers={"Host": "127.0.0.1"})
    client.force_login(User.objects.get(username="adviser2"))
    asks: dict[str, Callable[[], Any]] = {"empty": page(client, EMPTY)}
    if what == "log":
        asks["anonymous"] = log(client)
        asks["known, not yet seen today"] = log(client, customers=WARM_UP + 3 * TIMES)
        asks["known, seen today"] = log(client, customers=1)
    elif what == "search":
        asks["search"] = search(client, known_url)
    else:
        officer = Client(headers={"Host": "127.0.0.1"})
        officer.force_login(User.objects.get(username="governance"))
        for name, path in Workload(os.environ["DATABASE_URL"]).pages().items():
            asks[name] = page(officer if name in OFFICERS_PAGES else client, path)
    for ask in asks.values():
        for _ in range(WARM_UP):
            ask()
    for name, ask in asks.items():
        print(f"\n=== {name}: {TIMES} times")
        statements = Statements()
        with connection.execute_wrapper(statements):
            for _ in range(TIMES):
                ask()
        statements.show()
        started = time.perf_counter()
        for _ in range(TIMES):
            ask()
        print(f"{1000 * (time.perf_counter() - started) / TIMES:.2f} ms a request without a profiler")
        profiler = cProfile.Profile()
        profiler.enable()
        for _ in range(TIMES):
            ask()
        profiler.disable()
        for order in ("cumulative", "tottime"):
            pstats.Stats(profiler, stream=sys.stdout).sort_stats(order).print_stats(ROWS)


class Statements:
    """Counts and times SQL statements by their text."""

    def __init__(self) -> None:
        self.seconds: dict[str, list[float]] = defaultdict(list)

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        started = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            self.seconds[CHANGING.sub("", sql)].append(time.perf_counter() - started)

    def show(self) -> None:
        """Print each statement: how often a request sends it, and the milliseconds that it takes of a request."""
        total = sum(sum(times) for times in self.seconds.values())
        number = sum(map(len, self.seconds.values()))
        print(f"{number / TIMES:.1f} statements and {1000 * total / TIMES:.2f} ms in the database for each request")
        for sql, times in sorted(self.seconds.items(), key=lambda pair: -sum(pair[1]))[:ROWS]:
            print(f"{len(times) / TIMES:6.2f} ×  {1000 * sum(times) / TIMES:7.3f} ms  {' '.join(sql.split())[:150]}")


def page(client: Any, path: str) -> Callable[[], Any]:
    """Asks for a page."""

    def ask() -> None:
        response = client.get(path)
        assert response.status_code == 200, response.status_code

    return ask


def log(client: Any, *, customers: int = 0) -> Callable[[], Any]:
    """Logs an enquiry each time it is called: anonymous, or for one of so many customers in turn."""
    from django.conf import settings

    from services.models import Service
    from visits.models import Customer

    abouts = [f"s:{service.code}" for service in Service.objects.all()]
    longest_ago = Customer.objects.current().order_by("last_contact_on", "pk").values_list("reference", flat=True)
    references = list(longest_ago[:customers]) or [""]
    turn = itertools.count()
    account = int(client.session["_auth_user_id"])

    def ask() -> None:
        i = next(turn)
        customer = references[i % len(references)]
        fields = enquiry_fields(i, abouts[i % len(abouts)], account=account, key=settings.SECRET_KEY, customer=customer)
        response = client.post("/enquiries/", urlencode(fields), content_type=FORM)
        assert response.status_code == 302, response.status_code

    return ask


def search(client: Any, known_url: str) -> Callable[[], Any]:
    """Searches in turn for what the benchmark searches for."""
    turn = itertools.count()
    typed = make_queries(known.read(known_url), count=QUERIES, seed=SEED)

    def ask() -> None:
        query = typed[next(turn) % len(typed)]
        body = urlencode({"q": query.text})
        response = client.post("/customers/search/", body, content_type=FORM, headers={"HX-Request": "true"})
        assert response.status_code == 200, response.status_code

    return ask


if __name__ == "__main__":
    main(sys.argv[1], os.environ["KNOWN_URL"])
