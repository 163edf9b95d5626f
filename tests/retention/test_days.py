"""Whatever the moment, a record is seen until the day before it is due, never on it, and purged then and not before."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.db import connection, models
from django.db.models import Value
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from privacy.dates import LONDON, DueDay, days, london_date, years
from privacy.sealed import sealed_field_names
from retention.relations import due, is_retained, past, purged_models
from sharing.actions import looking
from tests import factories
from tests.retention.builders import RETAINED, make_hold

pytestmark = pytest.mark.django_db

# Sundays on which the clocks change, leap days and the days beside them, ends of months and years.
EDGES = [
    *(dt.date(2027, 3, 28), dt.date(2027, 10, 31), dt.date(2028, 3, 26), dt.date(2028, 10, 29)),
    *(dt.date(2027, 2, 28), dt.date(2028, 2, 28), dt.date(2028, 2, 29), dt.date(2028, 3, 1), dt.date(2027, 6, 30)),
    *(dt.date(2027, 12, 31), dt.date(2028, 1, 1), dt.date(2030, 2, 28)),
]
# From an hour before midnight UTC to an hour after: London's midnight is one of the two in between.
AROUND_MIDNIGHT = st.integers(-3700, 3700).map(lambda seconds: dt.timedelta(seconds=seconds))
MOMENTS = st.one_of(
    st.builds(
        lambda day, shift: dt.datetime.combine(day, dt.time(), dt.UTC) + shift, st.sampled_from(EDGES), AROUND_MIDNIGHT
    ),
    st.integers(0, 600_000_000).map(
        lambda seconds: dt.datetime(2027, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=seconds)
    ),
)
PROPERTY = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def records(adviser):
    """One record of every kind that has a period."""
    made = {label: build(adviser) for label, build in RETAINED.items()}
    with looking(factories.request_by(adviser, "visits:counter")) as viewer:
        viewer.visible_fields(made["customer"])
    make_hold(adviser)
    return {
        model: made.get(model.data_policy.name) or model._base_manager.order_by("pk").last()
        for model in purged_models()
    }


@pytest.mark.parametrize(
    ("begun", "period", "gone"),
    [
        ("2024-02-29T12:00Z", years(6), "2030-02-28"),
        ("2030-06-30T22:59Z", years(6), "2036-06-30"),
        ("2030-06-30T23:30Z", years(6), "2036-07-01"),
        ("2026-12-31T23:59Z", years(6), "2032-12-31"),
        ("2027-01-01T00:00Z", years(6), "2033-01-01"),
        ("2027-03-28T00:59Z", years(6), "2033-03-28"),
        ("2027-10-30T23:30Z", years(6), "2033-10-31"),
        ("2027-10-31T23:30Z", years(6), "2033-10-31"),
        ("2026-10-20T10:00Z", days(14), "2026-11-03"),
        ("2026-03-20T23:30Z", days(14), "2026-04-03"),
        ("2026-05-20T23:30Z", days(14), "2026-06-04"),
    ],
)
def test_calendar(begun, period, gone):
    """Civil days of London, added and never subtracted; fourteen of them across October are 337 hours."""
    assert period.after(london_date(dt.datetime.fromisoformat(begun))) == dt.date.fromisoformat(gone)


@PROPERTY
@given(moment=MOMENTS, number=st.integers(1, 12))
@example(moment=dt.datetime(2028, 2, 29, 23, 59, tzinfo=dt.UTC), number=6)
@example(moment=dt.datetime(2027, 6, 30, 23, 30, tzinfo=dt.UTC), number=6)
def test_database_and_application_compute_the_same_day(moment, number):
    expression = DueDay(Value(moment, output_field=models.DateTimeField()), years=number)
    statement, parameters = expression.resolve_expression().as_sql(
        models.sql.Query(None).get_compiler(connection=connection), connection
    )
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {statement}", parameters)
        assert cursor.fetchone()[0] == years(number).after(london_date(moment))


@pytest.mark.slow("every model, three days, many moments")
@PROPERTY
@given(moment=MOMENTS)
@example(moment=dt.datetime(2028, 2, 29, 12, tzinfo=dt.UTC))
@example(moment=dt.datetime(2027, 10, 31, 0, 30, tzinfo=dt.UTC))
def test_record_is_seen_before_its_day_and_due_from_it(records, moment):
    assert set(records) == set(purged_models())
    for model, record in records.items():
        gone = begin(record, moment)
        assert gone == model.data_policy.keep.after(london_date(moment))
        for shift in (-1, 0, 1):
            day = gone + dt.timedelta(days=shift)
            over = shift >= 0
            for clock in (dt.time(0, 0), dt.time(23, 59, 59)):
                with time_machine.travel(dt.datetime.combine(day, clock, LONDON), tick=False):
                    if is_retained(model):
                        assert model.objects.current().filter(pk=record.pk).exists() != over
            assert past(model, day).filter(pk=record.pk).exists() == over
            if not over:
                assert not due(model, day).filter(pk=record.pk).exists()


def begin(record, moment) -> dt.date:
    """Let a record's period begin at a moment; gives the day that the database has."""
    model, since = type(record), record.data_policy.since
    is_date = not isinstance(model._meta.get_field(since), models.DateTimeField)
    if is_retained(model):
        setattr(record, since, london_date(moment) if is_date else moment)
        record.started_at = moment  # an enquiry's day must be that of its beginning
        begun = [name for name in (since, "started_at") if any(f.name == name for f in model._meta.concrete_fields)]
        record.save(update_fields=[*begun, "expires_on", "sealed_until", *sealed_field_names(record)])
    else:
        model._base_manager.filter(pk=record.pk).update(**{since: moment})
    return model._base_manager.values_list("expires_on", flat=True).get(pk=record.pk)
