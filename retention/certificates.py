"""Make the certificate of a purge from one collection of facts: as JSON for machines and as PDF for people.

Counts, days, random ids and a staff number: nothing about any customer, and no name of anybody. The same purge gives
the same certificate, byte for byte, for as long as the ledger's copies are what they were.
"""

from __future__ import annotations

import datetime as dt
import json
from functools import cache
from typing import Any

import typst
from django.conf import settings
from django.utils import translation
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from privacy.dates import LONDON
from privacy.naming import kind_of
from retention.ledger import LedgerDamaged, LedgerUnavailable, ledger
from retention.ledger_state import KEYS_RESULT
from retention.models import PurgeRun
from staff.desk import desk_name

TEMPLATE = settings.BASE_DIR / "templates" / "retention" / "purge_certificate.typ"


def facts(run: PurgeRun) -> dict[str, Any]:
    """What a finished purge can show: what was due, deleted and held, which stores confirm it, and who confirmed it.

    `stores.key_directories` is how many directories the ledger says confirmed that the keys are gone; None when the
    purge destroyed none. `stores.ledger_copies` is how many copies of the ledger know this purge to its end; None when
    the ledger is damaged or out of reach, so that no store confirms anything now.
    """
    counts = list(run.counts.order_by("record_type"))
    return {
        "run": str(run.identity),
        "records_due_up_to": run.cut_off,
        "policy_version": run.policy_version,
        "started_at": run.started_at,
        "finished_at": run.finished_at,
        "records": {
            count.record_type: {"due": count.due, "deleted": count.deleted, "held": count.held} for count in counts
        },
        "holds_respected": sum(count.held for count in counts),
        "left_behind": run.left,
        "keys_destroyed": run.keys_destroyed,
        "stores": _stores(run),
        "confirmed_by_staff_number": run.confirmed_by_id,
        "confirmed_at": run.confirmed_at,
        "ledger_head": run.head,
    }


def as_pdf(told: dict[str, Any]) -> bytes:
    """The facts as a tagged PDF (PDF/UA-1), Welsh first, then English."""
    document: bytes = typst.compile(
        TEMPLATE,
        root=TEMPLATE.parent,
        font_paths=_fonts(),
        format="pdf",
        sys_inputs=inputs(told),
        timestamp=int(told["finished_at"].timestamp()),  # not when it was asked for: so it is always the same
        pdf_standards="ua-1",
    )
    return document


def inputs(told: dict[str, Any]) -> dict[str, str]:
    """The template's input: each word and figure as text, by language, as JSON."""
    parts = []
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            parts.append({"lang": language.partition("-")[0], "desk": desk_name()} | _in_words(told))
    title, author = (" / ".join(part[name] for part in parts) for name in ("title", "desk"))
    return {"certificate": json.dumps({"title": title, "author": author, "parts": parts})}


def _stores(run: PurgeRun) -> dict[str, int | None]:
    """How many key directories and copies of the ledger confirm a purge; None where that is not known."""
    try:
        entries, damages = ledger().entries(), ledger().verify()
    except (LedgerDamaged, LedgerUnavailable):
        return {"key_directories": None, "ledger_copies": None}
    mine = [entry.body for entry in entries if entry.kind == KEYS_RESULT and entry.body["run"] == str(run.identity)]
    end = next((entry.n for entry in entries if entry.hash == run.head), None)
    lacking = {damage.path for damage in damages if end is not None and damage.line <= end}
    return {
        # A purge that was killed may have reported twice: what the least of its reports says holds for all keys.
        "key_directories": min((body["stores"] for body in mine), default=0) if run.keys_destroyed else None,
        "ledger_copies": len(set(ledger().paths) - lacking) if end is not None else 0,
    }


@cache
def _fonts() -> typst.Fonts:
    """The package's own fonts only, so that every machine sets the same page."""
    return typst.Fonts(include_system_fonts=False)


def _in_words(told: dict[str, Any]) -> dict[str, Any]:
    """The certificate in the language that is active."""
    return {
        "title": _("Certificate of a purge"),
        "about": _(
            "What was due to be deleted from the %(desk)s system, and what became of it. Counts and dates only:"
            " this certificate says nothing about any person."
        )
        % {"desk": desk_name()},
        "facts": [
            _fact(_("Identifier of the purge"), told["run"], code=True),
            _fact(_("Records due up to"), date_format(told["records_due_up_to"], "j F Y")),
            _fact(_("Policy version"), told["policy_version"], code=True),
            _fact(_("Started"), _moment(told["started_at"])),
            _fact(_("Finished"), _moment(told["finished_at"])),
            _fact(_("Records kept by a hold"), told["holds_respected"]),
            _fact(_("Left behind"), told["left_behind"]),
            _fact(_("Keys destroyed"), told["keys_destroyed"]),
            _fact(_("Key directories that confirmed it"), _directories(told["stores"])),
            _fact(_("Copies of the ledger that record this purge"), _copies(told["stores"])),
            _fact(_("Confirmed by"), _confirmation(told)),
            _fact(_("Hash of the newest ledger entry"), told["ledger_head"], code=True),
        ],
        "columns": [_("Kind of record"), _("To be deleted"), _("Deleted"), _("Held")],
        "rows": [
            [capfirst(kind_of(label)), *(str(count[name]) for name in ("due", "deleted", "held"))]
            for label, count in told["records"].items()
        ],
        "note": _(
            "What is personal in a record is sealed under the key of the day on which the record must be deleted. Once"
            " that key is destroyed in every key directory, no backup or other copy of the record can be read."
        ),
    }


def _fact(label: str, value: Any, *, code: bool = False) -> dict[str, Any]:
    return {"label": label, "value": str(value), "code": code}


def _moment(moment: dt.datetime) -> str:
    return date_format(moment.astimezone(LONDON), "j F Y, H:i")


def _directories(stores: dict[str, int | None]) -> str:
    if stores["ledger_copies"] is None:
        return _("not known: the ledger is damaged, or cannot be read")
    number = stores["key_directories"]
    return str(number) if number is not None else _("none needed: no key was destroyed")


def _copies(stores: dict[str, int | None]) -> str:
    number = stores["ledger_copies"]
    return str(number) if number is not None else _("not known: the ledger is damaged, or cannot be read")


def _confirmation(told: dict[str, Any]) -> str:
    if told["confirmed_at"] is None:
        return _("nobody: no confirmation was needed")
    return _("staff number %(number)s, %(when)s") % {
        "number": told["confirmed_by_staff_number"],
        "when": _moment(told["confirmed_at"]),
    }
