"""A model that exists only here is purged by declaring its policy, and nothing else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db import connection, models

from privacy.dates import days, london_today
from privacy.keyring import keyring
from privacy.policy import Category, Policy
from privacy.sealed import SealedTextField
from retention import actions, relations
from retention.models import Retained

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def clip() -> Iterator[type[models.Model]]:
    """A model with a table, unknown to everything else."""

    class Clip(Retained):
        words = SealedTextField()
        ended_on = models.DateField()

        data_policy = Policy(
            holds={Category.IMAGE: ["words"], Category.OPERATIONAL: ["ended_on"]}, keep=days(14), since="ended_on"
        )

        class Meta:
            app_label = "visits"

        def __str__(self) -> str:
            return f"clip {self.pk}"

    with connection.schema_editor() as editor:
        editor.create_model(Clip)
    _forget()
    yield Clip
    with connection.schema_editor() as editor:
        editor.delete_model(Clip)
    del apps.all_models["visits"]["clip"]
    apps.clear_cache()
    _forget()


def _forget() -> None:
    for known in (relations.purged_models, relations.followers, relations.referrers):
        known.cache_clear()


def test_model_made_here_goes_on_its_day_with_its_key(clip, whole_search):
    today = london_today()
    for ended in (today - dt.timedelta(days=1), today):
        clip.objects.create(words="zyxwclip", ended_on=ended)
    first = today + dt.timedelta(days=13)

    actions.purge(first - dt.timedelta(days=1))
    assert clip.objects.count() == 2

    run = actions.purge(first)

    assert clip.objects.get().ended_on == today
    assert clip.objects.get().words == "zyxwclip"
    assert run.counts.get(record_type="visits.Clip").deleted == 1
    assert keyring().due(first) == []
    assert keyring().due(first + dt.timedelta(days=1)) == [(first + dt.timedelta(days=1), 1)]
