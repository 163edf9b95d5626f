"""Invented contacts at the desk: who comes when, about what, and how it ends.

The shape follows what has been reported of the real desk: most asked for are benefits, Council Tax and Blue Badges, and
there are 220 to 400 contacts a working day. Every other figure here is approximate and chosen to be believable.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Sequence
from random import Random
from typing import Any, NamedTuple

from demo.days import LONDON, OPENING_HOURS, WORKING_DAYS_A_YEAR, working_days
from demo.people import languages, people
from demo.pools import load, ranked, spread, weighted

ANONYMOUS, NAME_ONLY = 0.10, 0.06
CONTACTS_PER_CUSTOMER = 4
MOST_A_DAY = 400
# Only contacts of the last so many working days are still open.
OPEN_DAYS = 3
# One customer in so many comes about once a week.
REGULARS = 2000
# Others who come again were here within about so many working days.
MEMORY_DAYS = 60

WEEKDAYS = (1.22, 1.13, 0.94, 0.85, 0.86)
# Approximate demand by London half-hour; before noon on Mondays and Tuesdays there is a quarter more.
HALF_HOURS = {
    (9, 0): 0.8,
    (9, 30): 1.0,
    (10, 0): 1.4,
    (10, 30): 1.5,
    (11, 0): 1.5,
    (11, 30): 1.3,
    (12, 0): 0.85,
    (12, 30): 0.75,
    (13, 0): 0.85,
    (13, 30): 1.0,
    (14, 0): 1.1,
    (14, 30): 1.0,
    (15, 0): 0.9,
    (15, 30): 0.7,
    (16, 0): 0.5,
    (16, 30): 0.45,
    (17, 0): 0.3,
}
# Busier and quieter months: annual bills go out in March.
MONTHS = {1: 1.05, 2: 1.0, 3: 1.15, 4: 1.2, 5: 0.98, 6: 0.95, 7: 0.95, 8: 0.92, 9: 1.02, 10: 1.0, 11: 1.0, 12: 0.75}


OUTCOMES = {
    "usual": weighted({"resolved": 66, "signposted": 11, "referred": 15, "appointment": 8}),
    "quick": weighted({"resolved": 80, "signposted": 5, "referred": 15}),
    "complex": weighted({"resolved": 36, "signposted": 10, "referred": 32, "appointment": 22}),
    "anonymous": weighted({"resolved": 70, "signposted": 28, "referred": 2}),
}


class Kind(NamedTuple):
    """How a service's contacts run: share of all, minutes at the desk, share booked, outcomes, busier months."""

    share: float
    minutes: float
    booked: float
    outcomes: str = "usual"
    months: dict[int, float] = {}


KINDS = {
    "benefits": Kind(28, 11, 0.14, months={10: 1.1, 11: 1.2, 12: 1.2, 1: 1.3, 2: 1.15}),
    "council-tax": Kind(26, 7, 0.04, months={3: 1.5, 4: 1.6, 5: 1.15, 9: 1.1}),
    "blue-badges": Kind(16, 10, 0.12),
    "environmental-services": Kind(10, 4, 0.01, "quick", {1: 1.2, 3: 1.2, 4: 1.2, 5: 1.2, 6: 1.2}),
    "housing": Kind(9, 8, 0.08, months={11: 1.2, 12: 1.3, 1: 1.3}),
    "housing-options": Kind(5, 22, 0.4, "complex"),
    "adult-social-care": Kind(4, 16, 0.35, "complex"),
    "planning": Kind(3, 9, 0.15),
}
OTHER_KIND = Kind(3, 8, 0.06)
LONGEST_SECONDS = 75 * 60


class Speaker(NamedTuple):
    """Where a matter came from and who speaks: source, its name, on whose behalf, what authority was seen."""

    source: str
    source_name: str = ""
    on_behalf: str = ""
    authority_seen: str = ""


