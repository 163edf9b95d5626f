"""Reminders of reviews: to whom and when, what they say, once though two run, and nothing in the logs."""

from __future__ import annotations

import datetime as dt
import logging
import smtplib
import time

import pytest
import time_machine
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection, transaction

from privacy.dates import LONDON, london_today
from retention import actions, tasks
from retention.models import Hold
from staff.models import AuditEntry, Role
from tests import factories
from tests.retention.records import contact, person
from tests.threads import in_threads
from visits.models import Enquiry

pytestmark = pytest.mark.django_db(transaction=True)

TODAY = london_today()


def in_days(number: int, hour: int = 8) -> time_machine.travel:
    """So many days from now, in the morning in London."""
    moment = dt.datetime.combine(TODAY + dt.timedelta(days=number), dt.time(hour), LONDON)
    return time_machine.travel(moment, tick=True)


@pytest.fixture
def manager(db):
    return factories.make_user(Role.MANAGER, name="Manager Mair", email="mair@council.example")


def held(by, *, review: int = 30, record=None, **given):
    """A hold whose review is so many days from now."""
    given = {"reason": "legal_claim", "authority": "CLAIM/7", "responsible": by} | given
    review_on = TODAY + dt.timedelta(days=review)
    return actions.place_hold(record or contact(by), review_on=review_on, by=by, **given)


def receivers() -> list[list[str]]:
    return [message.recipients() for message in mail.outbox]


# --- when -------------------------------------------------------------------------------------------------------------


def test_responsible_person_is_reminded_once_when_the_review_comes_near(manager):
    held(manager, review=30)

    days = []
    for day in (0, 15, 16, 17, 23, 30):
        with in_days(day):
            if actions.remind_of_reviews():
                days.append(day)

    assert days == [16]
    assert receivers() == [["mair@council.example"]]


def test_overdue_review_is_asked_for_once_a_week(manager):
    held(manager, review=30)

    days = []
    for day in range(10, 47):
        with in_days(day):
            if actions.remind_of_reviews():
                days.append(day)

    assert days == [16, 31, 38, 45]


@pytest.mark.parametrize("hour", [0, 23])
def test_week_is_counted_in_london_days(manager, hour):
    placed = held(manager, review=30)
    with in_days(31, hour):
        actions.remind_of_reviews()

    assert Hold.objects.to_remind(placed.review_on + dt.timedelta(days=7)).count() == 0
    assert Hold.objects.to_remind(placed.review_on + dt.timedelta(days=8)).count() == 1


def test_overdue_review_is_told_to_every_active_officer_too(manager):
    officers = [factories.make_user(Role.GOVERNANCE, email=f"officer{n}@council.example") for n in (1, 2)]
    factories.make_user(Role.GOVERNANCE, email="gone@council.example", is_active=False)
    factories.make_user(Role.GOVERNANCE)
    held(manager, review=30)
    held(officers[0], review=30)

    with in_days(20):
        assert actions.remind_of_reviews() == 2
    assert sorted(receivers()) == [["mair@council.example"], ["officer1@council.example"]]

    mail.outbox.clear()
    with in_days(31):
        assert actions.remind_of_reviews() == 2
    assert sorted(receivers()) == [
        ["mair@council.example", "officer1@council.example", "officer2@council.example"],
        ["officer1@council.example", "officer2@council.example"],
    ]


def test_reviewed_hold_is_reminded_of_when_its_next_review_comes_near(manager):
    placed = held(manager, review=10)
    assert actions.remind_of_reviews() == 1

    actions.review_hold(placed, review_on=TODAY + dt.timedelta(days=60), by=manager)
    assert actions.remind_of_reviews() == 0

    with in_days(46):
        assert actions.remind_of_reviews() == 1


def test_released_hold_is_not_reminded_of(manager):
    actions.release_hold(held(manager, review=5), by=manager)

    assert actions.remind_of_reviews() == 0


def test_nothing_is_scheduled_while_the_clocks_may_change(settings):
    schedule = settings.CELERY_BEAT_SCHEDULE["remind-of-reviews"]

    assert schedule["task"] == tasks.remind_of_reviews.name
    assert min(schedule["schedule"].hour) >= 3


