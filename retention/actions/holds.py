"""Place, review and release holds, note them in the ledger, and re-seal held records before their key goes."""

from __future__ import annotations

import datetime as dt
import json
import logging
import uuid
from collections import Counter
from functools import partial
from typing import Any

from auditlog.context import disable_auditlog
from django.conf import settings
from django.db import OperationalError, transaction
from django.utils import timezone

from privacy.dates import london_today
from privacy.keyring import KeyringUnavailable
from privacy.locks import lock_until_commit
from privacy.naming import name_of
from privacy.sealed import lost_days, seal, sealed_field_names
from retention.ledger import LedgerDamaged, LedgerUnavailable, ledger
from retention.ledger_state import HOLD_KEPT, HOLD_RELEASED, LABEL, ledger_state
from retention.models import Hold
from retention.relations import Kept, counted, foreign_keys_to, kept_with, record_of, retained_models

logger = logging.getLogger(__name__)

BATCH = 200
# The advisory lock of whatever changes which rows are held: holds reach over many rows in either direction, and two at
# once might wait for each other.
HOLDS_LOCK = 0x401D


class AlreadyHeld(Exception):
    """A hold in force keeps this record already."""


class RecordGone(Exception):
    """The record was purged before the hold could be placed, or is a canary."""


class StillInForce(Exception):
    """The hold was not released."""


class AlreadyReleased(Exception):
    """The hold was released before."""


