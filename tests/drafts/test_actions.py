"""Keeping what is typed."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.core.exceptions import ValidationError
from django.db.models.functions import Now

from drafts import actions
from drafts.models import Draft
from drafts.pages import LONGEST_DRAFT, draft_content
from tests import factories
from visits.forms import EnquiryForm
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


def test_save_draft_after_an_addition_was_sent_makes_none(adviser):
    added = factories.make_amendment(adviser)

    late = actions.save_draft(added.submission, page=COUNTER.page(), content={"text": "late"}, revision=1, by=adviser)

    assert late is None
    assert not Draft.objects.exists()


def test_drafts_are_shown_for_a_day_and_only_to_their_author(adviser):
    actions.save_draft(uuid.uuid4(), page=COUNTER.page(), content={"summary": "x"}, revision=0, by=adviser)
    assert Draft.objects.of(adviser).count() == 1
    assert Draft.objects.of(factories.make_user()).count() == 0

    Draft.objects.update(updated_at=Now() - dt.timedelta(hours=24) + dt.timedelta(seconds=5))
    assert Draft.objects.of(adviser).count() == 1

    Draft.objects.update(updated_at=Now() - dt.timedelta(hours=24))
    assert Draft.objects.of(adviser).count() == 0


def test_draft_of_a_colleague_is_neither_discarded_nor_ended_nor_written_over(adviser):
    mine = factories.make_draft(adviser, content={"summary": "mine"})
    colleague = factories.make_user()

    actions.discard_draft(mine.submission, by=colleague)
    ended = actions.finish_draft(mine.submission, by=colleague)

    assert ended.began == ended.now != mine.started_at
    assert Draft.objects.get().content == {"summary": "mine"}
    actions.discard_draft(mine.submission, by=adviser)
    assert not Draft.objects.exists()


def test_draft_of_the_moment_it_was_begun_ends_with_that(adviser):
    mine = factories.make_draft(adviser)

    assert actions.finish_draft(mine.submission, by=adviser).began == mine.started_at
    assert not Draft.objects.exists()


def test_draft_emptied_is_gone(adviser):
    draft = factories.make_draft(adviser)

    assert actions.save_draft(draft.submission, page=COUNTER.page(), content={}, revision=1, by=adviser) is None
    assert not Draft.objects.exists()


@pytest.mark.parametrize("over", [0, 1])
def test_draft_of_the_longest_length_is_kept_and_no_longer_one(over):
    assert EnquiryForm in COUNTER.forms()
    half = LONGEST_DRAFT // 2
    typed = {"summary": "x" * half, "narrative": "y" * (LONGEST_DRAFT - half + over)}

    if over:
        with pytest.raises(ValidationError, match="too long"):
            draft_content(COUNTER, typed | {"language_offered": "on"})
    else:
        assert draft_content(COUNTER, typed | {"language_offered": "on"}) == typed


def test_longest_draft_holds_what_a_refused_form_can():
    assert LONGEST_DRAFT == 250_000
