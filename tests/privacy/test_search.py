"""Searching the projection: who is found by what, and in which order."""

from __future__ import annotations

import datetime as dt

import pytest

from privacy.models import SearchEntry, SearchMarker
from privacy.search import READ, SHOWN, SearchUnready, matching
from privacy.terms import Query, parse
from tests import factories
from visits.models import Customer

pytestmark = pytest.mark.django_db

SIAN = {
    "family_name": "Llŷr-Jones",
    "given_names": "Siân Mair",
    "born_on": dt.date(1938, 2, 13),
    "national_insurance_number": "AB123456C",
    "postcode": "LL12 7DX",
    "phone": "+44 (0)1978 354435",
    "other_phone": "07700 900123",
}


def found(text: str) -> list[int]:
    return [entry.record_id for entry in matching(parse(text))]


def names(text: str) -> list[str]:
    """The names of those found, in their order."""
    people = Customer.objects.in_bulk(found(text))
    return [people[pk].name for pk in found(text)]


def add(adviser, *people: str, **fields) -> list[int]:
    """Customers called `Given Family`."""
    made = []
    for person in people:
        given, _, family = person.rpartition(" ")
        made.append(factories.make_customer(by=adviser, given_names=given, family_name=family, born_on=None, **fields))
    return [customer.pk for customer in made]


@pytest.mark.parametrize(
    "typed",
    [
        # names: case, accents, parts, order
        "Siân Llŷr-Jones",
        "sian llyr jones",
        "JONES SIAN",
        "jones, siân",
        "mair",
        # initials
        "s jones",
        "S. M. Llyr",
        # known variants
        "Shan Jones",
        "mary jones",
        # beginnings
        "si jon",
        "lly",
        # typing errors: left out, put in, changed, swapped
        "sian llr",
        "sian jonnes",
        "siam jones",
        "sian joens",
        # postcode with and without its space, and its first half
        "LL12 7DX",
        "ll127dx",
        "jones ll12",
        # telephones as people write and say them
        "01978 354435",
        "01978354435",
        "(01978) 354-435",
        "+44 1978 354435",
        "0044 1978 354435",
        "354435",
        "354 435",
        "07700900123",
        "900123",
        # date and year of birth
        "13/2/1938",
        "13 chwefror 1938",
        "1938-02-13",
        "jones 1938",
        # National Insurance number, with or without spaces and suffix
        "AB 12 34 56 C",
        "ab123456c",
        "AB123456",
        # several at once
        "sian 13/2/1938 ll12 7dx",
        "354435 jones s",
    ],
)
def test_person_is_found_by(adviser, whole_search, typed):
    customer = factories.make_customer(by=adviser, **SIAN)
    factories.make_customer(by=adviser, family_name="Kowalski", given_names="Piotr", born_on=None)

    assert found(typed) == [customer.pk]


@pytest.mark.parametrize(
    "typed",
    [
        "sian kowalski",
        "x jones",
        "jones ll13",
        "LL12 7DY",
        "jones 1939",
        "13/2/1939",
        "354436",
        "01970 354435",
        "AB123456D",
        "AB123457",
        "zzzz",
        "sian 14/2/1938",
    ],
)
def test_person_is_not_found_by(adviser, whole_search, typed):
    factories.make_customer(by=adviser, **SIAN)

    assert found(typed) == []


def test_exact_name_comes_before_beginning_before_variant_before_slip(adviser, whole_search):
    add(adviser, "A Evans", "A Ifan", "A Evansworth", "A Evaans")  # equals would come newest first

    assert names("evans") == ["Evans, A", "Evansworth, A", "Ifan, A", "Evaans, A"]


def test_initial_is_of_another_word_than_the_one_typed_whole(adviser, whole_search):
    add(adviser, "Siân Jones", "Jane Jones")

    assert names("j jones") == ["Jones, Jane"]


def test_both_words_right_come_before_one(adviser, whole_search):
    add(adviser, "Sian Jones", "Sian Jonas", "Sianed Jones")

    assert names("sian jones")[0] == "Jones, Sian"


def test_order_of_the_words_typed_does_not_matter(adviser, whole_search):
    add(adviser, "Rhys Owen", "Owen Rhys", "Rhys Owens")

    assert sorted(names("rhys owen")) == sorted(names("owen rhys"))


def test_equals_are_newest_first(adviser, whole_search):
    made = add(adviser, "Sian Jones", "Sian Jones", "Sian Jones")

    assert found("sian jones") == made[::-1]


def test_wider_circles_are_left_out_when_the_exact_ones_fill_the_page(adviser, whole_search):
    exact = add(adviser, *["Sian Jones"] * SHOWN)
    add(adviser, "Sian Jonesworth", "Sian Jonnes")

    assert found("sian jones") == exact[::-1]


def test_short_words_may_have_one_slip_and_long_ones_two(adviser, whole_search):
    add(adviser, "A Nash", "A Prydderch")

    assert names("nasg") == ["Nash, A"]
    assert names("nagg") == []
    assert names("prytherch") == ["Prydderch, A"]


def test_only_the_kinds_asked_for_are_found(adviser, whole_search):
    customer = factories.make_customer(by=adviser, family_name="Bowen")
    enquiry = factories.make_enquiry(by=adviser, caller_name="Bowen")
    query = parse("bowen")

    both = matching(query)
    customers = matching(query, record_types=["customer"])

    assert {(entry.record_type, entry.record_id) for entry in both} == {
        ("customer", customer.pk),
        ("enquiry", enquiry.pk),
    }
    assert [(entry.record_type, entry.record_id) for entry in customers] == [("customer", customer.pk)]


def test_candidates_are_bounded(adviser, whole_search):
    SearchEntry.objects.bulk_create(
        SearchEntry(record_type="customer", record_id=n, terms=["n:jones"]) for n in range(READ["exact"] + 20)
    )

    assert len(found("jones")) == READ["exact"]


@pytest.mark.parametrize("typed", ["jo%es", "_ones", "jon\\", "' OR ''='", "n:jones"])
def test_signs_that_mean_something_to_the_database_mean_nothing_here(adviser, whole_search, typed):
    add(adviser, "Sian Bevan")

    assert found(typed) == []


@pytest.mark.parametrize("typed", ["", "%", "'; --", "😀"])
def test_nothing_asked_finds_nobody(adviser, whole_search, typed):
    add(adviser, "Sian Bevan")

    assert found(typed) == []


def test_search_without_its_marker_never_says_nobody(adviser):
    add(adviser, "Sian Jones")
    SearchMarker.objects.all().delete()

    for query in (parse("jones"), Query((), ())):
        with pytest.raises(SearchUnready):
            matching(query)


def test_changed_person_is_found_by_the_new_words_only(adviser, whole_search):
    customer = factories.make_customer(by=adviser, **SIAN)

    factories.change(customer, by=adviser, family_name="Evans", postcode="", phone="", born_on=None)

    assert found("evans") == [customer.pk]
    for gone in ("llyr", "ll127dx", "354435", "13/2/1938"):
        assert found(gone) == []


def test_person_of_whom_nothing_searchable_is_left_has_no_entry(adviser, whole_search):
    customer = factories.make_customer(by=adviser, **SIAN)
    nothing = dict.fromkeys(SIAN, "") | {"born_on": None}

    factories.change(customer, by=adviser, email="s@example.org", **nothing)

    assert not SearchEntry.objects.exists()