@transaction.atomic
def place_hold(record: Any, *, reason: str, authority: str, responsible: Any, review_on: dt.date, by: Any) -> Hold:
    """Place a hold on `record`, on what is recorded under it and on whom it is about, until it is released.

    The hold changes each record's own row, so that a purge which looked before sees it (a hold in a table apart would
    come too late for it). Raises RecordGone, for a canary too, and AlreadyHeld.
    """
    lock_until_commit(HOLDS_LOCK)
    model = type(record)
    if counted(model).select_for_update(of=("self",)).filter(pk=record.pk).values_list("pk").first() is None:
        raise RecordGone
    if Hold.objects.in_force().filter(record_type=name_of(model), record_id=record.pk).exists():
        raise AlreadyHeld
    hold = Hold.objects.create(
        record_type=name_of(model),
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
    transaction.on_commit(partial(_note_hold, hold))
    return hold


@transaction.atomic
def place_hold_again(identity: uuid.UUID, facts: dict[str, Any]) -> tuple[Hold, bool]:
    """Place a hold of the ledger again that a restored database lacks; also whether its record is there. Idempotent."""
    lock_until_commit(HOLDS_LOCK)
    hold, _ = Hold.objects.get_or_create(identity=identity, defaults=facts)
    _apply(hold)
    return hold, record_of(hold.record_type, hold.record_id) is not None


@transaction.atomic
def review_hold(hold: Hold, *, review_on: dt.date, by: Any) -> Hold:
    """Set the next review of a hold that is still needed. Raises AlreadyReleased."""
    locked = _lock_in_force(hold)
    locked.review_on, locked.reviewed_at, locked.reminded_at = review_on, timezone.now(), None
    locked.save(update_fields=["review_on", "reviewed_at", "reminded_at"])
    transaction.on_commit(partial(_note_hold, locked))
    return locked


@transaction.atomic
def release_hold(hold: Hold, *, by: Any) -> Hold:
    """Release a hold; `by` is None when the system does. Raises AlreadyReleased.

    Records past their day go in the coming night, unless another hold in force needs them: they pass to that one.
    """
    lock_until_commit(HOLDS_LOCK)
    locked = _lock_in_force(hold)
    locked.released_at, locked.released_by = timezone.now(), by
    locked.save(update_fields=["released_at", "released_by"])
    for model in retained_models():
        model._base_manager.filter(hold=locked).update(hold=None)
    for other in Hold.objects.in_force().order_by("pk"):
        _apply(other)
    transaction.on_commit(partial(_note_release, locked))
    return locked


@transaction.atomic
def renew_hold(released: Hold, *, by: Any) -> Hold:
    """Place a released hold again with the same details, as a hold of its own: what undoes a release.

    Raises RecordGone and AlreadyHeld, and StillInForce where it was not released.
    """
    if released.released_at is None:
        raise StillInForce
    record = record_of(released.record_type, released.record_id)
    if record is None:
        raise RecordGone
    given = {name: getattr(released, name) for name in ("reason", "authority", "responsible", "review_on")}
    return place_hold(record, by=by, **given)


def lock_holds() -> None:
    """Let no hold be placed, applied or released until this transaction ends. To be called before it locks a record."""
    lock_until_commit(HOLDS_LOCK)


@transaction.atomic
def hold_together(*records: Any) -> None:
    """Put every hold in force on one of `records` on what is kept with it by now. After `lock_holds`."""
    for record in records:
        for hold in Hold.objects.in_force().filter(record_type=name_of(record), record_id=record.pk).order_by("pk"):
            _apply(hold)


def reseal_held() -> int:
    """Seal held records again whose key's day is near, so that neither they nor a backup's need a destroyed key.

    Records added under a held one since are held with it first. Returns how many were sealed. Each hold and each batch
    is a transaction; a row that somebody is editing is left for the next night, long before its day.
    """
    for hold in Hold.objects.in_force().order_by("pk"):
        try:
            with transaction.atomic():
                lock_until_commit(HOLDS_LOCK)
                _apply(_lock_in_force(hold))
        except (AlreadyReleased, OperationalError) as error:
            logger.warning("hold %s was not applied: %s", hold.pk, type(error).__name__)
    _note_holds()
    horizon = london_today() + dt.timedelta(days=settings.BACKUP_HORIZON_DAYS)
    done = 0
    for model in retained_models():
        near = model._base_manager.filter(hold__isnull=False, sealed_until__lt=horizon)
        near = near.exclude(sealed_until__in=lost_days(near))
        while batch := _reseal_batch(near, horizon):
            done += batch
    return done


def _apply(hold: Hold) -> None:
    """Put `hold` on its record and on all that is kept with it, except what another hold keeps already."""
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
    """Count by kind what a hold on `record` would keep, and what about the same people it would not."""
    others = kept_with(record)
    kept = others | {type(record): [record.pk]}
    left: Counter[str] = Counter()
    for model, ids in others.items():
        for other, name in foreign_keys_to(model):
            unkept = other._base_manager.filter(**{f"{name}__in": ids}).exclude(pk__in=kept.get(other, []))
            left[name_of(other)] += unkept.count()
    return Kept({name_of(model): len(ids) for model, ids in kept.items()}, dict(+left))


def _lock_in_force(hold: Hold) -> Hold:
    """Lock the row of a hold and return it as it is now. Raises AlreadyReleased."""
    locked = Hold.objects.select_for_update(of=("self",)).get(pk=hold.pk)
    if locked.released_at is not None:
        raise AlreadyReleased
    return locked


def _note_hold(hold: Hold) -> None:
    """Write to the ledger all that placing `hold` again needs. To be called after the commit.

    A ledger or key that is out of reach is logged and no reason to lose the hold: the next night's purge notes it.
    """
    until = london_today() + dt.timedelta(days=2 * settings.BACKUP_HORIZON_DAYS)
    facts = {
        "record_type": hold.record_type,
        "record_id": hold.record_id,
        "record": hold.record,
        "reason": hold.reason,
        "authority": hold.authority,
        "responsible_id": hold.responsible_id,
        "placed_by_id": hold.placed_by_id,
        "review_on": hold.review_on.isoformat(),
        "placed_at": hold.placed_at.isoformat(),
        "reviewed_at": hold.reviewed_at.isoformat(),
    }
    try:
        sealed = seal(json.dumps(facts), until=until, label=LABEL)
        body = {"hold": str(hold.identity), "until": until.isoformat(), "sealed": sealed.hex()}
        ledger().append(HOLD_KEPT, body)
    except (KeyringUnavailable, LedgerDamaged, LedgerUnavailable) as error:
        logger.error("hold %s is not in the ledger yet: %s", hold.pk, type(error).__name__)


def _note_release(hold: Hold) -> None:
    """Write to the ledger that `hold` was released. To be called after the commit."""
    try:
        ledger().append(HOLD_RELEASED, {"hold": str(hold.identity)})
    except (LedgerDamaged, LedgerUnavailable) as error:
        logger.error("the release of hold %s is not in the ledger yet: %s", hold.pk, type(error).__name__)


def _note_holds() -> None:
    """Write to the ledger what it lacks of the holds, and again each note that would not outlive the oldest backup."""
    state = ledger_state()
    horizon = london_today() + dt.timedelta(days=settings.BACKUP_HORIZON_DAYS)
    for hold in Hold.objects.in_force().order_by("pk"):
        note = state.kept.get(hold.identity)
        if note is None or note.until < horizon:
            _note_hold(hold)
    for hold in Hold.objects.filter(identity__in=state.kept, released_at__isnull=False).order_by("pk"):
        _note_release(hold)
