"""Every page through the Nu HTML checker: `make html`.

Embedded servers and invented people of its own, thrown away at the end. Each address is asked for as each role, in both
languages: as it is, and with a form that must be refused. Whatever is HTML is checked, whatever its status; a part that
htmx swaps is checked inside an empty page. Needs Java, and npm once, to fetch the checker: neither is part of the
product. Exit code 1 when a page has an error, 2 when the checker cannot be had or the pages cannot be made.
"""

from __future__ import annotations

import hashlib
import io
import json
import logging
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from itertools import islice, product
from pathlib import Path
from typing import Any

from tools import embedded, vendor

ROOT = Path(__file__).resolve().parent.parent
CHECKER = vendor.Package(
    "vnu-jar",
    "26.9.27",
    "sha512-TkQd5DFfOaWC9ebtvozTsrH2Vaod3jYg+vrOeREzIXxBexLz9+rS2DNtjn7+RPUiZhgli0SghgBX6RJRNea0KA==",
    (),
)
SETTINGS = {
    "DJANGO_SETTINGS_MODULE": "contactwrexham.settings",
    "ALLOWED_HOSTS": "127.0.0.1,localhost,testserver",
    "DEMO": "1",
    "HTTPS": "0",
    "PLAIN_STATIC": "1",
    "PURGE_ALLOW_FUTURE": "1",  # the canary of the coming night is purged and searched for
}
LANGUAGES = ("en-gb", "cy")
# How many records of a kind are looked at in each page about one: open and closed, with and without a customer.
RECORDS = 4
SHELL = '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Part</title></head><body>{}</body></html>'


class CannotCheck(Exception):
    """Something that the check needs is missing; the text says what to do."""


def main() -> int:
    """Make the pages, check them, say what is wrong."""
    embedded.end_on_signals()
    try:
        jar = checker()
        with tempfile.TemporaryDirectory(prefix="contact-wrexham-html-") as directory:
            with embedded.servers(None) as servers:
                env = os.environ | servers | SETTINGS
                command = [sys.executable, "-m", "tools.check_html", "pages", directory]
                if subprocess.run(command, cwd=ROOT, env=env, check=False).returncode:
                    raise CannotCheck("The pages could not be made; the reason is above.")
            return check(jar, Path(directory))
    except (CannotCheck, embedded.CannotStart, vendor.CannotFetch, vendor.CannotTrust) as refusal:
        print(refusal, file=sys.stderr)
        return 2


def checker() -> Path:
    """The checker's jar beside the virtual environment, fetched the first time. Raise CannotCheck without Java."""
    if not shutil.which("java"):
        raise CannotCheck("The Nu HTML checker needs Java 11 or newer. On Debian: apt-get install default-jre-headless")
    jar = Path(sys.prefix) / f"vnu-{CHECKER.version}.jar"
    if not jar.exists():
        say(f"Fetching {CHECKER.name} {CHECKER.version} with npm")
        with tarfile.open(fileobj=io.BytesIO(vendor.fetch(CHECKER))) as archive:
            member = archive.extractfile("package/build/dist/vnu.jar")
            assert member
            half = jar.with_suffix(".part")
            half.write_bytes(member.read())
            half.rename(jar)
    return jar