_SHARES: list[tuple[float, str, tuple[str, ...], str, tuple[str, ...]]] = [
    (84.0, "self", ("",), "", ("",)),
    (3.2, "self", ("",), "child", ("present", "present", "written", "attorney", "none")),
    (2.4, "self", ("",), "partner", ("present", "present", "verbal", "written", "none")),
    (1.4, "self", ("",), "parent", ("present", "appointee", "written")),
    (0.8, "self", ("",), "relative", ("written", "verbal", "present", "none")),
    (0.7, "self", ("",), "friend", ("present", "verbal", "none")),
    (0.7, "self", ("",), "carer", ("present", "written", "appointee")),
    (0.1, "self", ("",), "other", ("present", "verbal", "none")),
    (1.4, "public", ("", "", "Neighbour", "Passer-by"), "", ("",)),
    (1.0, "councillor", ("Ward councillor", "Councillor's surgery"), "", ("",)),
    (1.4, "officer", ("Social services", "Housing estate office", "Library", "Education welfare", "Rents"), "", ("",)),
    (0.8, "organisation", ("GP surgery", "Hospital discharge team", "Police", "Fire service", "Jobcentre"), "", ("",)),
    (0.9, "organisation", ("Advice centre", "Support charity", "Food bank"), "advocate", ("written", "present")),
    (0.8, "organisation", ("Letting agent", "Landlord", "Housing association"), "landlord", ("written", "none")),
    (0.4, "organisation", ("Solicitor",), "solicitor", ("written", "attorney")),
]
SPEAKERS = weighted(
    (
        (Speaker(source, source_name, on_behalf, authority), share / len(source_names) / len(authorities))
        for share, source, source_names, on_behalf, authorities in _SHARES
        for source_name in source_names
        for authority in authorities
    ),
    4000,
)
# Without a person on record there is nobody to speak for.
SPEAKERS_UNKNOWN = weighted({Speaker("self"): 94, Speaker("public"): 5, Speaker("public", "Passer-by"): 1}, 100)


class Contact(NamedTuple):
    """One contact. `person_index` counts in `people()`; `legal_basis` None means the service's usual one."""

    person_index: int | None
    caller_name: str
    service_code: str
    topic_code: str
    started_at: dt.datetime
    ended_at: dt.datetime | None
    source: str
    source_name: str
    on_behalf: str
    authority_seen: str
    legal_basis: str | None
    channel: str
    summary: str
    narrative: str
    outcome: str
    referred_to: str
    language_offered: bool
    language_chosen: str
    language_served: str


class Matter(NamedTuple):
    """A topic of a service, and by language the cases of it: a summary, what was asked, what was done."""

    service: str
    topic: str
    kind: Kind
    other_basis: str
    cases: dict[str, list[list[str]]]


def how_many(customers: int, years: float) -> int:
    """Contacts a working day for so many customers over so many years: four a customer, at most 400 a day."""
    return max(1, min(MOST_A_DAY, round(CONTACTS_PER_CUSTOMER * customers / (WORKING_DAYS_A_YEAR * years))))


def contacts(
    days: int,
    per_day: float,
    people_count: int,
    services: Sequence[dict[str, Any]],
    seed: int | str,
    start: dt.date,
) -> Iterator[Contact]:
    """Yield the contacts of the `days` calendar days that begin with `start`, in order of their start.

    A working day has about `per_day` of them (more than none), other days have none. `services` is the content of
    `services.json` or of a file of the same shape, each service's topics most asked first. With the `seed` of
    `people()` the languages are theirs. Everybody comes at least once, if there are two contacts or more for each.
    The same arguments give the same contacts.
    """
    rng = Random(f"{seed} contacts")
    open_days = list(working_days(start, days))
    numbers = [_how_many_on(day, per_day, rng) for day in open_days]
    desk = _Desk(rng, services, people_count, seed, per_day, sum(numbers))
    for left, (day, number) in enumerate(zip(open_days, numbers, strict=True), start=-len(open_days)):
        midnight = dt.datetime.combine(day, dt.time(), LONDON).astimezone(dt.UTC)
        for seconds in _arrivals(day, number, rng):
            yield desk.contact(midnight + dt.timedelta(seconds=seconds), day.month, may_be_open=left >= -OPEN_DAYS)


