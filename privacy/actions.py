"""What is done to the search projection."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.db import connection, models, transaction
from django.db.models.functions import Now

from privacy.locks import try_lock
from privacy.models import SearchEntry, SearchMarker, SearchWord
from privacy.naming import name_of
from privacy.policy import our_models
from privacy.sealed import lost_days
from privacy.terms import terms_of

BATCH = 2000
# The advisory lock of a rebuild: one at a time, and none waits for another.
REBUILD_LOCK = 0x5EA2C4


class RebuildRunning(Exception):
    """Another process is rebuilding the projection."""


@transaction.atomic
def index_record(record: Any) -> Any:
    """Make `record` findable by what its policy says, and by nothing it no longer is."""
    terms = terms_of(record)
    before = _terms_before(record)
    if terms:
        _write([record], [terms], keep_newer=False)
    else:
        _entries_of(record).delete()
    _forget_words(before - terms)
    return record


@transaction.atomic
def unindex_record(record: Any) -> Any:
    """Make `record` unfindable."""
    before = _terms_before(record)
    _entries_of(record).delete()
    _forget_words(before)
    return record


@transaction.atomic(savepoint=False)
def unindex_records(record_type: str, ids: list[int]) -> int:
    """Make many records of one kind unfindable; returns how many entries went. `sweep_search` takes their words."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM privacy_searchentry WHERE record_type = %s AND record_id = ANY(%s)", [record_type, ids]
        )
        return cursor.rowcount


def sweep_search() -> int:
    """Delete every word of a name that nobody bears any more, and rewrite the projection's tables on disk.

    A deleted row's bytes stay in the file until something else is written over them; new files have none. Returns how
    many words went. Outside a transaction; nobody searches for the seconds that it takes.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT word FROM privacy_searchword EXCEPT"
            " SELECT substr(term, 3) FROM privacy_searchentry, unnest(terms) AS term WHERE term LIKE 'n:%%'"
        )
        unborne = [word for (word,) in cursor]
    with transaction.atomic(), connection.cursor() as cursor:
        # Whoever is adding somebody has these rows in mind: wait for them, and look again.
        cursor.execute("LOCK TABLE privacy_searchword IN SHARE ROW EXCLUSIVE MODE")
        cursor.execute(
            "DELETE FROM privacy_searchword w WHERE word = ANY(%s) AND NOT EXISTS"
            " (SELECT FROM privacy_searchentry e WHERE e.terms @> ARRAY['n:' || w.word])",
            [unborne],
        )
        dropped = cursor.rowcount
    with connection.cursor() as cursor:
        cursor.execute("SET maintenance_work_mem = '256MB'")  # most of the time goes into making the indexes
        cursor.execute("VACUUM (FULL, ANALYZE) privacy_searchentry, privacy_searchword")
        cursor.execute("RESET maintenance_work_mem")
    return dropped


def _entries_of(record: Any) -> models.QuerySet[SearchEntry]:
    return SearchEntry.objects.filter(record_type=name_of(record), record_id=record.pk)


def _terms_before(record: Any) -> set[str]:
    return {term for terms in _entries_of(record).values_list("terms", flat=True) for term in terms}


def _forget_words(terms: set[str]) -> None:
    """Drop the words of names that nobody bears any more. One lost to a race must be spelt exactly till a rebuild."""
    for term in terms:
        if term.startswith("n:") and not SearchEntry.objects.filter(terms__contains=[term]).exists():
            SearchWord.objects.filter(word=term[2:]).delete()


@transaction.atomic
def index_new_records(records: Iterable[Any]) -> None:
    """Make many records findable that were not before."""
    filled = [(record, terms) for record in records if (terms := terms_of(record))]
    _write([record for record, _ in filled], [terms for _, terms in filled], keep_newer=True)


def searchable() -> list[type[models.Model]]:
    """The models that a policy makes findable."""
    return [model for model in our_models() if model.data_policy.search]  # type: ignore[attr-defined]


def rebuild_search(progress: Callable[[int, int], None] = lambda done, total: None) -> int:
    """Empty the projection and fill it from the records; returns how many records were read.

    Each batch locks its rows against deletion, so that nothing deleted meanwhile comes back; entries written meanwhile
    are newer than what a batch read, and stay. Raises RebuildRunning.
    """
    with try_lock(REBUILD_LOCK) as is_alone:
        if not is_alone:
            raise RebuildRunning
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("TRUNCATE privacy_searchentry, privacy_searchword, privacy_searchmarker")
        querysets = [_indexable(model) for model in searchable()]
        total = sum(queryset.count() for queryset in querysets)
        done = 0
        for queryset in querysets:
            last = 0
            while batch_size := _rebuild_batch(queryset, last):
                last, size = batch_size
                done += size
                progress(done, total)
        SearchMarker.objects.create(rebuilt_at=Now())
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE) privacy_searchentry, privacy_searchword")
    return done


def search_is_whole() -> bool:
    """Whether the projection is complete: only then may a page say that nothing was found."""
    return SearchMarker.objects.exists()


def mend_search() -> int:
    """Rebuild the projection if it is not whole; returns how many records were read, 0 if nothing was amiss."""
    if search_is_whole():
        return 0
    try:
        return rebuild_search()
    except RebuildRunning:
        return 0


@transaction.atomic
def _rebuild_batch(queryset: models.QuerySet[Any], after: int) -> tuple[int, int] | None:
    batch = list(queryset.filter(pk__gt=after).order_by("pk").select_for_update(no_key=True)[:BATCH])
    if not batch:
        return None
    index_new_records(batch)
    return batch[-1].pk, len(batch)


def _indexable(model: type[models.Model]) -> models.QuerySet[Any]:
    """The rows of a model that are not due yet and have anything to be found by; canaries too, which nobody finds."""
    filled = models.Q()
    for name in model.data_policy.search:  # type: ignore[attr-defined]
        filled |= models.Q(**{f"{name}__filled": True})
    found: models.QuerySet[Any] = model._default_manager.living().filter(filled)  # type: ignore[attr-defined]
    return found.exclude(sealed_until__in=lost_days(found))


def _write(records: list[Any], terms: list[set[str]], *, keep_newer: bool) -> None:
    words = sorted({term[2:] for group in terms for term in group if term.startswith("n:")})
    SearchWord.objects.bulk_create([SearchWord(word=word) for word in words], ignore_conflicts=True)
    entries = [
        SearchEntry(
            record_type=name_of(record),
            record_id=record.pk,
            terms=sorted(group),
            is_canary=getattr(record, "is_canary", False),
        )
        for record, group in zip(records, terms, strict=True)
    ]
    if keep_newer:
        SearchEntry.objects.bulk_create(entries, ignore_conflicts=True)
    else:
        SearchEntry.objects.bulk_create(
            entries, update_conflicts=True, unique_fields=["record_type", "record_id"], update_fields=["terms"]
        )
