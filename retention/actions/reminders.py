"""Mail reminders of the reviews of holds: near ones to who answers for the hold, overdue ones to governance too."""

from __future__ import annotations

import datetime as dt
import logging
import math
import smtplib
import time

from auditlog.context import disable_auditlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from privacy.dates import london_today
from retention.models import Hold
from staff.models import Role, User

logger = logging.getLogger(__name__)

# The mail server answered, and will not have this one; or what stands as an address is none (ValueError). Any other
# failure would meet the next mail as well.
NOT_THIS_ONE = (smtplib.SMTPRecipientsRefused, smtplib.SMTPResponseException, ValueError)


def remind_of_reviews(*, seconds: float = math.inf) -> int:
    """Mail about each hold whose review is due within 14 days, once, or overdue, once a week; returns how many mails.

    They go to the responsible person, overdue ones to all information governance officers as well. May be killed
    anywhere, and run by two at once: a hold is locked, its mail is handed over, and `reminded_at` is committed with the
    lock. Killed between the last two, the next run sends that one mail again: a reminder that comes twice does no harm,
    one that never comes does. Where nobody has an address nothing is sent, nor written down. After `seconds` it stops
    between two holds.
    """
    until, today, sent = time.monotonic() + seconds, london_today(), 0
    for number in list(Hold.objects.to_remind(today).order_by("review_on", "pk").values_list("pk", flat=True)):
        if time.monotonic() >= until:
            break
        try:
            sent += _remind(number, today)
        except (OSError, ValueError) as error:  # OSError: the base of what smtplib raises; its words hold addresses
            logger.error("the reminder of hold %s was not sent: %s", number, type(error).__name__)
            if not isinstance(error, NOT_THIS_ONE):
                break
    return sent


@transaction.atomic
def _remind(number: int, today: dt.date) -> bool:
    """Mail about one hold, unless another run has it locked or it was just reviewed or released; whether it went."""
    # Not a key lock: the records that name the hold are saved and purged meanwhile.
    holds = Hold.objects.to_remind(today).select_related("responsible")
    hold = holds.select_for_update(of=("self",), skip_locked=True, no_key=True).filter(pk=number).first()
    addresses = _addresses(hold) if hold else []
    if hold is None or not addresses:
        return False
    _message(hold, addresses).send()
    hold.reminded_at = timezone.now()
    with disable_auditlog():  # nobody changed the hold
        hold.save(update_fields=["reminded_at"])
    return True


def _addresses(hold: Hold) -> list[str]:
    people = [hold.responsible]
    if hold.is_overdue:
        people += User.objects.filter(role=Role.GOVERNANCE).order_by("pk")
    return list(dict.fromkeys(person.email for person in people if person.is_active and person.email))


def _message(hold: Hold, addresses: list[str]) -> EmailMessage:
    subjects, bodies = [], []
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            subjects.append(_("Review of a hold"))
            bodies.append(render_to_string("retention/review_reminder.txt", {"hold": hold}))
    return EmailMessage(
        subject=" / ".join(subjects),
        body="\n".join(bodies),
        to=addresses,
        headers={"Auto-Submitted": "auto-generated"},  # asks for no out-of-office answers
    )
