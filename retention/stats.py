"""The figures of the retention pages and of `/readyz`."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Count, Min

from privacy.dates import LONDON
from privacy.keyring import KeyringUnavailable, keyring
from privacy.naming import called, kind_of, name_of
from privacy.sealed import sealed_field_names
from retention.actions.purges import PURGE_AT
from retention.guards import last_done
from retention.ledger import LedgerDamaged, LedgerUnavailable, ledger
from retention.models import CanaryRun, DeletedFile, Hold, PurgeRun
from retention.relations import by_kind, counted, due_by_day, held, past, purged_models
from staff.models import Role, User

# How long a night's purge may take before what it left is overdue.
GRACE = dt.timedelta(hours=1)
SAMPLES = 5
# A canary is made, purged and searched for every night: after so many days without one something stands still.
CANARY_EVERY = dt.timedelta(days=3)


def settled_day(now: dt.datetime) -> dt.date:
    """The day up to which everything must be gone by `now`: today's from an hour after the purge on."""
    here = now.astimezone(LONDON)
    began = dt.datetime.combine(here.date(), PURGE_AT, tzinfo=LONDON)
    return here.date() if here >= began + GRACE else here.date() - dt.timedelta(days=1)


def next_cut_off(now: dt.datetime) -> dt.date:
    """The day up to which the next night's purge deletes: today's before its hour, tomorrow's after."""
    here = now.astimezone(LONDON)
    return here.date() if here.time() < PURGE_AT else here.date() + dt.timedelta(days=1)


def past_their_date(now: dt.datetime) -> int:
    """How many records, of any kind, should be gone by `now` and are there."""
    day = settled_day(now)
    return sum(number for _kind, number in by_kind(lambda model: past(model, day), number=Count("pk")))


def is_settled(now: dt.datetime) -> bool:
    """Whether no record is past its date."""
    return past_their_date(now) == 0


def has_passed_over() -> bool:
    """Whether the last purge found records that say they are sealed for a day that cannot be."""
    last = last_done()
    return last is not None and last.passed_over > 0


def purge_is_late(now: dt.datetime) -> bool:
    """Whether the purge that should have run by `now` has not."""
    last = last_done()
    return last is None or last.cut_off < settled_day(now)


def kinds(today: dt.date) -> list[dict[str, Any]]:
    """For each kind of record: its period, the earliest due day, how many are due within 30 days, how many are held."""
    month = today + dt.timedelta(days=30)
    first = dict(by_kind(counted, first=Min("expires_on")))
    coming = dict(by_kind(lambda model: past(model, month), number=Count("pk")))
    kept = dict(by_kind(lambda model: held(model, dt.date.max), number=Count("pk")))
    return [
        {
            "kind": kind_of(name),
            "keep": model.data_policy.keep,  # type: ignore[attr-defined]
            "first": first.get(name),
            "coming": coming.get(name, 0),
            "held": kept.get(name, 0),
        }
        for model in purged_models()
        for name in [name_of(model)]
    ]


def coming(today: dt.date) -> dict[str, Any]:
    """How many records are due on each of the next 30 days: by day and kind, and as bars of a drawing 100 high."""
    days = [today + dt.timedelta(days=number) for number in range(1, 31)]
    number = {kind_of(name): on for name, on in due_by_day(today, days[-1]).items() if on}
    totals = [sum(on.get(day, 0) for on in number.values()) for day in days]
    peak = max(totals)
    return {
        "peak": peak,
        "days": [
            {
                "day": day,
                "by_kind": [(kind, on.get(day, 0)) for kind, on in number.items()],
                "total": total,
                "x": 20 * place,
                "height": -(-100 * total // peak) if peak else 0,  # rounded up: one record is seen beside a thousand
                "y": 100 - (-(-100 * total // peak) if peak else 0),
            }
            for place, (day, total) in enumerate(zip(days, totals, strict=True))
        ],
    }


def canary(now: dt.datetime) -> dict[str, Any]:
    """The last canary that was searched for, those whose search is not finished, and whether something is wrong.

    That none was searched for in three days is computed here, so that it shows although nothing runs.
    """
    last = CanaryRun.objects.filter(searched_at__isnull=False).order_by("-searched_at").first()
    waiting = CanaryRun.objects.filter(searched_at__isnull=True).order_by("due_on")
    first = PurgeRun.objects.aggregate(first=Min("started_at"))["first"]
    since = last.searched_at if last else first
    late = since is not None and now - since > CANARY_EVERY
    failed = canary_has_failed()
    return {"last": last, "waiting": list(waiting), "late": late, "failed": failed, "red": late or failed}


def canary_has_failed() -> bool:
    """Whether the last search found something of its canary, or the search that goes on has."""
    finished = CanaryRun.objects.filter(searched_at__isnull=False).order_by("-searched_at")[:1]
    searching = CanaryRun.objects.filter(state=CanaryRun.State.SEARCHING)
    return any(run.has_failed for run in (*finished, *searching))


def rehearsal(cut_off: dt.date) -> list[dict[str, Any]]:
    """What a purge up to `cut_off` would delete: numbers, and a few references. Nothing personal is opened."""
    rows = []
    for model in purged_models():
        found = past(model, cut_off)
        some = found.defer(*sealed_field_names(model)).order_by("expires_on", "pk")[:SAMPLES]
        rows.append(
            {
                "kind": kind_of(name_of(model)),
                "number": found.count(),
                "held": held(model, cut_off).count(),
                "samples": [called(record) for record in some],
            }
        )
    return rows


def reviews(holds: list[Hold]) -> dict[str, Any]:
    """How many holds these are, how many reviews are overdue or near, and which officers no reminder can reach."""
    unreachable = User.objects.filter(is_active=True, role=Role.GOVERNANCE, email="").order_by("name", "pk")
    return {
        "number": len(holds),
        "overdue": sum(hold.is_overdue for hold in holds),
        "near": sum(hold.is_review_near for hold in holds),
        "unreachable": list(unreachable.values_list("name", flat=True)),
    }


def keys_held() -> int | None:
    """How many day keys are held; None when a directory cannot be read."""
    try:
        return len({name for directory in keyring().directories for name in keyring().names(directory)})
    except KeyringUnavailable:
        return None


def files_waiting() -> int:
    """How many files of deleted records are still to be removed."""
    return DeletedFile.objects.count()


def ledger_entries() -> int | None:
    """How many entries the ledger has; None when it is damaged or cannot be read."""
    try:
        return len(ledger().entries())
    except (LedgerDamaged, LedgerUnavailable):
        return None
