"""Rehearse a disaster: `make restore-drill`. Back up, purge, restore, prove records are back, replay, prove them gone.

Everything happens on servers and in a directory of its own, thrown away at the end, with invented people. Each line
that is printed is a thing that was looked at; the first that is not so ends the drill with exit code 1.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

import psycopg

from privacy.dates import LONDON
from tools import embedded
from tools.bench.web import ROOT, serving

CUSTOMERS = 1500
# How many days ahead the drill purges, one after the other: for more than a week at once a purge would ask a person.
NIGHTS = (6, 12, 18)
TABLES = ("visits_customer", "visits_enquiry", "visits_enquiryentry")
Rows = dict[str, set[int]]


class NotSo(Exception):
    """Something that must be true is not."""


def main() -> int:
    """Run the drill; 0 if everything was as it must be."""
    embedded.end_on_signals()
    with tempfile.TemporaryDirectory(prefix="contact-wrexham-drill-") as directory:
        Path(directory).chmod(0o711)
        try:
            drill(Path(directory) / "data", Path(directory) / "backup")
        except (NotSo, embedded.CannotStart, subprocess.CalledProcessError) as error:
            print(f"\nThe drill failed: {error}", file=sys.stderr)
            if isinstance(error, subprocess.CalledProcessError) and error.stderr:
                print(error.stderr.decode(), file=sys.stderr)
            return 1
    print("\nThe drill succeeded.")
    return 0


def drill(data: Path, backup: Path) -> None:
    """The whole of it. Raises NotSo at the first thing that is not as it must be."""
    settings = {"DEMO": "1", "HTTPS": "0", "PLAIN_STATIC": "1", "PURGE_ALLOW_FUTURE": "1"}
    with embedded.servers(data) as servers:
        env = os.environ | servers | settings
        say("A site with invented people")
        manage(env, "migrate", "--verbosity=0")
        manage(env, "load_services", "--verbosity=0")
        manage(env, "demo_accounts")
        manage(env, "demo_data", f"--customers={CUSTOMERS}", "--years=6", "--seed=3")
        quietly(env, "purge")
        days = [dt.datetime.now(LONDON).date() + dt.timedelta(days=number) for number in NIGHTS]
        cut_off = days[-1]
        due = rows(env, f"expires_on <= '{cut_off}'")
        check("records are due soon", all(due[table] for table in TABLES[:2]), numbers(due))
        hold(env, "before", cut_off)
        say("A backup is taken")
        base_backup(env, backup)
        say("Work goes on: a hold is released, another one placed, and the nights pass")
        hold(env, "after", cut_off)
        for day in days:
            quietly(env, "purge", f"--as-of={day}")
        after = rows(env, "true")
        gone = {table: due[table] - after[table] for table in TABLES}
        check("what was due is gone", bool(gone["visits_enquiry"]), numbers(gone))
        held = rows(env, f"hold_id IS NOT NULL AND expires_on <= '{cut_off}'")
        check("what is held stays", bool(held["visits_enquiry"]), numbers(held))

    say("The database is lost, and the backup put in its place")
    put_back(backup, data / "postgres")
    with embedded.servers(data) as servers:
        env = os.environ | servers | settings
        back = rows(env, "true")
        check("the records are back", all(gone[table] <= back[table] for table in TABLES), numbers(gone))
        with serving(env) as web:
            check("nobody can work", status(web.port, "/accounts/login/") == 503, "/accounts/login/ answers 503")
            check("the watchman is told", status(web.port, "/readyz") == 503, "/readyz answers 503")
            try:
                quietly(env, "purge")
            except subprocess.CalledProcessError as refusal:
                check("the ordinary purge refuses", b"older than the ledger" in refusal.stderr)
            else:
                raise NotSo("the ordinary purge refuses")
            say("The purges are replayed")
            manage(env, "replay_purges")
            check("people work again", status(web.port, "/accounts/login/") == 200, "/accounts/login/ answers 200")
        now = rows(env, "true")
        check("what had been due is gone again", not any(gone[table] & now[table] for table in TABLES), numbers(gone))
        check("and nothing else is", now == after, numbers(now))
        check("what is held is there, and opens", opens(env), numbers(rows(env, "hold_id IS NOT NULL")))
        left = [path.name for path in data.glob("keyring-*/*") if "0000" < path.name[:10] <= cut_off.isoformat()]
        check("no key up to that day is left", not left, "in either directory")
        manage(env, "verify_ledger")
        check("a second replay has nothing to do", b"nothing to replay" in quietly(env, "replay_purges"))


def hold(env: Mapping[str, str], moment: str, cut_off: dt.date) -> None:
    """What the officer does before and after the backup, in a process of its own."""
    command = [sys.executable, "-m", "tools.restore_drill", moment, cut_off.isoformat()]
    subprocess.run(command, cwd=ROOT, env=env, check=True)


def officer_holds(moment: str, cut_off: dt.date) -> None:
    """Before the backup: hold two due enquiries and seal them ahead. After it: release both, and hold one anew."""
    import django

    django.setup()
    from retention import actions
    from retention.models import Hold
    from staff.models import User
    from visits.models import Enquiry

    officer = User.objects.get(username="governance")

    def place(enquiry: Enquiry, authority: str) -> None:
        review_on = dt.datetime.now(LONDON).date() + dt.timedelta(days=30)
        actions.place_hold(
            enquiry, reason="dispute", authority=authority, responsible=officer, review_on=review_on, by=officer
        )

    if moment == "before":
        for number, enquiry in enumerate(Enquiry.objects.filter(expires_on__lte=cut_off).order_by("pk")[:2]):
            place(enquiry, f"DRILL/{number}")
        actions.reseal_held()
    else:
        holds = list(Hold.objects.in_force().order_by("pk"))
        for each in holds:
            actions.release_hold(each, by=officer)
        place(Enquiry.objects.get(pk=holds[0].record_id), "DRILL/2")


def opens(env: Mapping[str, str]) -> bool:
    """Whether every held enquiry can be read."""
    asked = "from visits.models import Enquiry; print(len(Enquiry.objects.filter(hold__isnull=False)))"
    return quietly(env, "shell", "--verbosity=0", "--command", asked).strip() == b"1"


def rows(env: Mapping[str, str], condition: str) -> Rows:
    """The numbers of the rows of each table for which `condition` holds."""
    with psycopg.connect(env["DATABASE_URL"]) as connection:
        return {
            table: {number for (number,) in connection.execute(f"SELECT id FROM {table} WHERE {condition}")}  # noqa: S608
            for table in TABLES
        }


def base_backup(env: Mapping[str, str], backup: Path) -> None:
    """A physical copy of the whole cluster with the log that it needs, taken while it runs."""
    given = psycopg.conninfo.conninfo_to_dict(env["DATABASE_URL"])
    spec = find_spec("pgserver")
    if spec is None or spec.origin is None:
        raise NotSo("the embedded PostgreSQL is not installed")
    program = Path(spec.origin).parent / "pginstall" / "bin" / "pg_basebackup"
    command = [program, f"--host={given['host']}", f"--port={given['port']}", "--username=postgres"]
    command += [f"--pgdata={backup}", "--wal-method=fetch", "--checkpoint=fast"]
    subprocess.run(command, env={**env, "PGPASSWORD": str(given["password"])}, check=True, capture_output=True)


def put_back(backup: Path, place: Path) -> None:
    """Put the backup where the database was, owned by whoever owned that."""
    owner = place.stat()
    shutil.rmtree(place)
    shutil.move(backup, place)
    for path in [place, *place.rglob("*")]:
        os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)
    place.chmod(0o700)


def status(port: int, path: str) -> int:
    """What the web server answers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def manage(env: Mapping[str, str], *arguments: str) -> None:
    """Run one of our commands."""
    subprocess.run([sys.executable, "manage.py", *arguments], cwd=ROOT, env=env, check=True)


def quietly(env: Mapping[str, str], *arguments: str) -> bytes:
    """Run one of our commands and give what it prints."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments], cwd=ROOT, env=env, check=True, capture_output=True
    ).stdout


def numbers(found: Rows) -> str:
    """How many rows of each kind."""
    return ", ".join(f"{len(ids)} {table.partition('_')[2]}" for table, ids in found.items())


def check(what: str, is_so: bool, figures: str = "") -> None:
    """Say that something is so. Raises NotSo."""
    if not is_so:
        raise NotSo(f"{what}: no. {figures}")
    print(f"  ✓ {what}{f': {figures}' if figures else ''}", flush=True)


def say(text: str) -> None:
    print(f"\n{text}", flush=True)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "contactwrexham.settings")
    if len(sys.argv) > 1:
        officer_holds(sys.argv[1], dt.date.fromisoformat(sys.argv[2]))
    else:
        sys.exit(main())
