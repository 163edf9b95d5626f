"""Finding people as advisers type them."""

import pytest

from sharing.actions import looking
from sharing.models import AccessEvent
from tests import factories
from visits import finding
from visits.models import Customer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("whole_search")]


def found(text: str, by) -> list[str]:
    with looking(factories.request_by(by, "visits:customer_search")) as viewer:
        hits = finding.find(text, viewer=viewer)
        return [each.name for each in [*hits.customers, *(row["customer"] for row in hits.similar)]]


@pytest.fixture
def sian(adviser) -> Customer:
    return factories.make_customer(
        by=adviser,
        given_names="Siân Mair",
        family_name="Davies-O’Neill",
        postcode="LL12 7DX",
        phone="+44 (0)1978 035 4435",
        national_insurance_number="AB123456C",
    )


@pytest.mark.parametrize(
    "typed",
    [
        "sian davies",
        "DAVIES SIAN",
        "Siân",
        "davis sian",
        "s davies",
        "sian oneill",
        "o'neill",
        "davis-oneill sian mair",
        "daives sian",
        "sain davies",
        "shan davies",
        "sian dav",
        "LL127DX",
        "ll12 7dx",
        "sian ll12",
        "01978 0354435",
        "354435",
        "13/02/1938",
        "13.2.38",
        "13 Feb 1938",
        "13 chwefror 1938",
        "1938-02-13",
        "13021938",
        "davies 1938",
        "AB 12 34 56 C",
        "ab123456",
        "ab123456c",
    ],
)
def test_find_knows_what_is_meant(adviser, sian, typed):
    factories.make_customer(by=adviser, given_names="Tomos", family_name="Evans", born_on=None, postcode="LL11 1AA")

    assert found(typed, adviser) == ["Davies-O’Neill, Siân Mair"]


@pytest.mark.parametrize("typed", ["ap rhys gwyn", "rhys gwyn", "ab rhys gwyn", "rees gwyn", "gwyn rice"])
def test_find_knows_patronymics(adviser, typed):
    factories.make_customer(by=adviser, given_names="Gwyn", family_name="ap Rhys")

    assert found(typed, adviser) == ["ap Rhys, Gwyn"]


def test_find_takes_an_initial_for_another_name(adviser):
    for name in ("Anthony", "John"):
        factories.make_customer(by=adviser, given_names=name, family_name="Jones")

    assert found("j jones", adviser) == ["Jones, John"]
    assert found("jones a", adviser) == ["Jones, Anthony"]


def test_find_puts_the_exact_name_first(adviser):
    for name in ("Davis", "Davies", "Davison"):
        factories.make_customer(by=adviser, given_names="Ann", family_name=name)

    assert found("ann davies", adviser)[0] == "Davies, Ann"


def test_find_shows_ten_and_says_there_are_more(adviser):
    for _ in range(12):
        factories.make_customer(by=adviser)

    with looking(factories.request_by(adviser, "visits:customer_search")) as viewer:
        hits = finding.find("jones", viewer=viewer)

    assert len(hits.customers) == 10
    assert hits.more


def test_find_logs_whom_it_showed(adviser, sian):
    found("davies", adviser)

    assert AccessEvent.objects.get(place="visits:customer_search").record_ids == [sian.pk]


def test_find_of_a_deleted_customer_shows_nobody(adviser, sian):
    Customer.objects.filter(pk=sian.pk).update(expires_on="2020-01-01", sealed_until="2020-01-01")

    assert found("davies", adviser) == []


def test_likeness_does_not_take_a_shared_phone_for_a_person(adviser, sian):
    with looking(factories.request_by(adviser, "visits:customer_search")) as viewer:
        like = finding.likenesses({"family_name": "Evans", "given_names": "Tomos", "phone": sian.phone}, viewer=viewer)

    assert [likeness.reasons for likeness in like] == [["same telephone"]]


# --- guesses ----------------------------------------------------------------------------------------------------------


def hits(text: str, by) -> tuple[list[str], list[str]]:
    """The exact hits of a search, and the guesses."""
    with looking(factories.request_by(by, "visits:customer_search")) as viewer:
        found = finding.find(text, viewer=viewer)
    return [each.name for each in found.customers], [row["customer"].name for row in found.similar]


@pytest.mark.parametrize("typed", ["davies", "dav", "sian davies", "davies s", "354435", "ll12", "13/02/1938", "s dav"])
def test_what_begins_as_it_was_typed_is_a_hit(adviser, sian, typed):
    assert hits(typed, adviser) == (["Davies-O’Neill, Siân Mair"], [])


@pytest.mark.parametrize("typed", ["davis", "daives", "shan davies", "sian davos"])
def test_what_only_looks_like_it_is_a_guess(adviser, sian, typed):
    assert hits(typed, adviser) == ([], ["Davies-O’Neill, Siân Mair"])


def test_guesses_come_after_the_hits(adviser):
    for name in ("Davies", "Davis"):
        factories.make_customer(by=adviser, given_names="Ann", family_name=name)

    assert hits("davis", adviser) == (["Davis, Ann"], ["Davies, Ann"])


def test_swapped_neighbours_are_the_nearest_guess(adviser):
    for given, family in (("Ann", "Jose"), ("José", "Lopes"), ("Ann", "Jones"), ("Ann", "Jonson"), ("Zoe", "Jose")):
        factories.make_customer(by=adviser, given_names=given, family_name=family)

    assert hits("jonse", adviser)[1][0] == "Jones, Ann"


def test_page_says_that_a_guess_is_one_and_enter_opens_none(desk, sian):
    page = desk.post("/customers/search/", {"q": "daives"}).content.decode()

    assert "No exact match. Similar:" in page
    assert "data-guess" in page
    assert "data-hit" not in page


@pytest.mark.parametrize("spell", [str.lower, lambda it: it.replace("-", " "), lambda it: it.replace("-", "").lower()])
def test_reference_is_understood_in_any_spelling(adviser, sian, spell):
    assert hits(spell(sian.reference), adviser) == (["Davies-O’Neill, Siân Mair"], [])
