"""The search projection: plain words to find people by, kept where no log, backup or replica reaches.

All three tables are UNLOGGED, with no statistics on the words. A crash of the database empties them together; the
marker row is missing then, and search says that it is being rebuilt.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import connection, models

from privacy.policy import Category, Policy
from privacy.terms import Query, slips, variants

SHOWN = 10
# More candidates than this are not ranked: the person at the desk is asked to say more.
CANDIDATES = 300
PROJECTION = "A projection: goes with its record in the same transaction, and is rebuilt from the truth."


class SearchUnready(Exception):
    """The projection is not whole: nobody may be told that nothing was found."""


class SearchEntryQuerySet(models.QuerySet["SearchEntry"]):
    """Reading the projection."""

    def matching(self, query: Query, *, record_types: list[str] | None = None) -> list[SearchEntry]:
        """The entries that fit `query`, best first, at most CANDIDATES. Raises SearchUnready.

        Exact words and their known variants first; then beginnings of words; then typing slips: each wider circle only
        while fewer than SHOWN were found, since it costs more and means less.
        """
        if not SearchMarker.objects.exists():
            raise SearchUnready
        if not query:
            return []
        found: dict[tuple[str, int], tuple[float, SearchEntry]] = {}
        scores = [{word: 1.0 if word == name else 0.9 for word in variants(name)} for name in query.names]
        for widen in (None, _beginnings, _misspellings):
            if widen is not None:
                if len(found) >= SHOWN or not query.names:
                    break
                for name, known in zip(query.names, scores, strict=True):
                    known.update({word: score for word, score in widen(name).items() if word not in known})
            for entry in self._candidates(query, scores, record_types):
                found.setdefault((entry.record_type, entry.record_id), (entry.likeness(scores), entry))
        ranked = sorted(found.values(), key=lambda pair: (-pair[0], pair[1].record_type, -pair[1].record_id))
        return [entry for _, entry in ranked]

    def _candidates(
        self, query: Query, scores: list[dict[str, float]], record_types: list[str] | None
    ) -> models.QuerySet[SearchEntry]:
        entries = self.filter(record_type__in=record_types) if record_types else self
        if query.terms:
            entries = entries.filter(terms__contains=list(query.terms))
        for known in scores:
            entries = entries.filter(terms__overlap=[f"n:{word}" for word in known])
        return entries[:CANDIDATES]


class SearchEntry(models.Model):
    """The terms (`privacy.terms`) by which one record is found."""

    record_type = models.CharField(max_length=100)
    record_id = models.BigIntegerField()
    terms = ArrayField(models.TextField())

    objects = SearchEntryQuerySet.as_manager()

    data_policy = Policy(
        holds={Category.OPERATIONAL: ["record_type", "record_id"], Category.IDENTITY: ["terms"]},
        audited=False,
        why=PROJECTION,
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["record_type", "record_id"], name="search_entry_record")]
        indexes = [GinIndex(fields=["terms"], name="search_entry_terms", fastupdate=False)]

    def __str__(self) -> str:
        return f"search entry {self.pk}"

    def likeness(self, scores: list[dict[str, float]]) -> float:
        """How well the names fit, 0 to 1: the mean over the words typed of the best word borne."""
        if not scores:
            return 1.0
        borne = [term[2:] for term in self.terms if term.startswith("n:")]
        return sum(max((known.get(word, 0.0) for word in borne), default=0.0) for known in scores) / len(scores)


class SearchWord(models.Model):
    """Each name word that somebody bears, once: typing slips are looked up here, not among all the Joneses."""

    word = models.TextField(primary_key=True)

    data_policy = Policy(holds={Category.IDENTITY: ["word"]}, audited=False, why=PROJECTION)

    class Meta:
        indexes = [GinIndex(OpClass("word", name="gin_trgm_ops"), name="search_word_trigrams")]

    def __str__(self) -> str:
        return "search word"


class SearchMarker(models.Model):
    """One row while the projection is whole."""

    rebuilt_at = models.DateTimeField()

    data_policy = Policy(holds={Category.OPERATIONAL: ["rebuilt_at"]}, audited=False, why=PROJECTION)

    def __str__(self) -> str:
        return "search marker"


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
    most = 1 if len(name) < 5 else 2
    found = {}
    for word in words:
        distance = slips(name, word, most)
        if distance <= most:
            for other in variants(word):
                found[other] = 0.75 - 0.2 * distance - (0.05 if other != word else 0)
    return found