def _how_many_on(day: dt.date, per_day: float, rng: Random) -> int:
    mean = per_day * WEEKDAYS[day.weekday()] * MONTHS[day.month]
    return max(0, round(rng.gauss(mean, math.sqrt(mean))))


def _arrivals(day: dt.date, number: int, rng: Random) -> list[int]:
    """When people came on `day`: whole seconds after its midnight, in order, all within the opening hours."""
    opens, closes = OPENING_HOURS[day.weekday()]
    slots = {
        3600 * hour + 60 * minute: demand * (1.25 if day.weekday() < 2 and hour < 12 else 1)
        for (hour, minute), demand in HALF_HOURS.items()
        if opens <= dt.time(hour, minute) < closes
    }
    drawn = rng.choices(list(slots), list(slots.values()), k=number)
    random = rng.random
    return sorted(slot + int(1800 * random()) for slot in drawn)


class _Desk:
    """Draws contacts, and remembers who was here, and about what, so that people come back about the same thing."""

    def __init__(
        self,
        rng: Random,
        services: Sequence[dict[str, Any]],
        people_count: int,
        seed: int | str,
        per_day: float,
        total: int,
    ) -> None:
        self.rng = rng
        self.random = rng.random
        self.languages = languages(people_count, seed)
        self.callers = [
            f"{person.given_names.partition(' ')[0]} {person.family_name}" for person in people(2000, f"{seed} callers")
        ]
        self.endings = _endings(rng)
        self.services = [service["code"] for service in services]
        self.matters = _matters(services, rng)
        # Everybody's first visit falls due at an even pace, a little ahead so that the last is not left out.
        self.people_count = people_count
        self.first_visits = 0
        self.pace = people_count / (0.97 * total * (1 - ANONYMOUS - NAME_ONLY)) if total else 0.0
        self.due = 0.0
        # Who was here lately, over and over: before the first day, anybody.
        self.lately = [
            (rng.randrange(people_count), self.one_of(self.matters[1]))
            for _contact in range(max(1, round(MEMORY_DAYS * per_day)) if people_count else 0)
        ]
        self.turn = 0
        self.regulars = [rng.randrange(people_count) for _regular in range(math.ceil(people_count / REGULARS))]
        self.regular_share = min(0.05, len(self.regulars) / (5 * per_day))

    def one_of(self, pool: Sequence[Any]) -> Any:
        return pool[int(len(pool) * self.random())]

    def contact(self, started_at: dt.datetime, month: int, *, may_be_open: bool) -> Contact:
        """Somebody comes to the desk."""
        random, one_of = self.random, self.one_of
        draw = random()
        person: int | None = None
        caller_name = ""
        speaker: Speaker
        if draw < ANONYMOUS + NAME_ONLY or not self.people_count:
            matter = one_of(self.matters[month])
            language = "en" if random() < 0.88 else "cy" if random() < 0.85 else "other"
            speaker = one_of(SPEAKERS_UNKNOWN)
            if draw >= ANONYMOUS:
                caller_name = one_of(self.callers)
        else:
            person, matter = self.visitor(month)
            language = self.languages[person]
            speaker = one_of(SPEAKERS)
        nameless = person is None and not caller_name
        offered = random() < 0.97
        chosen, served = self.language(language, offered)

        referred_to = ""
        if may_be_open and not nameless and random() < 0.12:
            outcome, ended_at = "open", None
        else:
            outcome = one_of(OUTCOMES["anonymous" if nameless else matter.kind.outcomes])
            # Mostly near the usual length, now and then three times as long.
            length = 60 * matter.kind.minutes * (0.4 if nameless else 1) * math.exp(self.rng.gauss(0, 0.45))
            ended_at = started_at + dt.timedelta(seconds=30 + int(min(length, LONGEST_SECONDS)))
            if outcome == "referred":
                referred_to = matter.service if random() < 0.75 else one_of(self.services)

        summary, narrative = self.words(matter, outcome, "cy" if served == "cy" else "en", nameless)
        return Contact(
            person,
            caller_name,
            matter.service,
            matter.topic,
            started_at,
            ended_at,
            *speaker,
            matter.other_basis if random() < 0.03 else None,
            "booked" if not nameless and random() < matter.kind.booked else "walk_in",
            summary,
            narrative,
            outcome,
            referred_to,
            offered,
            chosen,
            served,
        )

    def visitor(self, month: int) -> tuple[int, Matter]:
        """A known customer and the matter: somebody new, a regular, or somebody who was here lately.

        Drawing from the last visits makes a few people come very often (Simon 1955) and visits come in bursts.
        """
        random, one_of, month_matters = self.random, self.one_of, self.matters[month]
        self.due += self.pace
        if self.first_visits < min(self.due, self.people_count):
            person, matter = spread(self.first_visits, self.people_count), one_of(month_matters)
            self.first_visits += 1
        elif random() < self.regular_share:
            return one_of(self.regulars), one_of(month_matters)
        else:
            person, matter = one_of(self.lately)
            if random() < 0.45:
                matter = one_of(month_matters)
        self.turn = (self.turn + 1) % len(self.lately)
        self.lately[self.turn] = (person, matter)
        return person, matter

    def language(self, language: str, offered: bool) -> tuple[str, str]:
        """The language chosen, and the one in which the customer was then served."""
        if language == "en" or not offered:
            return "en", "en"
        draw = self.random()
        if language == "cy":  # some choose English, and now and then no Welsh speaker is at the desk
            return ("cy", "cy") if draw < 0.9 else ("cy", "en") if draw < 0.95 else ("en", "en")
        return ("other", "other") if draw < 0.4 else ("other", "en") if draw < 0.7 else ("en", "en")

    def words(self, matter: Matter, outcome: str, language: str, nameless: bool) -> tuple[str, str]:
        """Summary and narrative: none to three sentences, fewest for people who only asked something."""
        random, one_of = self.random, self.one_of
        summary, asked, done = one_of(matter.cases[language])
        if random() < (0.6 if nameless else 0.12):
            summary = ""
        draw = random()
        if draw < (0.8 if nameless else 0.35):
            return summary, ""
        if draw < 0.5:
            return summary, asked
        if draw < 0.75:
            return summary, f"{asked} {done}"
        return summary, f"{asked} {done} {one_of(self.endings[language, outcome])[0]}"