def test_task_counts_the_mails(manager):
    held(manager, review=5)

    assert tasks.remind_of_reviews() == 1
    assert tasks.remind_of_reviews() == 0


def test_time_that_is_over_leaves_the_rest_for_later(manager):
    held(manager, review=5)

    assert actions.remind_of_reviews(seconds=0) == 0
    assert actions.remind_of_reviews() == 1


# --- what -------------------------------------------------------------------------------------------------------------


def test_mail_says_reference_reason_and_date_in_welsh_then_english(manager):
    person(manager)
    enquiry = Enquiry.objects.get()
    held(manager, review=5, record=enquiry)

    actions.remind_of_reviews()

    (message,) = mail.outbox
    welsh, english = message.body.split("This hold is to be reviewed soon.")
    assert message.subject == "Adolygu ataliad dileu / Review of a hold"
    for words in (
        f"Cofnod: {enquiry.reference}",
        "Rheswm: Hawliad cyfreithiol",
        "Dyddiad adolygu: ",
        "/retention/holds/",
    ):
        assert words in welsh
    for words in (f"Record: {enquiry.reference}", "Reason: Legal claim", "Review date: ", "/retention/holds/"):
        assert words in english
    assert message.extra_headers["Auto-Submitted"] == "auto-generated"


def test_mail_holds_nothing_personal_and_no_authority(manager):
    customer = person(manager)
    held(manager, review=5, record=customer, authority="POL/719")

    actions.remind_of_reviews()
    with in_days(6):
        actions.remind_of_reviews()

    assert len(mail.outbox) == 2
    for message in mail.outbox:
        text = message.message().as_string() + message.body
        assert customer.reference in text
        assert not [mark for mark in factories.MARKS if mark in text.lower()]
        assert "POL/719" not in text
        assert "Mair" not in message.body
    assert "The review of this hold is overdue." in mail.outbox[1].body


# --- to whom not ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("person", [{"email": ""}, {"email": "left@council.example", "is_active": False}])
def test_person_out_of_reach_is_sent_nothing_and_the_page_says_so(signed_in, whole_search, person):
    officer = factories.make_user(Role.GOVERNANCE, email="officer@council.example")
    placed = held(officer, review=5, responsible=factories.make_user(Role.MANAGER, **person))

    assert actions.remind_of_reviews() == 0

    placed.refresh_from_db()
    assert placed.reminded_at is None
    text = signed_in(officer).get("/retention/holds/").content.decode()
    assert ("no e-mail address" if not person["email"] else "account closed") in text
    with in_days(6):
        assert actions.remind_of_reviews() == 1
    assert receivers() == [["officer@council.example"]]


def test_page_shows_reviews_due_and_overdue_and_the_last_reminder(signed_in, whole_search, manager):
    officer = factories.make_user(Role.GOVERNANCE, name="Officer Owen")
    held(manager, review=5)
    held(manager, review=40)
    actions.remind_of_reviews()

    text = " ".join(signed_in(officer).get("/retention/holds/").content.decode().split())
    assert "<dt>Reviews overdue</dt><dd>0</dd>" in text
    assert "<dt>Reviews due within 14 days</dt><dd>1</dd>" in text
    assert text.count("Due soon") == 1
    assert f'<td data-label="Last reminder">{TODAY.day} {TODAY:%B %Y}</td>' in text
    assert "These have no e-mail address: Officer Owen." in text

    with in_days(6):
        text = signed_in(officer).get("/retention/holds/").content.decode()
        assert "<dt>Reviews overdue</dt><dd>1</dd>" in text
        assert "Due soon" not in text


# --- twice, killed, refused -------------------------------------------------------------------------------------------


class Slow(EmailBackend):
    """A mail server that takes its time."""

    def send_messages(self, messages):
        time.sleep(0.3)
        return super().send_messages(messages)


class Killed(EmailBackend):
    """The process ends when the mail is away and nothing else is done yet."""

    def send_messages(self, messages):
        super().send_messages(messages)
        raise SystemExit


class Choosy(EmailBackend):
    """A mail server that will not have one address."""

    def send_messages(self, messages):
        if "nobody@council.example" in messages[0].to:
            raise smtplib.SMTPRecipientsRefused({"nobody@council.example": (550, b"zyxw")})
        return super().send_messages(messages)


