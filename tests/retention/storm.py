"""Two purgers at once, killed again and again, PostgreSQL killed in between: `python -m tests.retention.storm 100 7`.

On a cluster of its own that really recovers from its log. The same nights are purged undisturbed on a copy of database,
keys and ledger; in the end the two must be equal. Says so, or what differs, and ends with exit code 1.
"""

from __future__ import annotations

import datetime as dt
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import psycopg

from tools import embedded

NIGHTS = 10
TABLES = ("visits_customer", "visits_enquiry", "visits_enquiryentry", "drafts_draft")
# In which of the rounds PostgreSQL is killed too.
POSTGRES_EVERY = 6
# How long two purgers run before they are killed, in seconds: a night of theirs takes about as long.
LONGEST = 0.5


class Site:
    """The servers, and Django told where they are."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.env = os.environ | {"DEMO": "1", "HTTPS": "0", "PURGE_ALLOW_FUTURE": "1"}
        self._servers = ExitStack()
        self._start()

    def _start(self) -> None:
        given = self._servers.enter_context(embedded.servers(self.directory))
        os.environ.update(self.env | given)
        self.url = given["DATABASE_URL"]

    def kill_postgres(self) -> None:
        """SIGKILL to the server and each of its processes."""
        server = embedded.process_of("PostgreSQL", self.directory)
        children = Path(f"/proc/{server}/task/{server}/children").read_text().split()
        for process in (server, *map(int, children)):
            with suppress(ProcessLookupError):
                os.kill(int(process or 0), signal.SIGKILL)

    def restart(self) -> None:
        """A start that recovers. The purgers, who inherited what keeps others away from the directory, are gone."""
        self._servers.close()
        self._start()
        connect(self.url)

    def close(self) -> None:
        self._servers.close()


def connect(url: str) -> None:
    """Let Django use the database at `url` from now on."""
    from django.db import connection

    connection.close()
    given = psycopg.conninfo.conninfo_to_dict(url)
    connection.settings_dict |= {"PORT": given["port"], "NAME": given["dbname"]}


def use(keys: list[Path], books: list[Path]) -> None:
    """Let this process use other keys and another ledger."""
    from django.conf import settings

    from privacy.keyring import keyring
    from retention import ledger_state
    from retention.ledger import ledger

    settings.KEYRING_DIRS, settings.LEDGER_PATHS = keys, books
    keyring.cache_clear()
    ledger.cache_clear()
    ledger_state.forget_state()


def main(kills: int, seed: int) -> int:
    """Make the site, purge it in the calm and in the storm, compare."""
    with tempfile.TemporaryDirectory(prefix="contact-wrexham-storm-") as place:
        Path(place).chmod(0o711)
        site = Site(Path(place) / "data")
        try:
            os.environ.setdefault("DJANGO_SETTINGS_MODULE", "contactwrexham.settings")
            import django

            django.setup()
            nights = make_site()
            calm = in_the_calm(site, nights, Path(place))
            storm, died = in_the_storm(site, nights, kills, random.Random(seed))
        finally:
            site.close()
    differences = [f"{name}: {storm[name]} instead of {calm[name]}" for name in calm if storm[name] != calm[name]]
    print(f"seed {seed}, {kills} kills, {died} times PostgreSQL's")
    print("\n".join(differences) or f"equal: {', '.join(calm)}")
    return 1 if differences else 0


def make_site() -> list[dt.date]:
    """People whose records are due on each of the coming nights, some of them held; and one who stays."""
    from django.core.management import call_command

    from privacy.dates import london_today
    from privacy.models import SearchMarker
    from tests import factories
    from tests.retention.records import contact, due_day, person, place
    from tests.retention.restoring import days_ago_of_what_is_due_soon

    call_command("migrate", verbosity=0)
    from django.utils import timezone

    SearchMarker.objects.create(rebuilt_at=timezone.now())
    by = factories.make_user()
    first = days_ago_of_what_is_due_soon()
    nights = sorted({due_day(first - number) for number in range(NIGHTS)})
    for number in range(NIGHTS):
        for _ in range(4):
            person(by, days_ago=first - number)
        for each in range(10):
            enquiry = contact(by, days_ago=first - number, caller_name=f"Caller{number}x{each}")
            if each < 2:
                place(enquiry, by, authority=f"CLAIM/{number}{each}")
    contact(by, summary="zyxwyoung")
    factories.make_customer(by=by)
    assert nights[0] > london_today()
    return nights


def purge(nights: list[dt.date]) -> None:
    """Purge up to each night in turn, as often as it takes, unless that is done."""
    from retention import actions
    from retention.actions import purges
    from retention.guards import last_done

    purges.SLICE = 2
    for night in nights:
        while (last := last_done()) is None or last.cut_off < night:
            if actions.purge(night) is None:
                time.sleep(0.01)


def in_the_calm(site: Site, nights: list[dt.date], place: Path) -> dict[str, Any]:
    """What an undisturbed purge of a copy leaves."""
    from django.conf import settings
    from django.db import connection

    keys, books = list(settings.KEYRING_DIRS), list(settings.LEDGER_PATHS)
    connection.close()
    with psycopg.connect(site.url.rpartition("/")[0] + "/postgres", autocommit=True) as server:
        server.execute(f"CREATE DATABASE calm TEMPLATE {embedded.NAME}")
    copies = [Path(shutil.copytree(path, place / f"calm-{path.name}")) for path in (*keys, *(b.parent for b in books))]
    connect(site.url.rpartition("/")[0] + "/calm")
    use(copies[:2], [path / "ledger.jsonl" for path in copies[2:]])
    purge(nights)
    left = what_is_left()
    use(keys, books)
    connect(site.url)
    return left


def in_the_storm(site: Site, nights: list[dt.date], kills: int, chance: random.Random) -> tuple[dict[str, Any], int]:
    """What is left when two purgers are killed `kills` times, and how often PostgreSQL was."""
    from django.db import connection

    killed = died = number = 0
    while killed < kills:
        number += 1
        night = killed * len(nights) // kills
        connection.close()
        pair = [fork_purger(nights[: night + 2]) for _ in range(2)]
        time.sleep(chance.random() * LONGEST)
        if number % POSTGRES_EVERY == 0:
            site.kill_postgres()
        for child in pair:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
            _, status = os.waitpid(child, 0)
            killed += os.WIFSIGNALED(status)  # not those that were through already, or lost PostgreSQL
        if number % POSTGRES_EVERY == 0:
            died += 1
            site.restart()
    purge(nights)
    return what_is_left(), died


def fork_purger(nights: list[dt.date]) -> int:
    """A process of its own that purges up to each night; Django is there already, its connection is not."""
    child = os.fork()
    if child == 0:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115 - what it says when PostgreSQL dies is no news
        try:
            purge(nights)
        finally:
            os._exit(0)
    return child


def what_is_left() -> dict[str, Any]:
    """Everything that must be the same however often the purge was killed."""
    from django.db import connection

    from privacy.actions import mend_search, search_is_whole
    from privacy.keyring import keyring
    from privacy.models import SearchEntry
    from retention.ledger import ledger
    from retention.ledger_state import INTENT, KEYS_RESULT, RESULT
    from retention.models import PurgeCount, PurgeRun
    from visits.models import Enquiry

    mend_search()  # PostgreSQL's crash emptied the projection, and it says so
    with connection.cursor() as cursor:
        rows = {}
        for table in TABLES:
            cursor.execute(f"SELECT id FROM {table} ORDER BY id")  # noqa: S608
            rows[table] = [number for (number,) in cursor]
    deleted: Counter[str] = Counter()
    for count in PurgeCount.objects.all():
        deleted[count.record_type] += count.deleted
    entries = ledger().entries()
    runs = set(map(str, PurgeRun.objects.values_list("identity", flat=True)))
    destroyed = [name for entry in entries if entry.kind == KEYS_RESULT for name in entry.body["keys"]]
    return {
        "rows": rows,
        "words": sorted((e.pk, e.summary) for e in Enquiry.objects.all()),  # which every one of their keys opens
        "deleted": +deleted,
        "keys": sorted({name for directory in keyring().directories for name in keyring().names(directory)}),
        "key copies alike": len({tuple(sorted(keyring().names(directory))) for directory in keyring().directories})
        == 1,
        "keys destroyed": sorted(set(destroyed)),
        "search whole": search_is_whole(),
        "search": sorted(SearchEntry.objects.values_list("record_type", "record_id")),
        "ledger whole": ledger().verify() == [],
        "every run begun once": sorted(e.body["run"] for e in entries if e.kind == INTENT) == sorted(runs),
        "every run done once": sorted(e.body["run"] for e in entries if e.kind == RESULT) == sorted(runs),
        "runs not done": PurgeRun.objects.exclude(state=PurgeRun.State.DONE).count(),
    }


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