def _matters(services: Sequence[dict[str, Any]], rng: Random) -> dict[int, list[Matter]]:
    """The pool of matters for each month, by service, season and rank of the topic."""
    data = load("texts.json")
    shares: list[tuple[Matter, float]] = []
    for service in services:
        kind = KINDS.get(service["code"], OTHER_KIND)
        other_basis = "public_task" if service["legal_basis"] == "legal_obligation" else "legal_obligation"
        for topic, share in ranked(service["topics"], kind.share, flatness=3):
            written = data["cases"].get(topic["code"], data["cases"]["general"])
            cases = {language: _filled(written[language], data["fill"][language], rng) for language in ("en", "cy")}
            shares.append((Matter(service["code"], topic["code"], kind, other_basis, cases), share))
    return {
        month: weighted(((matter, share * matter.kind.months.get(month, 1)) for matter, share in shares), 4000)
        for month in range(1, 13)
    }


def _endings(rng: Random) -> dict[tuple[str, str], list[list[str]]]:
    """How a narrative may end, by language and outcome."""
    data = load("texts.json")
    return {
        (language, outcome): _filled([[sentence] for sentence in sentences], data["fill"][language], rng)
        for outcome, by_language in data["outcomes"].items()
        for language, sentences in by_language.items()
    }


def _filled(cases: list[list[str]], fill: dict[str, list[str]], rng: Random) -> list[list[str]]:
    """Each case two dozen times, with different amounts, months, weekdays and numbers filled in."""
    filled = []
    for case in cases:
        for _variant in range(24):
            weekday, later = rng.sample(fill["weekday"], 2)
            values = {
                "amount": f"£{rng.randint(40, 640)}.{rng.randrange(100):02d}",
                "part": f"£{rng.randint(5, 40)}",
                "month": rng.choice(fill["month"]),
                "weekday": weekday,
                "later": later,
                "weeks": rng.randint(2, 12),
                "number": rng.randint(2, 5),
            }
            filled.append([text.format_map(values) for text in case])
    return filled
