"""Note the files of records as they are deleted, and remove them until their store says that they are gone."""

from __future__ import annotations

import logging
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import transaction

from privacy.naming import model_of, name_of
from retention.models import DeletedFile
from retention.relations import file_fields

logger = logging.getLogger(__name__)

BATCH = 100


def note_files(model: Any, ids: list[int]) -> None:
    """Note the files of records about to be deleted, in the caller's transaction."""
    for field in file_fields(model):
        names = model._base_manager.filter(pk__in=ids).exclude(**{field.name: ""}).values_list(field.name, flat=True)
        DeletedFile.objects.bulk_create(
            [
                DeletedFile(record_type=name_of(model), field=field.name, name=name)
                for name in names.exclude(**{f"{field.name}__isnull": True})
            ],
            ignore_conflicts=True,
        )


def remove_files() -> int:
    """Remove every noted file; returns how many could not be. May be killed anywhere, and run twice at once.

    A note goes only when the store says that the file is not there: a failing store keeps it for the next time.
    """
    last = left = 0
    while batch := _remove_batch(last):
        last, failed = batch
        left += failed
    if left:
        logger.error("%s files of deleted records could not be removed", left)
    return left


@transaction.atomic
def _remove_batch(after: int) -> tuple[int, int] | None:
    notes = list(DeletedFile.objects.filter(pk__gt=after).order_by("pk").select_for_update(skip_locked=True)[:BATCH])
    gone = [note.pk for note in notes if _remove(note)]
    DeletedFile.objects.filter(pk__in=gone).delete()
    return (notes[-1].pk, len(notes) - len(gone)) if notes else None


def _remove(note: DeletedFile) -> bool:
    """Remove one file; whether it is gone."""
    try:
        model = model_of(note.record_type)
        if model is None:
            raise LookupError
        field: Any = model._meta.get_field(note.field)
        field.storage.delete(note.name)
        return not field.storage.exists(note.name)
    except (OSError, LookupError, FieldDoesNotExist) as error:
        logger.error("file %s cannot be removed: %s", note.pk, type(error).__name__)
        return False
