"""What is measured, each beside what it is compared with."""

from __future__ import annotations

import itertools
import json
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import psycopg

from tools.bench import known
from tools.bench.desk import Answer, Desk, Unexpected
from tools.bench.figures import Figure
from tools.bench.measure import Samples, alternate, interleave, ratio_of_rates
from tools.bench.queries import Typed
from tools.bench.web import ROOT
from tools.bench.workload import enquiry_fields

EMPTY = "/bench/empty/"
HIT = re.compile(rb'href="/customers/([^/"]+)/"')
SHOWN = 10
# Of five enquiries two are of nobody, two of people not seen yet today, whose records are sealed anew, one of a person
# who was here today already.
MIX = ("anonymous", "first today", "anonymous", "first today", "again today")
LOGGED_TODAY = 30
OFFICERS_PAGES = {
    "retention": "/retention/",
    "holds": "/retention/holds/",
    "purges": "/retention/purges/",
    "canary": "/retention/canary/",
}


class Workload:
    """The enquiries that are sent to one database, and the records that its pages show. Safe for threads."""

    def __init__(self, url: str, *, key: str = "") -> None:
        self._key = key
        with psycopg.connect(url) as connection:
            self.abouts = [
                about
                for (about,) in connection.execute(
                    "SELECT 's:' || code FROM services_service"
                    " UNION ALL SELECT 't:' || code FROM services_topic ORDER BY 1"
                )
            ]
            # Not seen today, and on the screens for another month at least.
            rows = connection.execute(
                "SELECT reference FROM visits_customer WHERE last_contact_on < current_date - 1"
                " AND expires_on > current_date + 30 ORDER BY md5(reference)"
            )
            self._unseen = [reference for (reference,) in rows]
            self.often_seen, self.enquiry = connection.execute(
                "SELECT min(c.reference), max(e.reference) FROM visits_enquiry e JOIN visits_customer c"
                " ON c.id = e.customer_id WHERE e.expires_on > current_date AND e.ended_at IS NOT NULL"
                " GROUP BY c.id ORDER BY count(*) DESC, c.id LIMIT 1"
            ).fetchone()
        self._seen: list[str] = []
        self._number = itertools.count()
        self._lock = threading.Lock()

    def log(self, desk: Desk, *, kind: str = "", outcome: str = "resolved") -> Answer:
        """Log one enquiry, of the kind that is next in the mix or of `kind`."""
        with self._lock:
            number = next(self._number)
            customer = self._customer(kind or MIX[number % len(MIX)], number)
        about = self.abouts[number % len(self.abouts)]
        fields = enquiry_fields(number, about, account=desk.account, key=self._key, customer=customer)
        return desk.post("/enquiries/", fields | {"outcome": outcome})

    def pages(self) -> dict[str, str]:
        """The pages, with the records that make them longest."""
        return {
            "counter": "/",
            "customer": f"/customers/{self.often_seen}/",
            "new customer": "/customers/new/",
            "enquiry": f"/enquiries/{self.enquiry}/",
            "today's log": "/enquiries/today/",
            "open enquiries": "/enquiries/open/",
            "services": "/services/",
            **OFFICERS_PAGES,
        }

    def _customer(self, kind: str, number: int) -> str:
        if kind == "anonymous":
            return ""
        if kind == "first today":
            if not self._unseen:
                raise Unexpected("more enquiries were logged than there are customers")
            self._seen.append(self._unseen.pop())
            return self._seen[-1]
        return self._seen[number % len(self._seen)]


def logging(desks: Sequence[Desk], work: Workload, *, rounds: int, seconds: float) -> list[Figure]:
    """Logging an enquiry beside an empty page: how many a second, and how long the slowest twentieth takes."""
    samples = interleave(desks, {"empty": empty, "log": work.log}, rounds=rounds, seconds=seconds)
    nothing, log = samples["empty"], samples["log"]
    clients = f"{len(desks)} client{'s' * (len(desks) > 1)}"
    rate = nothing.rate * ratio_of_rates(log, nothing)
    return [
        Figure(f"empty page, {clients}", nothing.rate, "/s"),
        Figure(f"empty page, {clients}: p50", 1000 * nothing.p50, "ms"),
        Figure(f"log an enquiry, {clients}", rate, "/s", nothing.rate, "empty", at_least=0.40),
        Figure(f"log an enquiry, {clients}: p50", 1000 * log.p50, "ms", 1000 * nothing.p50, "empty"),
        Figure(f"log an enquiry, {clients}: p95", 1000 * log.p95, "ms", 1000 * nothing.p95, "empty", at_most=3.85),
    ]