class Away(EmailBackend):
    """A mail server that is not there; counts who asks."""

    asked = 0

    def send_messages(self, messages):
        Away.asked += 1
        raise ConnectionRefusedError("officer@council.example")


def use(settings, backend):
    settings.EMAIL_BACKEND = f"{__name__}.{backend.__name__}"


def test_two_runs_at_once_send_one_mail_a_hold(manager, settings):
    use(settings, Slow)
    for _ in range(3):
        held(manager, review=5)
    sent = []

    in_threads(*[lambda: sent.append(actions.remind_of_reviews())] * 3)

    assert sum(sent) == len(mail.outbox) == 3
    assert actions.remind_of_reviews() == 0


def test_hold_that_somebody_is_reviewing_is_passed_over(manager):
    placed = held(manager, review=5)

    with transaction.atomic():
        Hold.objects.select_for_update().get(pk=placed.pk)
        in_threads(actions.remind_of_reviews)
        assert mail.outbox == []

    assert actions.remind_of_reviews() == 1


def test_reminding_keeps_no_record_from_being_saved_under_the_hold(manager, settings):
    """Saving a record that names the hold takes a key lock on it: it must not wait for a mail server."""
    use(settings, Slow)
    placed = held(manager, review=5)
    waited = []

    def name_the_hold():
        time.sleep(0.1)
        began = time.monotonic()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM retention_hold WHERE id = %s FOR KEY SHARE", [placed.pk])
        waited.append(time.monotonic() - began)

    in_threads(actions.remind_of_reviews, name_the_hold)

    assert len(mail.outbox) == 1
    assert waited[0] < 0.15


def test_killed_between_mail_and_record_sends_that_one_again_and_no_other(manager, settings):
    first, second = held(manager, review=4), held(manager, review=5)
    use(settings, Killed)
    with pytest.raises(SystemExit):
        actions.remind_of_reviews()
    use(settings, EmailBackend)

    assert actions.remind_of_reviews() == 2

    bodies = [message.body for message in mail.outbox]
    assert [sum(hold.record in body for body in bodies) for hold in (first, second)] == [2, 1]


def test_mail_that_is_refused_holds_no_other_up_and_is_tried_again(manager, settings, caplog):
    use(settings, Choosy)
    refused = held(manager, review=4, responsible=factories.make_user(email="nobody@council.example"))
    held(manager, review=5)

    assert actions.remind_of_reviews() == 1
    assert receivers() == [["mair@council.example"]]
    assert f"the reminder of hold {refused.pk} was not sent: SMTPRecipientsRefused" in caplog.text

    use(settings, EmailBackend)
    assert actions.remind_of_reviews() == 1


def test_address_that_is_none_holds_no_other_up(manager, caplog):
    address = "mair@council.example\nBcc: zyxw@council.example"
    wrong = held(manager, review=4, responsible=factories.make_user(email=address))
    held(manager, review=5)

    assert actions.remind_of_reviews() == 1
    assert receivers() == [["mair@council.example"]]
    assert f"the reminder of hold {wrong.pk} was not sent" in caplog.text
    assert "council.example" not in caplog.text


def test_mail_server_that_is_away_is_asked_once_a_run(manager, settings, caplog):
    use(settings, Away)
    Away.asked = 0
    placed = [held(manager, review=4), held(manager, review=5)]

    assert actions.remind_of_reviews() == 0

    assert Away.asked == 1
    assert {Hold.objects.get(pk=hold.pk).reminded_at for hold in placed} == {None}


@pytest.mark.parametrize("backend", [EmailBackend, Choosy, Away])
def test_logs_hold_no_address_and_no_reference(manager, settings, caplog, backend):
    caplog.set_level(logging.DEBUG)
    use(settings, backend)
    placed = held(manager, review=4, responsible=factories.make_user(email="nobody@council.example"))
    caplog.clear()

    actions.remind_of_reviews()

    assert "council.example" not in caplog.text
    assert "zyxw" not in caplog.text
    assert placed.record not in caplog.text


def test_reminding_is_no_change_of_the_hold_in_the_audit(manager):
    held(manager, review=5)
    before = AuditEntry.objects.count()

    actions.remind_of_reviews()

    assert AuditEntry.objects.count() == before
