"""The invented contacts: the same for the same seed, at hours when the desk is open, with allowed values only."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

import services
from demo.contacts import KINDS, contacts, how_many
from demo.days import LONDON, OPENING_HOURS, bank_holidays, working_days
from demo.people import languages
from demo.pools import load
from services.models import LegalBasis
from visits.models import Authority, Channel, Enquiry, Language, OnBehalf, Outcome, Source

pytestmark = pytest.mark.slow("invents thousands of contacts")

SERVICES = json.loads((Path(services.__file__).parent / "services.json").read_text(encoding="utf-8"))
START = dt.date(2024, 1, 1)
DAYS, PER_DAY, PEOPLE = 366, 60, 4000


def some(days=DAYS, per_day=PER_DAY, count=PEOPLE, services=SERVICES, seed=1, start=START):
    return list(contacts(days, per_day, count, services, seed, start))


@pytest.fixture(scope="module")
def year():
    return some()


# --- services ---------------------------------------------------------------------------------------------------------


def test_services_are_the_notices_eight():
    assert [service["name_en"] for service in SERVICES] == [
        "Council Tax",
        "Benefits",
        "Blue Badges",
        "Environmental Services",
        "Planning",
        "Housing",
        "Housing Options",
        "Adult Social Care",
    ]
    assert {service["legal_basis"] for service in SERVICES} <= set(LegalBasis.values)
    assert {service["code"] for service in SERVICES} == set(KINDS)


def test_services_topics_are_whole():
    topics = [topic for service in SERVICES for topic in service["topics"]]
    assert all(6 <= len(service["topics"]) <= 9 for service in SERVICES)
    assert len({topic["code"] for topic in topics}) == len(topics)
    for topic in topics:
        assert topic["name_en"]
        assert topic["name_cy"]
        assert len(topic["words"]) == len(set(topic["words"])) > 3


def test_texts_for_every_topic_in_both_languages():
    texts = load("texts.json")
    assert set(texts["cases"]) == {"general", *(topic["code"] for service in SERVICES for topic in service["topics"])}
    assert all(len(cases[language]) >= 2 for cases in texts["cases"].values() for language in ("en", "cy"))
    assert set(texts["outcomes"]) == set(Outcome.values)


# --- contacts ---------------------------------------------------------------------------------------------------------


def test_contacts_same_for_same_seed(year):
    assert some() == year
    assert some(seed=2) != year


def test_contacts_in_order(year):
    assert all(a.started_at <= b.started_at for a, b in pairwise(year))


def test_contacts_within_opening_hours(year):
    hours = Counter()
    for contact in year:
        local = contact.started_at.astimezone(LONDON)
        opens, closes = OPENING_HOURS[local.weekday()]
        assert opens <= local.time() < closes
        hours[local.weekday(), local.time().replace(minute=local.minute // 30 * 30, second=0)] += 1
    # Every half-hour of the week has somebody: Thursday from 10:30 to 17:30, other days from 9:00 to 16:30.
    assert len(hours) == 5 * 15 - 1
    assert hours[3, dt.time(17, 0)] > 0
    assert hours[3, dt.time(10, 0)] == 0


@pytest.mark.parametrize(
    ("day", "utc_hours"),
    [
        (dt.date(2024, 3, 25), (9, 0, 9, 30)),  # the clocks go forward on 31 March
        (dt.date(2024, 4, 2), (8, 0, 8, 30)),
        (dt.date(2024, 10, 21), (8, 0, 8, 30)),  # and back on 27 October
        (dt.date(2024, 10, 28), (9, 0, 9, 30)),
    ],
)
def test_contacts_keep_london_time_when_clocks_change(day, utc_hours):
    first = some(days=1, per_day=400, start=day)[0].started_at
    assert first.tzinfo is dt.UTC
    assert dt.time(*utc_hours[:2]) <= first.time() < dt.time(*utc_hours[2:])


def test_contacts_on_working_days_only(year):
    days = Counter(contact.started_at.astimezone(LONDON).date() for contact in year)
    assert set(days) == set(working_days(START, DAYS))
    assert not set(days) & bank_holidays(2024)
    assert PER_DAY * 0.95 < sum(days.values()) / len(days) < PER_DAY * 1.05


def test_contacts_peak_when_people_come(year):
    local = [contact.started_at.astimezone(LONDON) for contact in year]
    weekdays = Counter(moment.weekday() for moment in local)
    hours = Counter(moment.hour for moment in local)
    assert min(weekdays[0], weekdays[1]) > max(weekdays[2], weekdays[3], weekdays[4])
    assert min(hours[10], hours[11]) > max(hours[12], hours[13], hours[14])
    assert hours[12] < hours[14]


def test_contacts_council_tax_peaks_with_the_bills(year):
    months = Counter(contact.started_at.month for contact in year if contact.service_code == "council-tax")
    assert {month for month, _number in months.most_common(2)} == {3, 4}


def test_contacts_most_asked_services(year):
    services = Counter(contact.service_code for contact in year)
    assert {code for code, _number in services.most_common(3)} == {"benefits", "council-tax", "blue-badges"}
    assert set(services) == set(KINDS)


def test_contacts_values_are_allowed(year):
    topics = {topic["code"]: service["code"] for service in SERVICES for topic in service["topics"]}
    usual = {service["code"]: service["legal_basis"] for service in SERVICES}
    for contact in year:
        assert topics[contact.topic_code] == contact.service_code
        assert contact.source in Source.values
        assert contact.on_behalf in ["", *OnBehalf.values]
        assert contact.authority_seen in ["", *Authority.values]
        assert bool(contact.on_behalf) == bool(contact.authority_seen)
        assert contact.source != "organisation" or contact.source_name
        assert contact.legal_basis in {None, *LegalBasis.values} - {usual[contact.service_code]}
        assert contact.channel in Channel.values
        assert contact.outcome in Outcome.values
        assert (contact.outcome == "referred") == (contact.referred_to in usual)
        assert contact.language_chosen in Language.values
        assert contact.language_served in Language.values
        assert isinstance(contact.language_offered, bool)
    for name in ("summary", "narrative", "source_name", "caller_name"):
        assert max(len(getattr(contact, name)) for contact in year) <= Enquiry._meta.get_field(name).max_length


def test_contacts_use_every_value(year):
    def values(name):
        return {getattr(contact, name) for contact in year}

    assert values("source") == set(Source.values)
    assert values("on_behalf") == {"", *OnBehalf.values}
    assert values("authority_seen") == {"", *Authority.values}
    assert values("channel") == set(Channel.values)
    assert values("outcome") == set(Outcome.values)
    assert values("language_chosen") == values("language_served") == set(Language.values)


def test_contacts_end_after_they_start(year):
    minutes = [(c.ended_at - c.started_at).total_seconds() / 60 for c in year if c.ended_at]
    assert min(minutes) > 0
    assert max(minutes) < 80
    assert 6 < sorted(minutes)[len(minutes) // 2] < 12


def test_contacts_open_only_in_the_last_days(year):
    left = [contact for contact in year if contact.outcome == "open"]
    assert left
    assert all(contact.ended_at is None for contact in left)
    assert all(contact.ended_at for contact in year if contact.outcome != "open")
    assert {c.started_at.date() for c in left} <= set(list(working_days(START, DAYS))[-3:])


def test_contacts_anonymous_by_name_and_known(year):
    anonymous = [contact for contact in year if contact.person_index is None and not contact.caller_name]
    by_name = [contact for contact in year if contact.caller_name]
    assert 0.08 < len(anonymous) / len(year) < 0.12
    assert 0.045 < len(by_name) / len(year) < 0.075
    assert all(contact.person_index is None for contact in by_name)
    assert not any(contact.on_behalf or contact.outcome == "open" for contact in anonymous)


def test_contacts_everybody_comes_and_some_often(year):
    visits = Counter(contact.person_index for contact in year if contact.person_index is not None)
    assert set(visits) == set(range(PEOPLE))
    assert sum(number == 1 for number in visits.values()) / PEOPLE > 0.25
    (_person, most), *_rest = visits.most_common(1)
    assert 20 < most < 150


def test_contacts_people_come_back_about_the_same(year):
    last, same, again = {}, 0, 0
    for contact in year:
        if contact.person_index is not None:
            again += contact.person_index in last
            same += last.get(contact.person_index) == contact.topic_code
            last[contact.person_index] = contact.topic_code
    assert 0.3 < same / again < 0.7


def test_contacts_languages_are_the_persons(year):
    spoken = languages(PEOPLE, seed=1)
    chosen = Counter(contact.language_chosen for contact in year)
    assert 0.08 < chosen["cy"] / len(year) < 0.14
    for contact in year:
        if contact.person_index is not None:
            assert contact.language_chosen in {"en", spoken[contact.person_index]}
        assert contact.language_served in {"en", contact.language_chosen}
        assert contact.language_offered or contact.language_chosen == "en"


def test_contacts_texts_vary_and_are_filled_in(year):
    narratives = [contact.narrative for contact in year]
    assert 0.3 < sum(not text for text in narratives) / len(year) < 0.5
    assert len(set(narratives)) > 2000
    assert not any("{" in text for contact in year for text in (contact.summary, contact.narrative))


def test_contacts_are_written_in_the_language_served():
    texts = load("texts.json")
    plain = {
        case[0]: language
        for cases in texts["cases"].values()
        for language in ("en", "cy")
        for case in cases[language]
        if "{" not in case[0]
    }
    written = [(c.language_served, plain[c.summary]) for c in some(days=60) if c.summary in plain]
    assert {pair for pair in written if "cy" in pair} == {("cy", "cy")}


def test_contacts_about_services_of_another_council():
    topics = [{"code": "market-stall"}, {"code": "market-hours"}]
    found = some(days=30, services=[{"code": "markets", "legal_basis": "public_task", "topics": topics}])
    assert {contact.topic_code for contact in found} == {"market-stall", "market-hours"}
    assert any(contact.narrative for contact in found)


def test_contacts_without_people():
    assert {contact.person_index for contact in some(days=10, count=0)} == {None}


# --- how many, and when -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("customers", "years", "least", "most"), [(150_000, 6, 570_000, 620_000), (2_000, 0.5, 6_000, 8_100)]
)
def test_how_many_gives_some_four_contacts_a_customer(customers, years, least, most):
    days = sum(1 for _day in working_days(dt.date(2020, 11, 23), round(365.25 * years)))
    assert least < days * how_many(customers, years) < most


def test_how_many_stays_between_one_and_four_hundred():
    assert how_many(1, 6) == 1
    assert how_many(1_000_000, 1) == 400
    assert 220 <= how_many(150_000, 6) <= 400


@pytest.mark.parametrize(
    ("year", "days"),
    [  # GOV.UK, UK bank holidays, England and Wales
        (2020, "01-01 04-10 04-13 05-08 05-25 08-31 12-25 12-28"),
        (2021, "01-01 04-02 04-05 05-03 05-31 08-30 12-27 12-28"),
        (2022, "01-03 04-15 04-18 05-02 06-02 06-03 08-29 09-19 12-26 12-27"),
        (2023, "01-02 04-07 04-10 05-01 05-08 05-29 08-28 12-25 12-26"),
        (2024, "01-01 03-29 04-01 05-06 05-27 08-26 12-25 12-26"),
        (2025, "01-01 04-18 04-21 05-05 05-26 08-25 12-25 12-26"),
        (2026, "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28"),
        (2027, "01-01 03-26 03-29 05-03 05-31 08-30 12-27 12-28"),
    ],
)
def test_bank_holidays(year, days):
    assert sorted(bank_holidays(year)) == [dt.date.fromisoformat(f"{year}-{day}") for day in days.split()]


def test_working_days_leave_out_weekends_and_holidays():
    assert list(working_days(dt.date(2024, 12, 24), 10)) == [
        dt.date(2024, 12, 24),
        dt.date(2024, 12, 27),
        dt.date(2024, 12, 30),
        dt.date(2024, 12, 31),
        dt.date(2025, 1, 2),
    ]
