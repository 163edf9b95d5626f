"""Guardian: every policy hides its records from the start of their day in London, and not a second before."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine

from privacy.dates import LONDON
from privacy.policy import our_models
from retention.models import Retained
from tests.factories import make_hold
from tests.retention.builders import RETAINED
from tests.rows import set_columns

pytestmark = pytest.mark.django_db

MODELS = [model for model in our_models() if issubclass(model, Retained)]
# Nothing personal, nothing to seal or hold; PostgreSQL computes their day.
LOGS = {"retention.Hold", "staff.AuditEntry", "sharing.AccessEvent"}
DAYS = {
    "winter": dt.date(2032, 1, 15),
    "summer": dt.date(2032, 7, 1),
    "clocks go forward": dt.date(2032, 3, 28),
    "the day after": dt.date(2032, 3, 29),
    "clocks go back": dt.date(2032, 10, 31),
    "leap day": dt.date(2032, 2, 29),
    "new year": dt.date(2033, 1, 1),
}


def each(models=MODELS):
    return pytest.mark.parametrize("model", models, ids=lambda model: model._meta.label)


def due_on(day: dt.date, model, by):
    """A record of `model` that is due on `day`."""
    record = RETAINED[model.data_policy.name](by)
    set_columns(record, expires_on=day, sealed_until=day)
    return record


def start_of(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), tzinfo=LONDON)


def shown(model) -> int:
    return model.objects.current().count()


def test_every_model_with_a_period_is_retained():
    with_period = {m._meta.label for m in our_models() if m.data_policy.keep or m.data_policy.follows}

    assert with_period == {model._meta.label for model in MODELS} | LOGS


@each()
@pytest.mark.parametrize("day", DAYS.values(), ids=DAYS.keys())
def test_record_is_shown_until_midnight_in_london_and_not_after(adviser, model, day):
    due_on(day, model, adviser)
    midnight = start_of(day)

    with time_machine.travel(midnight - dt.timedelta(seconds=1), tick=False):
        assert shown(model) == 1
    with time_machine.travel(midnight, tick=False):
        assert shown(model) == 0
    with time_machine.travel(midnight + dt.timedelta(days=400), tick=False):
        assert shown(model) == 0


@each()
def test_held_record_is_shown_for_as_long_as_it_is_held(adviser, model):
    record = due_on(DAYS["summer"], model, adviser)
    model.objects.filter(pk=record.pk).update(hold=make_hold(adviser))

    with time_machine.travel(start_of(DAYS["summer"]) + dt.timedelta(days=400), tick=False):
        assert shown(model) == 1
        model.objects.filter(pk=record.pk).update(hold=None)
        assert shown(model) == 0


@each()
def test_record_is_due_from_its_day_unless_held(adviser, model):
    day = DAYS["summer"]
    record = due_on(day, model, adviser)

    assert model.objects.expired(day - dt.timedelta(days=1)).count() == 0
    assert [found.pk for found in model.objects.expired(day)] == [record.pk]
    model.objects.filter(pk=record.pk).update(hold=make_hold(adviser))
    assert model.objects.expired(day).count() == 0


@each()
def test_record_is_either_shown_or_due(adviser, model):
    day = DAYS["clocks go back"]
    due_on(day, model, adviser)

    for moment in (start_of(day) - dt.timedelta(seconds=1), start_of(day), start_of(day) + dt.timedelta(hours=25)):
        with time_machine.travel(moment, tick=False):
            today = moment.date()
            assert shown(model) + model.objects.expired(today).count() == 1