def kinds(desk: Desk, work: Workload, *, times: int) -> list[Figure]:
    """How long each kind of enquiry of the mix takes."""
    asks = {kind: partial(lambda kind: work.log(desk, kind=kind).seconds, kind) for kind in dict.fromkeys(MIX)}
    samples = alternate(asks | {"empty": lambda: empty(desk).seconds}, times=times)
    nothing = 1000 * samples["empty"].p50
    return [Figure(f"  {kind}: p50", 1000 * samples[kind].p50, "ms", nothing, "empty") for kind in asks]


Place = tuple[Desk, Desk, Workload]  # an adviser, an information-governance officer, the records of one database


def pages(here: Place, there: Place, *, times: int, judged: bool) -> list[Figure]:
    """Each page of both databases (`there` has a hundredth of the rows), in turns with the empty one."""
    asks: dict[str, Callable[[], float]] = {}
    for place, (desk, officer, work) in (("whole", here), ("hundredth", there)):
        for _ in range(LOGGED_TODAY):  # the logs are full in both: a page with more on it takes longer
            work.log(desk)
            work.log(desk, outcome="open")
        for page, path in work.pages().items():
            who = officer if page in OFFICERS_PAGES else desk
            asks[f"{page}, {place}"] = partial(lambda desk, path: desk.get(path).seconds, who, path)
    desk, _, work = here
    asks["empty"] = lambda: empty(desk).seconds
    samples = alternate(asks, times=times)
    figures = []
    for page in work.pages():
        whole, hundredth = samples[f"{page}, whole"], samples[f"{page}, hundredth"]
        figures += [
            Figure(f"{page}: p50", 1000 * whole.p50, "ms", 1000 * hundredth.p50, "hundredth"),
            Figure(
                f"{page}: p95",
                1000 * whole.p95,
                "ms",
                1000 * hundredth.p95,
                "hundredth",
                at_most=1.3,
                judged=judged,
            ),
            Figure(f"{page}: p95", 1000 * whole.p95, "ms", 1000 * samples["empty"].p95, "empty", at_most=6),
        ]
    return figures


def search(
    desk: Desk, queries: Sequence[Typed], known_url: str, *, times: int, judged: bool
) -> tuple[list[Figure], list[dict[str, str]]]:
    """Searches over HTTP beside the plain trigram statement for the same names, and who was not found."""
    page, statement = Samples(), Samples()
    failures = []
    with psycopg.connect(known_url, autocommit=True) as connection:
        connection.execute(f"SET pg_trgm.similarity_threshold = {known.THRESHOLD}")
        for number in range(times + 1):  # the first time warms up
            for query in queries:
                answer = desk.post("/customers/search/", {"q": query.text}, expect=200, htmx=True)
                started = time.perf_counter()
                connection.execute(known.ANCHOR, [query.names, query.names]).fetchall()
                seconds = time.perf_counter() - started
                if number:
                    page.seconds.append(answer.seconds)
                    statement.seconds.append(seconds)
                elif query.sought not in hits(answer):
                    failures.append({"kind": query.kind, "typed": query.text})
    kinds = dict.fromkeys(query.kind for query in queries)
    figures = [
        Figure("search: p50", 1000 * page.p50, "ms", 1000 * statement.p50, "trigram statement"),
        Figure(
            "search: p95",
            1000 * page.p95,
            "ms",
            1000 * statement.p95,
            "trigram statement",
            at_most=0.5,
            judged=judged,
        ),
        Figure("sought among the first ten", _share(queries, failures), "%", at_least=99),
    ]
    for kind in kinds:
        asked = [query for query in queries if query.kind == kind]
        missed = [failure for failure in failures if failure["kind"] == kind]
        figures.append(Figure(f"  {kind} ({len(asked)})", _share(asked, missed), "%"))
    return figures, failures


