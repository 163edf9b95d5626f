"""The benchmark measures what it says: its searches, its ratios, its table."""

from __future__ import annotations

import datetime as dt
import random

import pytest
from django.conf import settings

from demo.people import people
from drafts.forms import SubmissionForm
from privacy.terms import fold, parse, slips, words
from tools.bench.figures import Figure, table
from tools.bench.measure import Samples, percentile, ratio_of_rates
from tools.bench.queries import KINDS, MOST_ALIKE, Bearers, Known, Typed, make_queries, slip, spell_date
from tools.bench.workload import enquiry_fields
from visits.forms import EnquiryForm


@pytest.fixture(scope="module")
def crowd() -> list[Known]:
    """Two thousand invented people, and as many Siân Joneses as make a name alone useless."""
    made = [
        Known(f"CUS-{i}", person.family_name, person.given_names, person.born_on, person.postcode)
        for i, person in enumerate(people(2000, 1))
    ]
    joneses = [Known(f"JON-{i}", "Jones", "Siân", dt.date(1950 + i, 3, 1), "LL11 1AA") for i in range(40)]
    return made + joneses


@pytest.fixture(scope="module")
def queries(crowd: list[Known]) -> list[Typed]:
    return make_queries(crowd, count=200, seed=1)


def of_kind(queries: list[Typed], kind: str) -> list[Typed]:
    return [query for query in queries if query.kind == kind]


def test_queries_are_two_hundred_of_all_kinds_and_repeatable(crowd: list[Known], queries: list[Typed]) -> None:
    assert {query.kind: 25 for query in queries} == dict.fromkeys(KINDS, 25)
    assert len(queries) == 200
    assert queries == make_queries(crowd, count=200, seed=1)
    assert queries != make_queries(crowd, count=200, seed=2)


def test_queries_say_more_than_a_name_that_many_bear(crowd: list[Known], queries: list[Typed]) -> None:
    alike, known = Bearers(crowd), {person.reference: person for person in crowd}
    for query in of_kind(queries, "as written") + of_kind(queries, "family name first"):
        person = known[query.sought]
        given = words(person.given_names.split()[0])[0]
        more = len(parse(query.text).terms) > 0
        assert more == (alike.number(person, given) > MOST_ALIKE), query


def test_joneses_are_told_apart(crowd: list[Known]) -> None:
    jones = crowd[-1]
    alike = Bearers(crowd)
    assert alike.number(jones, "sian") >= 40
    added = {alike.tell_apart(jones, "sian", random.Random(seed)) for seed in range(30)}
    assert {"LL11 1AA", "LL111AA", "1989"} <= added
    assert "" not in added
    assert alike.tell_apart(Known("X", "Jones", "Siân", None, ""), "sian", random.Random(1)) is None


def test_queries_are_what_their_kind_says(crowd: list[Known], queries: list[Typed]) -> None:
    known = {person.reference: person for person in crowd}

    def borne(query: Typed) -> set[str]:
        person = known[query.sought]
        return set(words(f"{person.given_names} {person.family_name}"))

    for query in of_kind(queries, "typing slip"):
        wrong = [word for word in words(query.names) if word not in borne(query)]
        assert len(wrong) <= 1, query
        assert all(min(slips(word, other) for other in borne(query)) <= 2 for word in wrong), query
    for query in of_kind(queries, "other spelling"):
        assert len([word for word in words(query.names) if word not in borne(query)]) == 1, query
    for query in of_kind(queries, "accents left out"):
        assert query.names.isascii()
        assert set(words(query.names)) <= borne(query)
    for query in of_kind(queries, "initial"):
        assert len(query.names.split()[0]) == 1
    for query in of_kind(queries, "postcode"):
        assert f"p:{fold(known[query.sought].postcode).replace(' ', '')}" in parse(query.text).terms
    for query in of_kind(queries, "date of birth"):
        assert f"d:{known[query.sought].born_on}" in parse(query.text).terms


@pytest.mark.parametrize("day", [dt.date(1929, 12, 31), dt.date(1938, 2, 13), dt.date(2007, 1, 9)])
def test_dates_are_spelt_so_that_they_are_read_as_meant(day: dt.date) -> None:
    for seed in range(40):
        assert parse(spell_date(day, random.Random(seed))).terms == (f"d:{day}",)


def test_slip_changes_a_word_but_not_its_first_letter() -> None:
    for seed in range(200):
        made = slip("Rhiannon", random.Random(seed))
        assert made != "Rhiannon"
        assert made[0] == "R"
        assert slips(made.lower(), "rhiannon") == 1


def test_workload_is_what_the_form_takes(db: None) -> None:
    from tests.factories import make_service

    fields = enquiry_fields(3, f"s:{make_service().code}", account=1, key=settings.SECRET_KEY)
    form = EnquiryForm(fields)
    assert form.is_valid(), form.errors
    assert form.cleaned_data["narrative"]
    assert SubmissionForm(fields).is_valid()


def test_percentile_is_a_measured_value() -> None:
    assert percentile([3, 1, 2], 0.5) == 2
    assert percentile(list(range(1, 101)), 0.95) == 95
    assert percentile([7], 0.95) == 7


def test_rates_are_compared_round_by_round() -> None:
    log, empty = Samples(rates=[50, 10, 60]), Samples(rates=[100, 40, 100])
    assert ratio_of_rates(log, empty) == 0.5


def test_goals_bind_the_ratio_or_the_value() -> None:
    assert Figure("log", 56, "/s", 100, "empty", at_least=0.55).is_met
    assert not Figure("search", 51, "ms", 100, "statement", at_most=0.5).is_met
    assert Figure("search", 51, "ms", 100, "statement", at_most=0.5, judged=False).is_met is None
    assert Figure("found", 96, "%", at_least=95).is_met
    assert Figure("database", 900, "MB").is_met is None


def test_table_shows_each_figure_beside_its_anchor() -> None:
    shown = table([Figure("log an enquiry", 40, "/s", 100, "empty", at_least=0.55), Figure("database", 900, "MB")])
    assert " ".join(shown.splitlines()[2].split()) == "log an enquiry 40.0 /s empty 100 /s 0.40 ≥ 0.55 NO"
    assert shown.splitlines()[3].split() == ["database", "900", "MB"]
