"""Keeping what is typed."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db.models.functions import Now

from drafts import actions
from drafts.models import Draft
from drafts.pages import LONGEST_DRAFT, draft_content
from tests import factories
from visits.forms import EnquiryForm
from visits.pages import COUNTER, CUSTOMER

pytestmark = pytest.mark.django_db


class Tab:
    """An opened page: what it saves, with the submission and the revision that it knows of."""

    def __init__(self, by: Any, draft: Draft | None = None) -> None:
        self.by, self.writer = by, uuid.uuid4()
        self.submission = draft.submission if draft else uuid.uuid4()
        self.revision = draft.revision if draft else 0

    def save(self, *, revision: int | None = None, **content: str) -> Draft | None:
        saved = actions.save_draft(
            self.submission,
            page=COUNTER.page(),
            content=content,
            revision=revision or self.revision + 1,
            writer=self.writer,
            by=self.by,
        )
        if saved is not None:
            self.submission, self.revision = saved.submission, saved.revision
        return saved


def kept() -> set[str]:
    return {draft.content["summary"] for draft in Draft.objects.all()}


def test_save_draft_of_two_tabs_keeps_both(adviser):
    first = Tab(adviser)
    begun = first.save(summary="one")
    second = Tab(adviser, begun)
    first.save(summary="one, more")

    behind = second.save(summary="two")

    assert behind.submission != first.submission
    assert behind.root == first.submission
    assert kept() == {"one, more", "two"}


def test_page_opened_from_the_newest_draft_goes_on_with_it(adviser):
    begun = Tab(adviser).save(summary="one")

    Tab(adviser, begun).save(summary="one, more")

    assert kept() == {"one, more"}
    assert Draft.objects.get().submission == begun.submission


def test_page_whose_answer_was_lost_goes_on_with_its_own_draft(adviser):
    """It was saved as the first revision, and the page never heard of it."""
    tab = Tab(adviser)
    tab.save(summary="one")
    tab.revision = 0

    tab.save(summary="one, mo", revision=2)

    assert kept() == {"one, mo"}


def test_late_copy_of_what_a_page_saved_before_changes_nothing(adviser):
    tab = Tab(adviser)
    tab.save(summary="one")
    tab.save(summary="one, more")

    late = tab.save(summary="one", revision=1)

    assert late.revision == 2
    assert kept() == {"one, more"}


def log(tab: Tab, **words: str) -> Any:
    return factories.make_enquiry(by=tab.by, submission=tab.submission, **words)


def test_logging_ends_the_forks_of_what_was_logged(adviser):
    first = Tab(adviser)
    behind = Tab(adviser, first.save(summary="one"))
    first.save(summary="one, more")
    behind.save(summary="one")

    log(first, summary="one, more")

    assert not Draft.objects.exists()


def test_logging_leaves_what_only_a_fork_holds_and_nothing_else_of_it(adviser):
    first = Tab(adviser)
    behind = Tab(adviser, first.save(summary="one"))
    first.save(summary="one", narrative="said")
    behind.save(summary="one, and two", narrative="said", caller_name="Eve")

    log(first, summary="one")

    left = Draft.objects.get()
    assert left.content == {"summary": ", and two", "caller_name": "Eve"}
    assert left.root == left.submission == behind.submission


def test_logging_a_fork_ends_what_it_came_from(adviser):
    first = Tab(adviser)
    behind = Tab(adviser, first.save(summary="one"))
    first.save(summary="one")
    first.save(summary="one,")
    behind.save(summary="one, more")

    log(behind, summary="one, more")

    assert not Draft.objects.exists()


def test_words_of_another_tab_after_its_submission_was_sent_are_kept(adviser):
    first = Tab(adviser)
    second = Tab(adviser, first.save(summary="one"))
    log(first, summary="one")

    kept_on = second.save(summary="one, and later")

    assert kept_on.submission not in (first.submission, None)
    assert kept() == {"one, and later"}


def test_logging_leaves_the_drafts_of_others(adviser):
    other, colleague = Tab(adviser), Tab(factories.make_user())
    other.save(summary="other")
    colleague.save(summary="colleague")

    log(Tab(adviser))

    assert kept() == {"other", "colleague"}


@pytest.mark.parametrize("kind", ["logged", "added", "changed", "closed", "customer"])
def test_save_draft_after_its_page_was_sent_makes_none(adviser, kind):
    tab = Tab(adviser)
    tab.save(summary="sent")
    factories.send(kind, submission=tab.submission, by=adviser)

    assert tab.save(summary="late") is None
    assert not Draft.objects.exists()


def test_drafts_are_shown_for_a_day_and_only_to_their_author(adviser):
    Tab(adviser).save(summary="x")
    assert Draft.objects.of(adviser).count() == 1
    assert Draft.objects.of(factories.make_user()).count() == 0

    Draft.objects.update(updated_at=Now() - dt.timedelta(hours=24) + dt.timedelta(seconds=5))
    assert Draft.objects.of(adviser).count() == 1

    Draft.objects.update(updated_at=Now() - dt.timedelta(hours=24))
    assert Draft.objects.of(adviser).count() == 0


def test_draft_of_a_colleague_is_neither_discarded_nor_ended_nor_written_over(adviser):
    mine = factories.make_draft(adviser, content={"summary": "mine"})
    colleague = factories.make_user()

    assert actions.discard_draft(mine.submission, by=colleague) is None
    assert actions.carry_draft(mine.submission, to=CUSTOMER.page("CUS-2222-222"), by=colleague) is None
    enquiry = factories.make_enquiry(by=colleague, submission=mine.submission)

    assert enquiry.started_at == enquiry.ended_at != mine.started_at
    left = Draft.objects.get()
    assert (left.content, left.page, left.discarded_at) == ({"summary": "mine"}, "counter", None)


def test_discarded_draft_is_out_of_sight_until_it_is_restored_or_typed_in(adviser):
    tab = Tab(adviser)
    tab.save(summary="mine")
    actions.discard_draft(tab.submission, by=adviser)
    assert not Draft.objects.of(adviser).exists()

    actions.restore_draft(tab.submission, by=adviser)
    assert Draft.objects.of(adviser).exists()

    actions.discard_draft(tab.submission, by=adviser)
    tab.save(summary="mine again")
    assert Draft.objects.of(adviser).exists()


def test_carried_draft_keeps_when_it_was_begun(adviser):
    draft = factories.make_draft(adviser, content={"summary": "mine"})
    page = CUSTOMER.page(factories.make_customer(by=adviser).reference)

    actions.carry_draft(draft.submission, to=page, by=adviser)

    carried = Draft.objects.get()
    assert (carried.page, carried.started_at, carried.content) == (str(page), draft.started_at, {"summary": "mine"})


def test_draft_emptied_is_gone(adviser):
    draft = factories.make_draft(adviser)

    assert Tab(adviser, draft).save() is None
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
