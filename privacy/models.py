"""The search projection: plain words to find people by, kept where no log, backup or replica reaches.

All three tables are UNLOGGED, with no statistics on the words. A crash of the database empties them together; the
marker row is missing then, and search says that it is being rebuilt.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models

from privacy.policy import Category, Policy

PROJECTION = "A projection: goes with its record in the same transaction, and is rebuilt from the truth."


class SearchEntry(models.Model):
    """The terms (`privacy.terms`) by which one record is found."""

    record_type = models.CharField(max_length=100)
    record_id = models.BigIntegerField()
    terms = ArrayField(models.TextField())
    # Of a synthetic person, here so that the purge of this table is proved; never found, nor in the way of who is.
    is_canary = models.BooleanField(default=False, db_default=False)

    data_policy = Policy(
        name="search_entry",
        holds={Category.OPERATIONAL: ["record_type", "record_id"], Category.IDENTITY: ["terms"]},
        audited=False,
        why=PROJECTION,
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["record_type", "record_id"], name="search_entry_record")]
        indexes = [GinIndex(fields=["terms"], name="search_entry_terms", fastupdate=False)]

    def __str__(self) -> str:
        return f"search entry {self.pk}"


class SearchWord(models.Model):
    """Each name word that somebody bears, once: typing slips are looked up here, not among all the Joneses."""

    word = models.TextField(primary_key=True)

    data_policy = Policy(name="search_word", holds={Category.IDENTITY: ["word"]}, audited=False, why=PROJECTION)

    class Meta:
        indexes = [GinIndex(OpClass("word", name="gin_trgm_ops"), name="search_word_trigrams")]

    def __str__(self) -> str:
        return "search word"


class SearchMarker(models.Model):
    """One row while the projection is whole."""

    rebuilt_at = models.DateTimeField()

    data_policy = Policy(name="search_marker", audited=False, why=PROJECTION)

    def __str__(self) -> str:
        return "search marker"
