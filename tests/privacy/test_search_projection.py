"""The projection: unlogged, rebuilt from the truth, never older than it, gone with its records."""

from __future__ import annotations

import pytest
from django.db import connection, transaction

from privacy import actions
from privacy.models import SearchEntry, SearchWord
from privacy.search import matching
from privacy.terms import parse
from tests import factories
from visits.models import Customer

TABLES = ("privacy_searchentry", "privacy_searchword", "privacy_searchmarker")


def found(text: str) -> list[int]:
    return [entry.record_id for entry in matching(parse(text))]


# --- where it is kept -------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_tables_with_their_indexes_and_parts_are_unlogged():
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT c.relname, c.relpersistence FROM pg_class c WHERE c.relname = ANY(%s)
            UNION ALL SELECT i.relname, i.relpersistence FROM pg_class c JOIN pg_index x ON x.indrelid = c.oid
              JOIN pg_class i ON i.oid = x.indexrelid WHERE c.relname = ANY(%s)
            UNION ALL SELECT t.relname, t.relpersistence FROM pg_class c JOIN pg_class t ON t.oid = c.reltoastrelid
              WHERE c.relname = ANY(%s)
            """,
            [list(TABLES)] * 3,
        )
        kept = dict(cursor.fetchall())

    assert set(TABLES) < set(kept)
    assert len(kept) >= 10
    assert set(kept.values()) == {"u"}


@pytest.mark.django_db
def test_words_have_no_statistics():
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT attrelid::regclass::text, attname, attstattarget FROM pg_attribute
            WHERE (attrelid, attname) IN (('privacy_searchentry'::regclass, 'terms'),
                                          ('privacy_searchword'::regclass, 'word'))
            """
        )
        targets = cursor.fetchall()

    assert sorted(targets) == [("privacy_searchentry", "terms", 0), ("privacy_searchword", "word", 0)]


@pytest.mark.django_db
def test_planner_keeps_no_word_after_it_looked(adviser):
    for _ in range(20):
        factories.make_customer(by=adviser, **factories.MARKED)

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE privacy_searchentry, privacy_searchword")
        cursor.execute(
            "SELECT string_agg(lower(s::text), ' ') FROM pg_stats s WHERE tablename = ANY(%s)", [list(TABLES)]
        )
        statistics = cursor.fetchone()[0]

    assert "customer" in statistics
    assert not [mark for mark in factories.MARKS if mark in statistics]


# --- writing ----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_entry_of_a_record_is_written_in_its_transaction(adviser, whole_search):
    with transaction.atomic():
        factories.make_customer(by=adviser, family_name="Zyxwfamily")
        assert SearchEntry.objects.exists()
        transaction.set_rollback(True)

    assert not SearchEntry.objects.exists()
    assert not SearchWord.objects.exists()


@pytest.mark.django_db
def test_unindexed_record_is_not_found(adviser, whole_search):
    gone, stays = (factories.make_customer(by=adviser) for _ in range(2))

    actions.unindex_record(gone)

    assert found("jones") == [stays.pk]


@pytest.mark.django_db
def test_words_that_nobody_bears_any_more_go_with_the_record(adviser, whole_search):
    gone = factories.make_customer(by=adviser, family_name="Zyxwfamily", given_names="Siân")
    factories.make_customer(by=adviser, family_name="Jones", given_names="Siân")

    actions.unindex_record(gone)

    assert set(SearchWord.objects.values_list("word", flat=True)) == {"sian", "jones"}


@pytest.mark.django_db
def test_words_of_a_former_name_go_when_nobody_else_bears_them(adviser, whole_search):
    customer = factories.make_customer(by=adviser, family_name="Zyxwfamily", given_names="Siân")
    factories.make_customer(by=adviser, family_name="Jones", given_names="Siân")

    factories.change(customer, by=adviser, family_name="Parry", given_names="Mair")

    assert set(SearchWord.objects.values_list("word", flat=True)) == {"parry", "mair", "sian", "jones"}


@pytest.mark.django_db
def test_stale_copy_of_a_record_does_not_replace_a_newer_entry(adviser, whole_search):
    customer = factories.make_customer(by=adviser, family_name="Evans")
    stale = Customer.objects.get(pk=customer.pk)
    factories.change(customer, by=adviser, family_name="Parry")

    actions.index_new_records([stale])

    assert found("parry") == [customer.pk]
    assert found("evans") == []


@pytest.mark.django_db
def test_record_without_terms_gets_no_entry(adviser):
    actions.index_new_records([factories.make_enquiry(by=adviser)])

    assert not SearchEntry.objects.exists()
