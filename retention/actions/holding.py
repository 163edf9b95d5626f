"""Holds: what must stay stays, with what it needs, and is sealed ahead of its day for as long as it does."""

from __future__ import annotations

import datetime as dt
from typing import Any

from auditlog.context import disable_auditlog
from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from privacy.dates import london_today
from privacy.policy import our_models
from privacy.sealed import sealed_field_names
from retention.models import Hold
from retention.relations import Kept, followers, is_retained, kept_with, named_by, naming

BATCH = 200


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
    come too late for it). Raises RecordGone and AlreadyHeld.
    """
    model = type(record)
    locked = model._base_manager.select_for_update(of=("self",)).filter(pk=record.pk).only("pk", "hold").first()
    if locked is None:
        raise RecordGone
    if locked.hold_id is not None and _placed_on(locked.hold_id, record):
        raise AlreadyHeld
    hold = Hold.objects.create(
        record_type=model._meta.label,
        record=str(record),
        reason=reason,
        authority=authority,
        responsible=responsible,
        review_on=review_on,
        placed_by=by,
    )
    model._base_manager.filter(pk=record.pk).update(hold=hold)
    for other, ids in kept_with(record).items():
        # What another hold keeps already stays under that one; when it is released, ours takes it over.
        other._base_manager.filter(pk__in=ids, hold__isnull=True).update(hold=hold)
    return hold


@transaction.atomic
def review_hold(hold: Hold, *, review_on: dt.date, by: Any) -> Hold:
    """Say that the hold is still needed, until the next review. Raises AlreadyReleased."""
    locked = _in_force(hold)
    locked.review_on, locked.reviewed_at = review_on, timezone.now()
    locked.save(update_fields=["review_on", "reviewed_at"])
    return locked


@transaction.atomic
def release_hold(hold: Hold, *, by: Any) -> Hold:
    """Let go of what the hold kept: what is past its day goes in the coming night. Raises AlreadyReleased.

    A record that another hold in force still needs passes to that one.
    """
    locked = _in_force(hold)
    for model in retained_models():
        for record in model._base_manager.filter(hold=locked).only("pk", "hold").select_for_update(of=("self",)):
            model._base_manager.filter(pk=record.pk).update(hold=_other_need(record, locked))
    locked.released_at, locked.released_by = timezone.now(), by
    locked.save(update_fields=["released_at", "released_by"])
    return locked


def reseal_held() -> int:
    """Seal held records anew whose key's day is near: neither they nor a backup's may need a destroyed key.

    Returns how many. Each batch is a transaction; a record that somebody edits is left for the next night.
    """
    _share_holds()
    horizon = london_today() + dt.timedelta(days=settings.BACKUP_HORIZON_DAYS)
    done = 0
    for model in retained_models():
        while batch := _reseal_batch(model, horizon):
            done += batch
    return done


@transaction.atomic
def _share_holds() -> None:
    """What was added to a held record since is held with it."""
    for model in retained_models():
        for follower, name in followers(model):
            later = follower._base_manager.filter(hold__isnull=True, **{f"{name}__hold__isnull": False})
            for pk, hold in later.values_list("pk", f"{name}__hold"):
                follower._base_manager.filter(pk=pk, hold__isnull=True).update(hold=hold)


@transaction.atomic
def _reseal_batch(model: Any, horizon: dt.date) -> int:
    near = model._base_manager.filter(hold__isnull=False, sealed_until__lt=horizon).order_by("pk")
    records = list(near.select_for_update(skip_locked=True, of=("self",))[:BATCH])
    with disable_auditlog():  # nobody changed them
        for record in records:
            record.sealed_until = horizon + dt.timedelta(days=settings.BACKUP_HORIZON_DAYS)
            record.save(update_fields=["sealed_until", *sealed_field_names(record)])
    return len(records)


def what_is_kept(record: Any) -> Kept:
    """How many records of each kind a hold on `record` would keep, and how many about the same people it would not."""
    kept = {model: set(ids) for model, ids in kept_with(record).items()} | {type(record): {record.pk}}
    left: dict[str, int] = {}
    for model, ids in kept_with(record).items():
        for other, name in naming(model):
            number = other._base_manager.filter(**{f"{name}__in": ids}).exclude(pk__in=kept.get(other, set())).count()
            if number:
                left[other._meta.label] = left.get(other._meta.label, 0) + number
    return Kept({model._meta.label: len(ids) for model, ids in kept.items()}, left)


def retained_models() -> list[Any]:
    """The models whose records can be held."""
    return [model for model in our_models() if is_retained(model)]


def _in_force(hold: Hold) -> Hold:
    locked = Hold.objects.select_for_update(of=("self",)).get(pk=hold.pk)
    if locked.released_at is not None:
        raise AlreadyReleased
    return locked


def _placed_on(hold_id: int, record: Any) -> bool:
    placed: models.QuerySet[Hold] = Hold.objects.filter(
        pk=hold_id, record_type=type(record)._meta.label, record=str(record)
    )
    return placed.exists()


def _other_need(record: Any, released: Hold) -> int | None:
    """The hold of a record that names `record`, or that it belongs to, if that is another one in force."""
    for other, name in naming(type(record)):
        need = other._base_manager.filter(**{name: record.pk}, hold__isnull=False).exclude(hold=released)
        found: int | None = need.values_list("hold", flat=True).first()
        if found is not None:
            return found
    for above in named_by(record):
        if above.hold_id not in (None, released.pk) and type(record).data_policy.follows:
            return int(above.hold_id)
    return None
