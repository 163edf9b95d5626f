"""What is done to drafts."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, NamedTuple

from django.db import connection, transaction

from drafts.models import Draft
from drafts.pages import Page
from privacy.dates import database_now
from privacy.locks import lock_until_commit
from privacy.policy import our_models
from privacy.references import SEQUENCE
from retention.canary_makers import CanaryFields, makes_canaries


class Finished(NamedTuple):
    """What `finish_draft` gives: the moment, the number of a new reference, and when the draft was begun."""

    now: dt.datetime
    number: int
    began: dt.datetime


@transaction.atomic(savepoint=False)
def finish_draft(submission: uuid.UUID | None, *, by: Any) -> Finished:
    """Delete the draft that has been sent, and give the moment, a reference's number and the draft's beginning.

    Without a draft it began now. One statement, since an adviser waits for it; all times are the database's.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH ended AS (DELETE FROM drafts_draft WHERE submission = %s AND adviser_id = %s RETURNING started_at)"
            " SELECT statement_timestamp(), nextval(%s), (SELECT started_at FROM ended)",
            [submission, by.pk, SEQUENCE],
        )
        now, number, began = cursor.fetchone()
    return Finished(now, number, began or now)


@transaction.atomic
def begin_draft(page: Page, *, content: dict[str, str], by: Any, began: dt.datetime | None = None) -> Draft:
    """Make a draft of `content` on `page`, begun now or at `began`."""
    times = {"started_at": began} if began else {}
    return Draft.objects.create(submission=uuid.uuid4(), adviser=by, page=str(page), content=content, **times)


@transaction.atomic
def save_draft(submission: uuid.UUID, *, page: Page, content: dict[str, str], revision: int, by: Any) -> Draft | None:
    """Keep what `by` is typing on `page`; None when there is nothing left to keep.

    `revision` is the last one this page was told of. A page that is behind gets a draft of its own, under a new
    submission: two tabs never write over each other.
    """
    lock_until_commit(submission.int >> 65)  # two first saves of one page: the second waits for the first
    draft = Draft.objects.select_for_update().filter(submission=submission, adviser=by).first()
    if draft is not None and draft.revision != revision:
        draft, submission = None, uuid.uuid4()
    if not content:
        if draft is not None:
            draft.delete()
        return None
    if draft is None:
        if _was_sent(submission):
            return None  # sent a moment ago: a late copy of the page must not come back as a draft
        return Draft.objects.create(submission=submission, adviser=by, page=str(page), content=content)
    draft.page, draft.content, draft.updated_at = str(page), content, database_now()
    draft.revision += 1
    draft.save()
    return draft


def _was_sent(submission: uuid.UUID) -> bool:
    """Whether a record of any kind was made by this submission."""
    return any(
        model._default_manager.filter(submission=submission).exists()
        for model in our_models()
        if model is not Draft and any(field.name == "submission" for field in model._meta.concrete_fields)
    )


@transaction.atomic
def discard_draft(submission: uuid.UUID, *, by: Any) -> None:
    """Throw away what `by` was typing."""
    Draft.objects.filter(submission=submission, adviser=by).delete()


@transaction.atomic
def discard_abandoned_drafts() -> int:
    """Delete what nobody has touched for 24 hours; returns how many. What somebody is saving now is passed over."""
    found = Draft.objects.abandoned().select_for_update(skip_locked=True, of=("self",))
    number, _ = Draft.objects.filter(pk__in=list(found.values_list("pk", flat=True))).delete()
    return number


@makes_canaries(Draft)
@transaction.atomic
def make_canary(fields: CanaryFields, by: Any) -> None:
    """Make one canary: a draft."""
    Draft.objects.create(submission=uuid.uuid4(), adviser=by, page="canary", **fields.fill(Draft))