def check(jar: Path, directory: Path) -> int:
    """Run the checker over a directory of pages; print each error once, with where it was first and how often."""
    pages = sorted(directory.glob("*.html"))
    say(f"Checking {len(pages)} pages")
    command = ["java", "-jar", str(jar), "--errors-only", "--format", "json", *map(str, pages)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        messages = json.loads(done.stderr)["messages"]
    except (ValueError, KeyError) as error:
        raise CannotCheck(f"The checker did not work:\n{done.stderr[-2000:]}") from error
    found = defaultdict(list)
    for message in messages:
        if message["type"] != "info":
            found[message["message"], message.get("extract", "").strip()].append(Path(message["url"]).stem)
    for (words, extract), where in found.items():
        print(f"\n{words}\n    {' '.join(extract.split())}\n    {where[0]}, and {len(set(where)) - 1} other pages")
    say(f"Errors: {len(found)}. Pages checked: {len(pages)}.")
    return 1 if found else 0


# --- the pages --------------------------------------------------------------------------------------------------------


def make_pages(directory: Path) -> None:
    """Write every page as each role in both languages into a directory, the same page once."""
    import django

    django.setup()
    logging.disable(logging.WARNING)  # every refusal is asked for
    from django.test import Client

    from staff.models import Role, User

    make_world()
    seen: set[str] = set()
    for role in (None, *Role):
        user = User.objects.filter(role=role).order_by("pk").first() if role else None
        number = len(seen)
        for language in LANGUAGES:
            client = Client(raise_request_exception=False)
            client.cookies["django_language"] = language
            for name, answer in answers(client, user):
                keep(directory, f"{role or 'nobody'} {language} {name}", answer, seen)
        say(f"As {role.value if role else 'nobody'}: {len(seen) - number} pages")
    for language in LANGUAGES:
        client = Client(enforce_csrf_checks=True)
        client.cookies["django_language"] = language
        typed = {"narrative": "Words that must not be lost. " * 5, "summary": "Short"}
        keep(directory, f"page-too-old {language}", client.post("/", typed), seen)


def make_world() -> None:
    """Invented people with a few months of work, purges, a hold and a canary that went its way."""
    import datetime as dt
    import uuid

    from django.core.management import call_command

    from privacy.dates import london_today
    from retention import actions
    from staff.models import Role, User
    from visits import actions as work
    from visits.models import Enquiry

    say("Making invented people")
    for command in ("migrate", "load_services"):
        call_command(command, verbosity=0)
    call_command("demo_accounts")
    call_command("demo_data", customers=60, years=0.3, seed=2)
    officer = User.objects.filter(role=Role.GOVERNANCE).order_by("pk")[0]
    review = london_today() + dt.timedelta(days=7)
    for enquiry in Enquiry.objects.order_by("pk")[:2]:
        actions.place_hold(
            enquiry, reason="dispute", authority="C/1", responsible=officer, review_on=review, by=officer
        )
    adviser = User.objects.filter(role=Role.ADVISER).order_by("pk")[0]
    closed = Enquiry.objects.exclude(outcome="open").order_by("-pk")[0]
    work.amend_enquiry(closed, text="Rang back.", submission=uuid.uuid4(), by=adviser)
    for days in (0, 1):
        actions.purge(london_today() + dt.timedelta(days=days))
        actions.canary_if_due()


def answers(client: Any, user: Any) -> Iterator[tuple[str, Any]]:
    """What each address answers: to a GET, and to a form with nothing and one with nonsense in it."""
    fields = {"q": "jones", "record": "x"}
    for name, path, values in addresses():
        sign_in(client, user)
        answer = client.get(path)
        yield f"{name} {values}", answer
        for field in re.findall(rb'<(?:input|select|textarea)[^>]*\bname="(\w+)"', answer.content):
            fields.setdefault(field.decode(), "\u202ex")
    for field in ("csrfmiddlewaretoken", "submission", "revision", "language"):
        fields.pop(field, None)
    for name, path, values in addresses():
        for sent in ({}, fields):
            sign_in(client, user)
            yield f"{name} {values} refused", client.post(path, sent)
        sign_in(client, user)
        yield f"{name} {values} nonsense", client.get(path, fields)


def sign_in(client: Any, user: Any) -> None:
    """Sign somebody in again whom a page has signed out."""
    if user and "_auth_user_id" not in client.session:
        client.force_login(user)


def addresses() -> Iterator[tuple[str, str, str]]:
    """Each address with a name: the name, a path, and what varies in it; several paths where records differ."""
    from django.urls import URLPattern, get_resolver, reverse

    def walk(patterns: list[Any], namespace: str) -> Iterator[tuple[str, str, str]]:
        for pattern in patterns:
            if not isinstance(pattern, URLPattern):
                inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
                yield from walk(pattern.url_patterns, inner)
                continue
            kinds = pattern.pattern.converters
            choices = [[(key, value) for value in candidates(kind)] for key, kind in kinds.items()]
            for given in product(*choices):
                path = reverse(f"{namespace}{pattern.name}", kwargs=dict(given))
                yield f"{namespace}{pattern.name}", path, " ".join(str(value) for _key, value in given)

    yield from walk(get_resolver().url_patterns, "")


def candidates(kind: Any) -> list[Any]:
    """Values that a part of an address may have: references and identities of records that are there, numbers."""
    from privacy.policy import our_models

    found: list[Any] = []
    for model in our_models():
        columns = {field.name for field in model._meta.fields}
        for name in {"reference", "identity", "pk"} & (columns | {"pk"}):
            rows = model._base_manager.order_by("-pk").values_list(name, flat=True)
            outcomes = rows.filter(outcome="open") if "outcome" in columns else rows.none()
            values = [*islice(outcomes.iterator(), 2), *rows[:RECORDS]]
            found += [value for value in values if re.fullmatch(kind.regex, str(value)) and value not in found]
    return found[:RECORDS]


def keep(directory: Path, name: str, answer: Any, seen: set[str]) -> None:
    """Write a page unless it is not HTML or was seen already. Raise CannotCheck when the server failed."""
    if answer.status_code >= 500:
        raise CannotCheck(f"{name} answered {answer.status_code}.")
    if not answer.get("Content-Type", "").startswith("text/html") or not answer.content.strip():
        return
    text = answer.content.decode()
    if not text.lstrip().lower().startswith("<!doctype"):
        text = SHELL.format(text)
    same = re.sub(r'(name="(?:csrfmiddlewaretoken|submission)" value=)"[^"]*"', r"\1", text)
    mark = hashlib.sha256(same.encode()).hexdigest()
    if mark not in seen:
        seen.add(mark)
        plain = re.sub(r"[^\w-]+", "_", f"{name} {answer.status_code}").strip("_")
        (directory / f"{len(seen):04}_{plain}.html").write_text(text, encoding="utf-8")


def say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["pages"]:
        try:
            make_pages(Path(sys.argv[2]))
        except CannotCheck as refusal:
            sys.exit(str(refusal))
    else:
        sys.exit(main())
