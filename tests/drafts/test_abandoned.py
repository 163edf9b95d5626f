"""Drafts that nobody comes back to."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.db.models.functions import Now

from drafts import actions
from drafts.models import Draft
from drafts.tasks import discard_abandoned_drafts
from tests.retention.records import hold
from visits.pages import COUNTER

pytestmark = pytest.mark.django_db


def test_abandoned_draft_goes_after_24_hours_and_not_before(adviser):
    old, young, held = (
        actions.save_draft(
            uuid.uuid4(), page=COUNTER.page(), content={"summary": name}, revision=1, writer=uuid.uuid4(), by=adviser
        )
        for name in ("old", "young", "held")
    )
    for draft, hours in ((old, 24), (young, 23), (held, 25)):
        Draft.objects.filter(pk=draft.pk).update(updated_at=Now() - dt.timedelta(hours=hours))
    hold(held, adviser)

    assert discard_abandoned_drafts() == 1

    assert set(Draft.objects.values_list("pk", flat=True)) == {young.pk, held.pk}
    assert discard_abandoned_drafts() == 0
