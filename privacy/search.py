"""The search: what fits a query, best first, read from the projection (`privacy.models`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db import connection

from privacy.models import SearchEntry, SearchMarker, SearchWord
from privacy.terms import Query, slips, variants

SHOWN = 10
# The most entries read in each circle. Within the first circles all fit alike; only slips must be told apart.
READ = {"exact": 50, "variants": 50, "beginnings": 100, "misspellings": 200}


class SearchUnready(Exception):
    """The projection is not whole: nobody may be told that nothing was found."""


def matching(query: Query, *, record_types: list[str] | None = None) -> list[Found]:
    """What fits `query`, best first. Raises SearchUnready.

    Exact words first; then their known variants; then beginnings of words; then typing slips: each wider circle
    only while fewer than SHOWN were found, since it costs more and means less.
    """
    if not SearchMarker.objects.exists():
        raise SearchUnready
    if not query:
        return []
    entries = SearchEntry.objects.filter(is_canary=False)
    if query.terms:
        entries = entries.filter(terms__contains=list(query.terms))
    if record_types:
        entries = entries.filter(record_type__in=record_types)
    found: dict[tuple[str, int], Found] = {}
    likely: list[dict[str, float]] = [{} for _ in query.names]
    for circle, limit in READ.items():
        if len(found) >= SHOWN or (circle != "exact" and not query.names):
            break
        for name, known in zip(query.names, likely, strict=True):
            for word, score in CIRCLES[circle](name).items():
                known.setdefault(word, score)
        fitting = entries
        for known in likely:
            fitting = fitting.filter(terms__overlap=[f"n:{word}" for word in known])
        for record_type, record_id, terms in fitting.values_list("record_type", "record_id", "terms")[:limit]:
            hit = Found(record_type, record_id, likeness(terms, likely), is_exact(terms, query.names))
            found.setdefault((record_type, record_id), hit)
    return sorted(found.values(), key=lambda hit: (not hit.is_exact, -hit.likeness, hit.record_type, -hit.record_id))


@dataclass(frozen=True)
class Found:
    """A record that fits a query, and how well its names do: 0 to 1.

    `is_exact` when each word typed begins one of its names; the others are guesses.
    """

    record_type: str
    record_id: int
    likeness: float
    is_exact: bool


def likeness(terms: list[str], likely: list[dict[str, float]]) -> float:
    """The mean, over the words typed, of the best word borne."""
    borne = [term[2:] for term in terms if term.startswith("n:")]
    scores = [max((known.get(word, 0.0) for word in borne), default=0.0) for known in likely]
    return sum(scores) / len(scores) if scores else 1.0


def is_exact(terms: list[str], names: Sequence[str]) -> bool:
    """Whether each word typed begins a word that is borne."""
    borne = [term[2:] for term in terms if term.startswith("n:")]
    return all(any(word.startswith(name) for word in borne) for name in names)


def _beginnings(name: str) -> dict[str, float]:
    """The words that begin like `name`."""
    if len(name) < 2:
        return {}
    words = SearchWord.objects.filter(word__startswith=name).order_by("word").values_list("word", flat=True)[:200]
    return {word: 0.7 + 0.2 * len(name) / len(word) for word in words}


def _misspellings(name: str) -> dict[str, float]:
    """The words that are a slip or two away from `name`, or from a variant of it."""
    if len(name) < 3:
        return {}
    statement = (
        "SELECT word FROM privacy_searchword"
        " WHERE word %% %s OR (word LIKE %s AND length(word) BETWEEN %s AND %s) LIMIT 2000"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [name, f"{name[0]}%", len(name) - 2, len(name) + 2])
        words = [row[0] for row in cursor]
    limit = 1 if len(name) < 5 else 2
    found: dict[str, float] = {}
    for word in words:
        distance = slips(name, word, limit)
        if distance <= limit:
            # Two neighbours swapped are the nearest slip of all.
            weight = 0.5 if distance == 1 and sorted(name) == sorted(word) else distance
            for other in variants(word):
                score = 0.75 - 0.2 * weight - (0.05 if other != word else 0)
                found[other] = max(score, found.get(other, 0.0))
    return found


# What may be meant by a word typed, and how likely, in widening circles.
CIRCLES: dict[str, Callable[[str], dict[str, float]]] = {
    "exact": lambda name: {name: 1.0},
    "variants": lambda name: dict.fromkeys(variants(name), 0.9),
    "beginnings": _beginnings,
    "misspellings": _misspellings,
}
