"""What is done to drafts, and how a page is sent once."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.models import Model
from django.db.models.functions import Now
from django.utils.crypto import salted_hmac

from drafts.models import SENT_KEPT, Draft, Sent
from drafts.pages import Page
from privacy.dates import database_now
from privacy.locks import lock_until_commit
from privacy.naming import name_of
from privacy.references import SEQUENCE
from retention.canary_makers import CanaryFields, makes_canaries

# --- sending ----------------------------------------------------------------------------------------------------------


class SentBefore(Exception):
    """The page was sent before with other words, or by another person, or what came of it was taken back since.

    `record` is what came of it; None where it is no more or another person's.
    """

    def __init__(self, record: Any = None) -> None:
        super().__init__()
        self.record = record


class Sending(NamedTuple):
    """A page being sent: the moment, the number for a new reference, when its draft was begun and last typed in.

    Without a draft it began now.
    """

    now: dt.datetime
    number: int
    began: dt.datetime
    touched: dt.datetime


SEND = """
WITH sent AS (
    INSERT INTO drafts_sent (submission, by_id, digest, record_type) VALUES (%(submission)s, %(by)s, %(digest)s, '')
    ON CONFLICT (submission) DO NOTHING RETURNING id
), fork AS (
    SELECT FROM drafts_draft
    WHERE adviser_id = %(by)s AND submission <> %(submission)s AND root IN (
        SELECT root FROM drafts_draft WHERE submission = %(submission)s UNION SELECT %(submission)s
    ) LIMIT 1
), ended AS (
    DELETE FROM drafts_draft
    WHERE submission = %(submission)s AND adviser_id = %(by)s
    AND EXISTS (SELECT FROM sent) AND NOT EXISTS (SELECT FROM fork)
    RETURNING started_at, updated_at, writer
)
SELECT (SELECT id FROM sent), EXISTS (SELECT FROM fork), statement_timestamp(), nextval(%(sequence)s),
       (SELECT started_at FROM ended), (SELECT updated_at FROM ended), (SELECT writer FROM ended)