def purge(
    env: Mapping[str, str], urls: tuple[str, str], desk: Desk, work: Workload, *, directory: Path, judged: bool
) -> list[Figure]:
    """A purge with everything that belongs to it beside raw batched deletes of the same rows, and the desk meanwhile.

    `urls` are two copies: the first is purged while `desk` and `work` log enquiries in it, the second deleted from.
    """
    with psycopg.connect(urls[1]) as connection:
        total = connection.execute("SELECT count(*) FROM visits_enquiry").fetchone()[0]
    few, many = total // 600, total // 6
    quiet, busy = Samples(), Samples()
    quiet.seconds += [work.log(desk, kind="anonymous").seconds for _ in range(100)]  # customers may be purged
    given = {**env, "DATABASE_URL": urls[0]} | _copies(env, directory)
    told = _beside(desk, work, busy, given, "tools.bench.purging", str(few), str(many))
    small, large = json.loads(told)
    # The raw deletes have the same desk beside them, on the same machine.
    days = (small["cut_off"], large["cut_off"])
    rows, seconds = json.loads(
        _beside(desk, work, Samples(), {**env, "DATABASE_URL": urls[1]}, "tools.bench.raw_deletes", *days)
    )
    rate, raw = large["rows"] / large["seconds"], rows / seconds
    return [
        Figure(f"raw deletes of {rows:,} rows", raw, "rows/s"),
        Figure("purge, everything included", rate, "rows/s", raw, "raw deletes", at_least=0.4, judged=judged),
        *(Figure(f"  {name}", large[name], "s") for name in ("delete_due", "sweep_search", "destroy_keys", "finish")),
        Figure("  day keys destroyed", large["keys"]),
        Figure("longest slice", 1000 * large["longest_slice"], "ms", at_most=250, judged=judged),
        Figure("peak memory", large["peak"] / 1e6, "MB", small["peak"] / 1e6, f"purge of {few:,}", at_most=1.2),
        Figure("logging meanwhile: p95", 1000 * busy.p95, "ms", 1000 * quiet.p95, "quiet", at_most=1.5, judged=judged),
    ]


def _beside(desk: Desk, work: Workload, samples: Samples, env: Mapping[str, str], *command: str) -> str:
    """What a module prints that runs while `desk` logs enquiries, whose times go into `samples`. Raises Unexpected."""
    arguments = [sys.executable, "-m", *command]
    process = subprocess.Popen(arguments, cwd=ROOT, env=dict(env), stdout=subprocess.PIPE, text=True)
    while process.poll() is None:
        samples.seconds.append(work.log(desk, kind="anonymous").seconds)
        time.sleep(0.05)
    if process.returncode or process.stdout is None:
        raise Unexpected(f"{command[0]} failed")
    return process.stdout.read()


def _copies(env: Mapping[str, str], directory: Path) -> dict[str, str]:
    """Keys and ledger that may be destroyed: copies."""
    keys = []
    for number, path in enumerate(env["KEYRING_DIRS"].split(",")):
        keys.append(str(shutil.copytree(path, directory / f"keyring-{number}")))
    books = [directory / "book-a", directory / "book-b"]
    for book in books:
        book.mkdir()
    return {"KEYRING_DIRS": ",".join(keys), "LEDGER_PATHS": ",".join(str(book / "ledger.jsonl") for book in books)}


def hits(answer: Answer) -> list[str]:
    """The references of the customers on a page of results, as far as they count."""
    return [reference.decode() for reference in HIT.findall(answer.body)][:SHOWN]


def empty(desk: Desk) -> Answer:
    """The anchor: a page that says nothing to whoever is signed in."""
    return desk.get(EMPTY)


def _share(asked: Sequence[object], missed: Sequence[object]) -> float:
    return 100 * (1 - len(missed) / len(asked))
