"""A page is sent once, whatever comes of it."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.db.models.functions import Now

from drafts.actions import SentBefore
from drafts.models import Sent
from drafts.tasks import forget_sent
from privacy.policy import our_models
from retention.models import Retained
from tests import factories
from tests.races import race

KINDS = factories.SENDINGS


def counts() -> dict[str, int]:
    """How many records of each kind there are."""
    return {model._meta.label: model._default_manager.count() for model in our_models() if issubclass(model, Retained)}


@pytest.mark.django_db
@pytest.mark.parametrize("kind", KINDS)
def test_page_sent_twice_answers_as_the_first_time(adviser, kind):
    submission, send = uuid.uuid4(), factories.sending(kind, by=adviser)
    first = send(submission)
    made = counts()

    assert send(submission) == first
    assert counts() == made


@pytest.mark.django_db
@pytest.mark.parametrize("kind", KINDS)
def test_page_of_another_is_refused(adviser, kind):
    submission = uuid.uuid4()
    factories.sending(kind, by=factories.make_user())(submission)

    with pytest.raises(SentBefore):
        factories.sending(kind, by=adviser)(submission)


@pytest.mark.django_db
def test_page_sent_again_for_another_record_is_refused(adviser):
    submission = uuid.uuid4()
    first = factories.sending("added", by=adviser)(submission)

    with pytest.raises(SentBefore) as refused:
        factories.sending("added", by=adviser)(submission)
    assert refused.value.record == first


@pytest.mark.django_db
def test_page_sent_again_after_its_record_was_taken_back_is_refused(adviser):
    submission, send = uuid.uuid4(), factories.sending("logged", by=adviser)
    factories.sending_undo(send(submission), by=adviser)(uuid.uuid4())

    with pytest.raises(SentBefore) as refused:
        send(submission)
    assert refused.value.record is None


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", KINDS)
def test_page_sent_twice_at_once_is_sent_once(adviser, kind):
    submission, send = uuid.uuid4(), factories.sending(kind, by=adviser)

    first, second, waited = race(lambda: send(submission), lambda: send(submission))

    assert waited
    assert first == second
    assert Sent.objects.get(submission=submission).record() == first


@pytest.mark.django_db
def test_refused_action_has_sent_nothing(adviser):
    closed = factories.make_enquiry(by=adviser)
    draft = factories.make_draft(adviser)

    with pytest.raises(Exception):  # noqa: B017, PT011 - whatever it is, nothing is written
        factories.close(closed, submission=draft.submission, by=adviser)

    assert not Sent.objects.filter(submission=draft.submission).exists()
    draft.refresh_from_db()


@pytest.mark.django_db
def test_what_was_sent_is_forgotten_after_48_hours_and_not_before(adviser):
    for hours in (48, 47):
        sent = uuid.uuid4()
        factories.make_enquiry(by=adviser, submission=sent)
        Sent.objects.filter(submission=sent).update(sent_at=Now() - dt.timedelta(hours=hours))

    assert forget_sent() == 1
    assert Sent.objects.count() == 1


@pytest.mark.django_db
def test_no_word_stands_in_what_is_known_of_a_sent_page(adviser):
    factories.make_enquiry(by=adviser, narrative="zyxwnarrative")

    row = Sent.objects.get()

    assert len(bytes(row.digest)) == 32
    assert "zyxw" not in repr(vars(row)) + str(row)