"""


def sent_once(action: Callable[..., Any]) -> Callable[..., Any]:
    """Make an action that is called with `submission` and `by` happen once, and end the draft of that submission.

    The action is given a `sending` in place of `submission`. Called again with the same words it does nothing and
    returns the record that came of the first time. Raises SentBefore. One statement before the
    action and one after it, since an adviser waits for them; two that come at once wait for each other.
    """

    @wraps(action)
    @transaction.atomic
    def once(*given: Any, submission: uuid.UUID, by: Any, **details: Any) -> Any:
        digest = _digest(action.__name__, given, details)
        with connection.cursor() as cursor:
            cursor.execute(SEND, {"submission": submission, "by": by.pk, "digest": digest, "sequence": SEQUENCE})
            sent, has_forks, now, number, began, touched, writer = cursor.fetchone()
        if sent is None:
            return _sent_before(submission, digest=digest, by=by)
        if has_forks:
            began, touched, writer = _end_with_forks(submission, by=by)
        sending = Sending(now, number, began or now, touched or now)
        record = action(*given, sending=sending, by=by, **details)
        Sent.objects.filter(pk=sent).update(record_type=name_of(record), record_id=record.pk, writer=writer)
        return record

    return once


def _digest(name: str, given: Any, details: dict[str, Any]) -> bytes:
    def plain(value: Any) -> Any:
        return [name_of(value), value.pk] if isinstance(value, Model) else str(value)

    text = json.dumps([name, given, details], default=plain, sort_keys=True)
    return salted_hmac("drafts.sent", text, algorithm="sha256").digest()


def _sent_before(submission: uuid.UUID, *, digest: bytes, by: Any) -> Any:
    earlier = Sent.objects.get(submission=submission)
    if earlier.by_id != by.pk:
        raise SentBefore
    record = earlier.record()
    if record is None or bytes(earlier.digest) != digest:
        raise SentBefore(record)
    return record


def _end_with_forks(
    submission: uuid.UUID, *, by: Any
) -> tuple[dt.datetime | None, dt.datetime | None, uuid.UUID | None]:
    """Delete the draft that was sent and its forks; what only a fork holds stays a draft, with nothing of the rest.

    Returns when the draft was begun and last typed in, and by which page, if there was one.
    """
    mine = Draft.objects.select_for_update().filter(adviser=by)
    sent = mine.filter(submission=submission).first()
    root = sent.root if sent else submission
    for fork in mine.filter(root=root).exclude(submission=submission):
        left = _without(fork.content, sent.content if sent else {})
        if left:
            fork.content, fork.root = left, fork.submission
            fork.save()
        else:
            fork.delete()
    if sent is None:
        return None, None, None
    sent.delete()
    return sent.started_at, sent.updated_at, sent.writer


def _without(content: dict[str, str], sent: dict[str, str]) -> dict[str, str]:
    """What of `content` was not sent: fields that are the same go, and of longer ones what stands before the rest."""
    left = {}
    for name, text in content.items():
        known = sent.get(name, "")
        rest = text[len(known) :].strip() if known and text.startswith(known) else text
        if rest and text not in known:
            left[name] = rest
    return left


@transaction.atomic
def forget_sent() -> int:
    """Delete what was sent longer than 48 hours ago; returns how many."""
    number, _ = Sent.objects.filter(sent_at__lte=Now() - SENT_KEPT).delete()
    return number


# --- keeping ----------------------------------------------------------------------------------------------------------


@transaction.atomic
def begin_draft(page: Page, *, content: dict[str, str], by: Any, began: dt.datetime | None = None) -> Draft:
    """Make a draft of `content` on `page`, begun now or at `began`."""
    times = {"started_at": began} if began else {}
    submission = uuid.uuid4()
    return Draft.objects.create(
        submission=submission, root=submission, adviser=by, page=str(page), content=content, **times
    )


@transaction.atomic
def save_draft(
    submission: uuid.UUID, *, page: Page, content: dict[str, str], revision: int, writer: uuid.UUID, by: Any
) -> Draft | None:
    """Keep what `by` is typing on `page`; None when there is nothing left to keep.

    `writer` is the opened page, and `revision` one more than the last that it knows of. A page that was opened before
    another one wrote gets a draft of its own, under a new submission: two tabs never write over each other; so does one
    whose submission was sent from another tab. A late copy of what the same page saved or sent changes nothing.
    """
    lock_until_commit(submission.int >> 65)  # two first saves of one page: the second waits for the first
    draft = Draft.objects.select_for_update().filter(submission=submission, adviser=by).first()
    root = submission
    if draft is not None and draft.writer == writer:
        if revision <= draft.revision:
            return draft
    elif draft is not None and revision != draft.revision + 1:
        root, submission, draft = draft.root, uuid.uuid4(), None
    if not content:
        if draft is not None:
            draft.delete()
        return None
    if draft is None:
        sent = Sent.objects.filter(submission=submission).first()
        if sent is not None and sent.writer in (None, writer):
            return None  # sent a moment ago: a late copy of the page must not come back as a draft
        if sent is not None:
            root = submission = uuid.uuid4()
        return Draft.objects.create(
            submission=submission,
            root=root,
            writer=writer,
            adviser=by,
            page=str(page),
            content=content,
            revision=max(revision, 1),
        )
    draft.page, draft.content, draft.updated_at = str(page), content, database_now()
    draft.writer, draft.revision, draft.discarded_at = writer, revision, None
    draft.save()
    return draft


@transaction.atomic
def carry_draft(submission: uuid.UUID, *, to: Page, by: Any) -> Draft | None:
    """Let what `by` typed on one page belong to another; when it was begun stays. None if there is no such draft."""
    draft: Draft | None = Draft.objects.of(by).select_for_update(of=("self",)).filter(submission=submission).first()
    if draft is None:
        return None
    draft.page, draft.updated_at = str(to), database_now()
    draft.save()
    return draft


@transaction.atomic
def discard_draft(submission: uuid.UUID, *, by: Any) -> Draft | None:
    """Put away what `by` was typing, for good after 24 hours; None if there is no such draft."""
    return _mark_discarded(submission, database_now(), by=by)


@transaction.atomic
def restore_draft(submission: uuid.UUID, *, by: Any) -> Draft | None:
    """Bring back what `by` discarded; None if there is no such draft any more."""
    return _mark_discarded(submission, None, by=by)


def _mark_discarded(submission: uuid.UUID, at: dt.datetime | None, *, by: Any) -> Draft | None:
    draft: Draft | None = Draft.objects.select_for_update().filter(submission=submission, adviser=by).first()
    if draft is not None:
        draft.discarded_at = at
        draft.save(update_fields=["discarded_at"])
    return draft


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
