"""Holds: what must stay stays, with what it needs, and is sealed ahead of its day for as long as it does."""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections import Counter
from functools import partial
from typing import Any

from auditlog.context import disable_auditlog
from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from privacy.dates import london_today
from privacy.sealed import lost_days, sealed_field_names
from retention.models import Hold
from retention.recall import note_hold, note_holds, note_release
from retention.relations import Kept, counted, kept_with, naming, record_of, retained_models

logger = logging.getLogger(__name__)

BATCH = 200
# The advisory lock of whatever changes which rows are held.
HOLDS_LOCK = 0x401D


class AlreadyHeld(Exception):
    """A hold keeps this record already: that one is reviewed, or released, instead."""


class RecordGone(Exception):
    """The record was purged before the hold could be placed."""


class AlreadyReleased(Exception):
    """The hold was released before."""


@transaction.atomic
def place_hold(record: Any, *, reason: str, authority: str, responsible: Any, review_on: dt.date, by: Any) -> Hold:
    """Keep `record`, what is recorded under it and whom it is about, until the hold is released.

    The hold changes each record's own row, so that a purge which looked before sees it (a hold in a table apart would
    come too late for it). Raises RecordGone, for a canary too, and AlreadyHeld.
    """
    _one_at_a_time()
    model = type(record)
    if counted(model).select_for_update(of=("self",)).filter(pk=record.pk).values_list("pk").first() is None:
        raise RecordGone
    if Hold.objects.in_force().filter(record_type=model._meta.label, record_id=record.pk).exists():
        raise AlreadyHeld
    hold = Hold.objects.create(
        record_type=model._meta.label,
        record_id=record.pk,
        record=str(record),
        reason=reason,
        authority=authority,
        responsible=responsible,
        review_on=review_on,
        placed_by=by,
    )
    _apply(hold)
    hold.refresh_from_db()
    transaction.on_commit(partial(note_hold, hold))
    return hold


@transaction.atomic
def take_up_hold(identity: uuid.UUID, facts: dict[str, Any]) -> tuple[Hold, bool]:
    """Place a hold again that a restored database has lost, and say whether its record is there. Idempotent."""
    _one_at_a_time()
    hold, _ = Hold.objects.get_or_create(identity=identity, defaults=facts)
    _apply(hold)
    return hold, record_of(hold.record_type, hold.record_id) is not None


@transaction.atomic
def review_hold(hold: Hold, *, review_on: dt.date, by: Any) -> Hold:
    """Say that the hold is still needed, until the next review. Raises AlreadyReleased."""
    locked = _in_force(hold)
    locked.review_on, locked.reviewed_at, locked.reminded_at = review_on, timezone.now(), None
    locked.save(update_fields=["review_on", "reviewed_at", "reminded_at"])
    transaction.on_commit(partial(note_hold, locked))
    return locked


@transaction.atomic
def release_hold(hold: Hold, *, by: Any) -> Hold:
    """Let go of what the hold kept: what is past its day goes in the coming night. Raises AlreadyReleased.

    What another hold in force needs passes to that one.
    """
    _one_at_a_time()
    locked = _in_force(hold)
    locked.released_at, locked.released_by = timezone.now(), by
    locked.save(update_fields=["released_at", "released_by"])
    for model in retained_models():
        model._base_manager.filter(hold=locked).update(hold=None)
    for other in Hold.objects.in_force().order_by("pk"):
        _apply(other)
    transaction.on_commit(partial(note_release, locked))
    return locked


def reseal_held() -> int:
    """Seal held records anew whose key's day is near: neither they nor a backup's may need a destroyed key.

    What was recorded under a hold since is held with it first. Returns how many were sealed. Each hold and each batch
    is a transaction; what somebody is editing is left for the next night, long before its day.
    """
    for hold in Hold.objects.in_force().order_by("pk"):
        try:
            with transaction.atomic():
                _one_at_a_time()
                _apply(_in_force(hold))
        except (AlreadyReleased, OperationalError) as error:
            logger.warning("hold %s was not looked after: %s", hold.pk, type(error).__name__)
    note_holds()
    horizon = london_today() + dt.timedelta(days=settings.BACKUP_HORIZON_DAYS)
    done = 0
    for model in retained_models():
        near = model._base_manager.filter(hold__isnull=False, sealed_until__lt=horizon)
        near = near.exclude(sealed_until__in=lost_days(near))
        while batch := _reseal_batch(near, horizon):
            done += batch
    return done


def _one_at_a_time() -> None:
    """Holds reach over many rows in either direction: two at once might wait for each other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [HOLDS_LOCK])


def _apply(hold: Hold) -> None:
    """Put `hold` on its record and on all that is kept with it, but for what another one keeps already."""
    record = record_of(hold.record_type, hold.record_id)
    if record is not None:
        for model, ids in (kept_with(record) | {type(record): [record.pk]}).items():
            model._base_manager.filter(pk__in=ids, hold__isnull=True).update(hold=hold)


@transaction.atomic
def _reseal_batch(near: Any, horizon: dt.date) -> int:
    records = list(near.order_by("pk").select_for_update(skip_locked=True, of=("self",))[:BATCH])
    with disable_auditlog():  # nobody changed them
        for record in records:
            record.sealed_until = horizon + dt.timedelta(days=settings.BACKUP_HORIZON_DAYS)
            record.save(update_fields=["sealed_until", *sealed_field_names(record)])
    return len(records)


def what_is_kept(record: Any) -> Kept:
    """How many records of each kind a hold on `record` would keep, and how many about the same people it would not."""
    others = kept_with(record)
    kept = others | {type(record): [record.pk]}
    left: Counter[str] = Counter()
    for model, ids in others.items():
        for other, name in naming(model):
            unkept = other._base_manager.filter(**{f"{name}__in": ids}).exclude(pk__in=kept.get(other, []))
            left[other._meta.label] += unkept.count()
    return Kept({model._meta.label: len(ids) for model, ids in kept.items()}, dict(+left))


def _in_force(hold: Hold) -> Hold:
    locked = Hold.objects.select_for_update(of=("self",)).get(pk=hold.pk)
    if locked.released_at is not None:
        raise AlreadyReleased
    return locked
