"""Keeping what is typed."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest

from drafts import actions
from drafts.models import Draft
from tests import factories
from visits.pages import COUNTER

pytestmark = pytest.mark.django_db


def test_save_draft_of_two_tabs_keeps_both(adviser):
    submission = uuid.uuid4()
    first = actions.save_draft(submission, page=COUNTER.page(), content={"summary": "one"}, revision=0, by=adviser)
    actions.save_draft(submission, page=COUNTER.page(), content={"summary": "one, more"}, revision=1, by=adviser)

    behind = actions.save_draft(submission, page=COUNTER.page(), content={"summary": "two"}, revision=1, by=adviser)

    assert behind.submission != first.submission
    assert {draft.content["summary"] for draft in Draft.objects.all()} == {"one, more", "two"}


def test_save_draft_after_it_was_sent_makes_none(adviser):
    enquiry = factories.make_enquiry(by=adviser)

    assert not actions.save_draft(
        enquiry.submission, page=COUNTER.page(), content={"summary": "late"}, revision=3, by=adviser
    )
    assert not Draft.objects.exists()


def test_drafts_are_shown_for_a_day_and_only_to_their_author(adviser):
    actions.save_draft(uuid.uuid4(), page=COUNTER.page(), content={"summary": "x"}, revision=0, by=adviser)
    assert Draft.objects.of(adviser).count() == 1
    assert Draft.objects.of(factories.make_user()).count() == 0

    Draft.objects.update(updated_at=dt.datetime.now(dt.UTC) - dt.timedelta(hours=25))

    assert Draft.objects.of(adviser).count() == 0
