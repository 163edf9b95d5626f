"""The policy: what a field is, when a record goes, and what `manage.py check` refuses."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import models
from django.test.utils import isolate_apps

from privacy.checks import check_policies, policy_errors
from privacy.dates import Period, days, london_date, london_today, years
from privacy.policy import Category, Policy, category_of, our_models
from privacy.sealed import SealedTextField
from visits.models import Customer

LONDON = ZoneInfo("Europe/London")


def found(model) -> list[tuple[str, str]]:
    return [(error.id, error.msg) for error in policy_errors(model)]


# --- checks -----------------------------------------------------------------------------------------------------------


def test_our_own_models_have_no_errors():
    assert check_policies(None) == []
    assert "visits.Customer" in [model._meta.label for model in our_models()]


@isolate_apps("visits")
def test_model_without_a_policy_is_refused():
    class Bare(models.Model):
        class Meta:
            app_label = "visits"

    class Wrong(models.Model):
        data_policy = {"holds": {}}

        class Meta:
            app_label = "visits"

    assert found(Bare) == [("privacy.E001", "visits.Bare has no data_policy.")]
    assert found(Wrong) == [("privacy.E001", "visits.Wrong has no data_policy.")]


@isolate_apps("visits")
def test_field_in_no_category_is_refused():
    class Forgotten(models.Model):
        seen = models.TextField()
        unseen = models.TextField()
        data_policy = Policy("made_up", holds={Category.OPERATIONAL: ["seen"]}, why="made up")

        class Meta:
            app_label = "visits"

    assert found(Forgotten) == [("privacy.E002", "visits.Forgotten.unseen is in no category.")]


@isolate_apps("visits")
def test_inherited_field_in_no_category_is_refused():
    class Base(models.Model):
        inherited = models.TextField()

        class Meta:
            app_label = "visits"
            abstract = True

    class Heir(Base):
        data_policy = Policy("made_up", holds={}, why="made up")

        class Meta:
            app_label = "visits"

    assert found(Heir) == [("privacy.E002", "visits.Heir.inherited is in no category.")]


@isolate_apps("visits")
def test_category_of_a_field_that_is_not_there_is_refused():
    class Renamed(models.Model):
        now = models.TextField()
        data_policy = Policy("made_up", holds={Category.OPERATIONAL: ["now", "before"]}, why="made up")

        class Meta:
            app_label = "visits"

    assert found(Renamed) == [("privacy.E003", "visits.Renamed has no field before.")]


@isolate_apps("visits")
def test_field_in_two_categories_is_refused():
    class Torn(models.Model):
        name = models.TextField()
        data_policy = Policy(
            "made_up", holds={Category.OPERATIONAL: ["name"], Category.IDENTITY: ["name"]}, why="made up"
        )

        class Meta:
            app_label = "visits"

    assert found(Torn) == [("privacy.E004", "visits.Torn.name is in two categories.")]


@isolate_apps("visits")
def test_model_with_neither_period_nor_reason_is_refused():
    class Endless(models.Model):
        data_policy = Policy("made_up", holds={})

        class Meta:
            app_label = "visits"

    class Explained(models.Model):
        data_policy = Policy("made_up", holds={}, why="made up")

        class Meta:
            app_label = "visits"

    assert found(Endless) == [("privacy.E005", "visits.Endless has no period and no why.")]
    assert found(Explained) == []


@isolate_apps("visits")
@pytest.mark.parametrize("period", [{"keep": years(6), "since": "day"}, {"follows": "day"}])
def test_personal_field_with_a_period_must_be_sealed(period):
    class Open(models.Model):
        name = models.TextField()
        note = SealedTextField()
        day = models.DateField()
        expires_on = models.DateField()
        data_policy = Policy(
            "made_up",
            holds={Category.IDENTITY: ["name"], Category.NARRATIVE: ["note"], Category.OPERATIONAL: ["day"]},
            **period,
        )

        class Meta:
            app_label = "visits"

    assert found(Open) == [("privacy.E006", "visits.Open.name is not sealed.")]


@isolate_apps("visits")
def test_model_with_a_period_must_have_a_due_day():
    class Dayless(models.Model):
        at = models.DateTimeField()
        data_policy = Policy("made_up", holds={}, keep=years(6), since="at")

        class Meta:
            app_label = "visits"

    assert found(Dayless) == [("privacy.E008", "visits.Dayless has no expires_on.")]


@isolate_apps("visits")
@pytest.mark.parametrize(
    "wrong", [{"since": "dya"}, {"search": {"nmae": "name"}}, {"shows": {Category.IDENTITY: ["age"]}}]
)
def test_policy_names_only_what_the_model_has(wrong):
    class Misspelt(models.Model):
        day = models.DateField()
        data_policy = Policy("made_up", holds={Category.OPERATIONAL: ["day"]}, why="made up", **wrong)

        class Meta:
            app_label = "visits"

    assert [code for code, _ in found(Misspelt)] == ["privacy.E007"]


@isolate_apps("visits")
def test_complete_policy_is_accepted():
    class Whole(models.Model):
        note = SealedTextField()
        day = models.DateField()
        expires_on = models.DateField()
        data_policy = Policy(
            "made_up", holds={Category.NARRATIVE: ["note"], Category.OPERATIONAL: ["day"]}, keep=days(14), since="day"
        )

        class Meta:
            app_label = "visits"

    assert found(Whole) == []


# --- categories -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "category"),
    [
        ("family_name", Category.IDENTITY),
        ("name", Category.IDENTITY),
        ("phone", Category.CONTACT),
        ("reference", Category.OPERATIONAL),
        ("id", Category.OPERATIONAL),
        ("pk", Category.OPERATIONAL),
        ("expires_on", Category.OPERATIONAL),
        ("enquiries", None),
        ("save", None),
        ("_state", None),
    ],
)
def test_category_of_each_name(name, category):
    assert category_of(Customer, name) == category


def test_personal_fields_are_all_but_the_operational():
    personal = set(Customer.data_policy.personal_fields())

    assert {"family_name", "born_on", "national_insurance_number", "address", "email"} <= personal
    assert not {"reference", "language", "created_at"} & personal


# --- periods ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("period", "start", "due"),
    [
        (years(6), "2026-05-04", "2032-05-04"),
        (years(6), "2024-02-29", "2030-02-28"),
        (years(4), "2024-02-29", "2028-02-29"),
        (years(6), "2026-02-28", "2032-02-28"),
        (years(6), "2026-12-31", "2032-12-31"),
        (years(74), "2026-03-01", "2100-03-01"),
        (years(76), "2024-02-29", "2100-02-28"),
        (days(14), "2026-10-20", "2026-11-03"),
        (days(14), "2026-03-20", "2026-04-03"),
        (days(2), "2026-12-31", "2027-01-02"),
        (days(1), "2024-02-28", "2024-02-29"),
        (days(366), "2024-01-01", "2025-01-01"),
        (Period(years=1, days=1), "2024-02-29", "2025-03-01"),
        (Period(), "2026-05-04", "2026-05-04"),
    ],
)
def test_period_ends_on_the_civil_day(period, start, due):
    assert period.after(dt.date.fromisoformat(start)).isoformat() == due


@pytest.mark.parametrize(
    ("period", "words"),
    [(years(6), "6 years"), (years(1), "1 year"), (days(14), "14 days"), (Period(1, 1), "1 year 1 day")],
)
def test_period_in_words(period, words):
    assert str(period) == words


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-06-30T22:59:59Z", "2026-06-30"),
        ("2026-06-30T23:00:00Z", "2026-07-01"),
        ("2026-06-30T23:30:00Z", "2026-07-01"),
        ("2026-12-31T23:59:59Z", "2026-12-31"),
        ("2027-01-01T00:00:00Z", "2027-01-01"),
        # The night the clocks go forward: 29 March 2026, 01:00 UTC.
        ("2026-03-28T23:59:59Z", "2026-03-28"),
        ("2026-03-29T00:00:00Z", "2026-03-29"),
        ("2026-03-29T22:59:59Z", "2026-03-29"),
        ("2026-03-29T23:00:00Z", "2026-03-30"),
        # The night they go back: 25 October 2026, 01:00 UTC.
        ("2026-10-24T22:59:59Z", "2026-10-24"),
        ("2026-10-24T23:00:00Z", "2026-10-25"),
        ("2026-10-25T23:59:59Z", "2026-10-25"),
        ("2026-10-26T00:00:00Z", "2026-10-26"),
        # As clocks elsewhere write it.
        ("2026-06-30T19:30:00-04:00", "2026-07-01"),
        ("2026-07-01T08:00:00+09:00", "2026-07-01"),
    ],
)
def test_london_date_of_a_moment(moment, day):
    assert london_date(dt.datetime.fromisoformat(moment)).isoformat() == day


@pytest.mark.parametrize(("change", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-07-01", 24)])
def test_london_day_is_as_long_as_its_clock_says(change, hours):
    noon = dt.datetime.fromisoformat(f"{change}T12:00Z")
    moments = [noon + dt.timedelta(minutes=30 * n) for n in range(-60, 60)]

    assert sum(london_date(moment).isoformat() == change for moment in moments) == 2 * hours


def test_today_is_londons_today():
    with time_machine.travel(dt.datetime(2026, 6, 30, 23, 30, tzinfo=dt.UTC), tick=False):
        assert london_today() == dt.date(2026, 7, 1)


# --- due dates --------------------------------------------------------------------------------------------------------


def test_due_date_counts_from_a_day():
    policy = Policy("made_up", holds={}, keep=years(6), since="contact_on")

    assert policy.due_on(SimpleNamespace(contact_on=dt.date(2024, 2, 29))) == dt.date(2030, 2, 28)


def test_due_date_counts_from_the_london_day_of_a_moment():
    policy = Policy("made_up", holds={}, keep=years(6), since="at")
    moment = dt.datetime(2026, 6, 30, 23, 30, tzinfo=dt.UTC)

    assert policy.due_on(SimpleNamespace(at=moment)) == dt.date(2032, 7, 1)
    assert policy.due_on(SimpleNamespace(at=moment.astimezone(LONDON))) == dt.date(2032, 7, 1)


def test_due_date_follows_another_record():
    policy = Policy("made_up", holds={}, follows="owner")

    assert policy.due_on(SimpleNamespace(owner=SimpleNamespace(expires_on=dt.date(2030, 2, 28)))) == dt.date(
        2030, 2, 28
    )
