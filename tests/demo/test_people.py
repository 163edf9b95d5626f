"""The invented people: the same for the same seed, believable, and nobody real."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from itertools import pairwise

import pytest

from demo.people import AS_ON, OLDEST, YOUNGEST, languages, names, people
from demo.pools import spread
from privacy.terms import NINO, phone_digits
from visits.models import Customer, Language

pytestmark = pytest.mark.slow("invents thousands of people")

MANY = 20_000


@pytest.fixture(scope="module")
def crowd():
    return list(people(MANY, seed=1))


def test_people_same_for_same_seed(crowd):
    assert list(people(MANY, seed=1)) == crowd
    assert list(people(200, seed=2)) != crowd[:200]


def test_people_fewer_are_the_first_of_more(crowd):
    assert list(people(500, seed=1))[:495] == crowd[:495]


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_people_as_many_as_asked(count):
    assert len(list(people(count, seed=1))) == count


def test_people_fit_the_record(crowd):
    for person in crowd:
        for name, value in person._asdict().items():
            field = Customer._meta.get_field(name)
            assert field.max_length is None or len(value) <= field.max_length
    assert {person.language for person in crowd} == set(Language.values)


def test_people_are_adults(crowd):
    ages = [AS_ON.year - p.born_on.year - ((AS_ON.month, AS_ON.day) < (p.born_on.month, p.born_on.day)) for p in crowd]
    assert min(ages) >= YOUNGEST
    assert max(ages) <= OLDEST
    assert 0.2 < sum(age >= 65 for age in ages) / MANY < 0.4


def test_people_age_as_on_the_day_asked():
    person, older = (next(people(1, 1, at=dt.date(year, 1, 1))) for year in (2020, 2010))
    assert (person.born_on - older.born_on).days == 3652


def test_people_surnames_as_in_north_east_wales(crowd):
    share = Counter(person.family_name for person in crowd)
    assert 0.07 < share["Jones"] / MANY < 0.10
    commonest, *others = [name for name, _number in share.most_common(6)]
    assert commonest == "Jones"
    assert {"Williams", "Davies", "Roberts", "Hughes"} <= set(others)
    assert len(share) > 800


def test_people_names_of_all_kinds(crowd):
    given = {name for person in crowd for name in person.given_names.split()}
    family = {person.family_name for person in crowd}
    assert len(given) > 500
    assert {"Siân", "Llŷr", "Tomos", "Ffion", "Elin", "Katarzyna"} <= given
    assert any("-" in name for name in family)
    assert any("'" in name for name in family)
    assert any(name.startswith(("ap ", "ab ")) for name in family)
    assert any(name.endswith("ska") for name in family)
    assert any(name.endswith("ski") for name in family)
    assert 0.3 < sum(" " in person.given_names for person in crowd) / MANY < 0.6


def test_names_lists_are_long():
    pools = names()
    assert len({*pools.local, *pools.welsh}) >= 800
    assert len({name for by_year in pools.given_local.values() for pool in by_year.values() for name in pool}) >= 500


def test_people_names_suit_the_year_of_birth(crowd):
    young = {name for p in crowd if p.born_on.year >= 1997 for name in p.given_names.split()}
    old = {name for p in crowd if p.born_on.year < 1940 for name in p.given_names.split()}
    assert {"Doris", "Cyril", "Blodwen"} <= old - young
    assert {"Callum", "Mali"} <= young - old


def test_people_live_together(crowd):
    homes = Counter((person.address, person.postcode) for person in crowd)
    sharing = [person for person in crowd if homes[person.address, person.postcode] > 1]
    assert 0.30 < len(sharing) / MANY < 0.40
    neighbours = [(a, b) for a, b in pairwise(crowd) if a.address == b.address]
    assert all(a.postcode == b.postcode and a.language == b.language for a, b in neighbours)
    assert sum(a.family_name == b.family_name for a, b in neighbours) / len(neighbours) > 0.8
    landlines = {(a.phone, b.phone) for a, b in neighbours if not a.phone.startswith("077") and a.phone}
    assert all(a == b for a, b in landlines)


def test_people_homes_are_one_household_each(crowd):
    at = [person.address for person in crowd]
    assert len(set(at)) == 1 + sum(a != b for a, b in pairwise(at))


def test_people_postcodes(crowd):
    assert all(re.fullmatch(r"(LL1[1-5]|LL20|CH[457]) \d[ABD-HJLNP-UW-Z]{2}", person.postcode) for person in crowd)
    assert sum(person.postcode[:4] in {"LL11", "LL12", "LL13", "LL14"} for person in crowd) / MANY > 0.9


def test_people_telephones_cannot_ring(crowd):
    numbers = [number for person in crowd for number in (person.phone, person.other_phone) if number]
    assert all(re.fullmatch(r"07700 9\d{5}|01\d{3} 0\d{5}", number) for number in numbers)
    assert all(len(phone_digits(number)) == 11 for number in numbers)


def test_people_mobiles_and_ninos_are_ones_own(crowd):
    mobiles = [n for p in crowd for n in (p.phone, p.other_phone) if n.startswith("077")]
    ninos = [person.national_insurance_number for person in crowd if person.national_insurance_number]
    assert len(set(mobiles)) == len(mobiles)
    assert len({number[:8] for number in ninos}) == len(ninos)


def test_people_ninos_have_the_form_but_no_issued_prefix(crowd):
    ninos = [person.national_insurance_number for person in crowd if person.national_insurance_number]
    assert 0.55 < len(ninos) / MANY < 0.65
    assert all(re.fullmatch(r"NC\d{6}[A-D]", number) and NINO.fullmatch(number) for number in ninos)


def test_people_emails_at_reserved_domains(crowd):
    emails = [person.email for person in crowd if person.email]
    assert 0.3 < len(emails) / MANY < 0.7
    assert all(re.fullmatch(r"[a-z]+(\.[a-z]+)?\d+@example\.(org|com|net)", email) for email in emails)


def test_people_languages(crowd):
    share = Counter(person.language for person in crowd)
    assert 0.10 < share["cy"] / MANY < 0.14
    assert 0.01 < share["other"] / MANY < 0.03
    assert languages(MANY, seed=1) == [person.language for person in crowd]


def test_welsh_speakers_have_welsh_names_and_addresses(crowd):
    welsh = [person for person in crowd if person.language == "cy"]
    assert not any("Wrexham" in person.address for person in welsh)
    given = set(names().given_local[True, True][1990] + names().given_local[True, False][1990])
    share = [sum(p.given_names.split()[0] in given for p in group) / len(group) for group in (welsh, crowd)]
    assert share[0] > 2 * share[1]


@pytest.mark.parametrize("size", [1, 7, 1000, 2000, 100_000])
def test_spread_visits_everything_once(size):
    assert sorted(spread(number, size) for number in range(size)) == list(range(size))
