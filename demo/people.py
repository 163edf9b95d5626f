"""Invented people as they come to a desk in Wrexham.

Names combine by chance. Nobody real is meant, and nobody real should be reached by what is made up:

* **National Insurance numbers** begin with NC. HMRC's manual (NIM39110) has it among the administrative prefixes, which
  are not valid ones: pension schemes used it until 2005-06 for stand-in references that ended in M or F. With a last
  letter from A to D, as here, it was nobody's.
* **Landlines** have local numbers that begin with 0, which cannot be given out where the area code may be left out in
  dialling (Ofcom, 9 October 2013). The ranges reserved for drama hold only 1,000 numbers each.
* **Mobiles** are 07700 9xxxxx: 07700 900xxx is Ofcom's range for drama, and Google's libphonenumber, which follows the
  numbering plan, knows no operator in the rest.
* **E-mail** is at the domains that RFC 2606 reserves.
* **Streets** are invented; the postcodes' sectors are real, their units are drawn.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from random import Random
from typing import NamedTuple

from demo.pools import load, ranked, split, spread, weighted

YOUNGEST, OLDEST = 17, 99
# The day on which people have their ages: fixed, so that one seed gives the same people in any year.
AS_ON = dt.date(2025, 1, 1)
NINO_PREFIX = "NC"
EMAIL_DOMAINS = ("example.org", "example.com", "example.net")

# Approximate shares of homes by how many of their people come to the desk: about 35 % of customers share a home.
SIZES = weighted({1: 80.7, 2: 15.5, 3: 2.9, 4: 0.9})
# Approximate weight of each year of age at the desk, by band.
AGES = weighted(
    (age, weight)
    for first, last, weight in (
        (17, 19, 0.7),
        (20, 29, 1.6),
        (30, 44, 1.7),
        (45, 59, 1.5),
        (60, 74, 1.6),
        (75, 84, 1.2),
        (85, 92, 0.5),
        (93, 99, 0.1),
    )
    for age in range(first, last + 1)
)
WORKING_AGES = [age for age in AGES if age <= 66]
LOCAL = "Wales and England"
# About as many postcode units as a county borough of this size has.
STREETS = 4_500
# Royal Mail leaves C, I, K, M, O and V out of the second half of a postcode.
UNIT_LETTERS = "ABDEFGHJLNPQRSTUWXYZ"


class Person(NamedTuple):
    """A customer as the desk would know them: texts as in the record, empty where nothing is known."""

    family_name: str
    given_names: str
    born_on: dt.date
    national_insurance_number: str
    address: str
    postcode: str
    phone: str
    other_phone: str
    email: str
    language: str


class Household(NamedTuple):
    """How many customers share a home, where their names come from, and their language: en, cy or other."""

    size: int
    origin: str
    language: str


class Street(NamedTuple):
    """One postcode unit, and how its address goes on after the house number in English and in Welsh."""

    en: str
    cy: str
    postcode: str
    area_code: str


class Names:
    """The name pools: surnames by origin, given names by origin or by birth year, sex and language."""

    def __init__(self) -> None:
        data = load("names.json")
        surnames, origins = data["surnames"], data["elsewhere"]
        self.local = weighted(
            [
                *surnames["common"].items(),
                *ranked(split(surnames["frequent"]), 26.0, flatness=60),
                *ranked(split(surnames["occasional"]), 20.5, flatness=300),
            ],
            12_000,
        )
        self.welsh = split(surnames["welsh"])
        self.patronymic = split(surnames["patronymic"])
        self.origins = weighted(
            {LOCAL: 100 - sum(origin["share"] for origin in origins.values())}
            | {name: origin["share"] for name, origin in origins.items()}
        )
        self.surnames = {name: _pool(origin["surnames"]) for name, origin in origins.items()}
        self.given = {
            (name, woman): _pool(origin[sex])
            for name, origin in origins.items()
            for woman, sex in ((True, "women"), (False, "men"))
        }
        self.given_local = {
            (welsh, woman): _by_year(data[prefix + sex])
            for welsh, prefix in ((False, ""), (True, "welsh_"))
            for woman, sex in ((True, "women"), (False, "men"))
        }


@cache
def names() -> Names:
    """The name pools, read once."""
    return Names()


def _pool(listed: str) -> list[str]:
    return weighted(ranked(split(listed)), 1000)


def _by_year(generations: dict[str, str]) -> dict[int, list[str]]:
    """The pool of each birth year from pools by the first year of a generation."""
    pools = {int(first): _pool(listed) for first, listed in generations.items()}
    return {year: pools[max(first for first in pools if first <= year)] for year in range(min(pools), 2100)}


def streets(seed: int | str) -> list[Street]:
    """The invented streets round Wrexham, each with a postcode of its own."""
    rng = Random(f"{seed} streets")
    data = load("places.json")
    words = data["streets"]
    places = weighted([(number, place["share"]) for number, place in enumerate(data["places"])])
    welsh_names, english_names = split(words["welsh_names"]), split(words["english_names"])
    made: dict[str, Street] = {}
    while len(made) < STREETS:
        place = data["places"][rng.choice(places)]
        postcode = f"{rng.choice(place['sectors'])}{rng.choice(UNIT_LETTERS)}{rng.choice(UNIT_LETTERS)}"
        if rng.random() < 0.45:
            name = f"{rng.choice(words['welsh'])} {rng.choice(welsh_names)}"
        else:
            name = f"{rng.choice(english_names)} {rng.choice(words['english'])}"
        made.setdefault(postcode, Street(f"{name}, {place['en']}", f"{name}, {place['cy']}", postcode, place["code"]))
    return list(made.values())


def households(count: int, seed: int | str) -> Iterator[Household]:
    """Yield the homes of `count` people, in the order in which `people()` goes through them."""
    random = Random(f"{seed} households").random
    origins, left = names().origins, count
    while left > 0:
        size = min(left, SIZES[int(len(SIZES) * random())])
        origin = origins[int(len(origins) * random())]
        tongue, share = ("cy", 0.13) if origin == LOCAL else ("other", 0.27)
        language = tongue if random() < share else "en"
        left -= size
        yield Household(size, origin, language)


def languages(count: int, seed: int | str) -> list[str]:
    """The language of each person that `people()` yields, without making the people."""
    return [home.language for home in households(count, seed) for _person in range(home.size)]


def people(count: int, seed: int | str, at: dt.date = AS_ON) -> Iterator[Person]:
    """Yield `count` invented adults, 17 to 99 years old on the day `at`; those of one household follow each other.

    The same arguments give the same people, and a smaller count the first of them (the last household apart).
    """
    town = _Town(seed, at)
    for household in households(count, seed):
        yield from town.people(household)


class _Town:
    """Draws people, and remembers what it has given out: house numbers, telephones, National Insurance numbers."""

    def __init__(self, seed: int | str, at: dt.date) -> None:
        self.rng = Random(f"{seed} people")
        self.random = self.rng.random
        self.names = names()
        self.today = at.toordinal()
        self.streets = streets(seed)
        self.houses = {street.en: self.rng.randint(1, 60) for street in self.streets}
        self.house_names = split(load("places.json")["house_names"])
        self.landlines, self.mobiles, self.ninos = (self.rng.randrange(100_000) for _ in range(3))

    def one_of(self, pool: list[str]) -> str:
        return pool[int(len(pool) * self.random())]

    def people(self, household: Household) -> Iterator[Person]:
        """The customers of one home: one address and landline, mostly one surname."""
        random = self.random
        ages = AGES if household.origin == LOCAL else WORKING_AGES
        eldest = ages[int(len(ages) * random())]
        first_is_woman = random() < 0.55
        surname = self.surname(household)
        address, street = self.home(household.language)
        landline = self.landline(street) if random() < 0.1 + eldest / 100 else ""
        for member in range(household.size):
            age, family_name, woman = eldest, surname, first_is_woman
            if member == 1 and random() < 0.7:  # a partner, who may have kept another name
                age = _adult(eldest + round(self.rng.gauss(-1, 4)))
                woman = first_is_woman if random() < 0.04 else not first_is_woman
                if random() < 0.15:
                    family_name = self.surname(household)
            elif member:  # a grown child or, of the young, a brother or sister
                age = _adult(eldest - (22 if eldest >= 40 else -4) - int(14 * random()))
                woman = random() < 0.5
            # A little off both ends, so that leap days never make anybody 16 or 100.
            born_on = dt.date.fromordinal(self.today - int(365.2425 * (age + 0.01 + 0.98 * random())))
            given_names = self.given_names(household, woman, born_on.year)
            if woman:
                family_name = _of_a_woman(family_name)
            mobile = self.mobile() if random() < (0.75 if age < 65 else 0.4) else ""
            yield Person(
                family_name,
                given_names,
                born_on,
                self.nino() if random() < 0.6 else "",
                address,
                street.postcode,
                landline or mobile,
                mobile if landline else "",
                self.email(given_names, family_name, born_on.year) if random() < 0.95 - age / 110 else "",
                household.language,
            )

    def surname(self, household: Household) -> str:
        if household.origin != LOCAL:
            return self.one_of(self.names.surnames[household.origin])
        draw = self.random()
        if household.language == "cy" and draw > 0.84:
            return self.one_of(self.names.patronymic if draw > 0.97 else self.names.welsh)
        surname = self.one_of(self.names.local)
        if draw < 0.025:
            second = self.one_of(self.names.local)
            # In Welsh two surnames commonly stand without a hyphen: Lloyd Jones.
            return f"{surname}{' ' if household.language == 'cy' else '-'}{second}" if second != surname else surname
        return surname

    def given_names(self, household: Household, woman: bool, year: int) -> str:
        random = self.random
        local = household.origin == LOCAL
        if local:
            welsh = random() < (0.75 if household.language == "cy" else 0.13)
            pool = self.names.given_local[welsh, woman][year]
        else:
            pool = self.names.given[household.origin, woman]
        given = [self.one_of(pool)]
        draw = random()
        for chance in (0.45, 0.05) if local else (0.1,):
            if draw < chance and (middle := self.one_of(pool)) not in given:
                given.append(middle)
        return " ".join(given)

    def home(self, language: str) -> tuple[str, Street]:
        """An address that no other household has, on some street."""
        street = self.streets[int(STREETS * self.random())]
        self.houses[street.en] += 2  # one side of the street
        house = f"{self.houses[street.en]} {street.cy if language == 'cy' else street.en}"
        draw = self.random()
        if draw < 0.06:
            house = f"{'Fflat' if language == 'cy' else 'Flat'} {1 + int(100 * draw)}, {house}"
        elif draw > 0.96:
            house = f"{self.one_of(self.house_names)}, {house}"
        return house, street

    def landline(self, street: Street) -> str:
        self.landlines += 1
        return f"{street.area_code} 0{spread(self.landlines, 100_000):05d}"

    def mobile(self) -> str:
        self.mobiles += 1
        return f"07700 9{spread(self.mobiles, 100_000):05d}"

    def nino(self) -> str:
        self.ninos += 1
        return f"{NINO_PREFIX}{spread(self.ninos, 1_000_000):06d}{'ABCD'[self.ninos % 4]}"

    def email(self, given_names: str, family_name: str, year: int) -> str:
        random = self.random
        given, family = _ascii(given_names.partition(" ")[0]), _ascii(family_name)
        number = year % 100 if random() < 0.5 else int(1000 * random())
        local = (
            f"{given}.{family}{number}",
            f"{given}{family}{number}",
            f"{given[0]}.{family}{number}",
            f"{family}.{given}{number}",
        )[int(4 * random())]
        return f"{local}@{EMAIL_DOMAINS[int(3 * random())]}"


def _adult(age: int) -> int:
    return max(YOUNGEST, min(OLDEST, age))


def _of_a_woman(surname: str) -> str:
    """The form a woman bears where surnames have one: Kowalska; Rhys, not ap Rhys."""
    if surname.endswith(("ski", "cki")):
        return surname[:-1] + "a"
    return surname[3:] if surname.startswith(("ap ", "ab ")) else surname


@lru_cache(maxsize=8192)
def _ascii(name: str) -> str:
    """A name as people write it in an e-mail address."""
    plain = unicodedata.normalize("NFKD", name.lower().replace("ł", "l"))
    return "".join(letter for letter in plain if letter.isascii() and letter.isalpha())
