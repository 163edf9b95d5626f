"""Holds: why records stay past their day, and who answers for it."""

from __future__ import annotations

import datetime as dt
from typing import Self

from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models.functions import Now, TruncDate
from django.utils.translation import gettext_lazy as _

from privacy.dates import LONDON, DueDay, london_today
from privacy.policy import Category, Policy, years
from staff.models import staff_key

# A reference: letters and digits in parts joined by / . or -, with a digit among them. It has no room for a sentence, a
# name with an address, a card's number (13 digits or more) or a National Insurance number.
AUTHORITY = (
    r"^(?=.{1,30}$)(?=.*[0-9])(?!(.*[0-9]){13})(?!.*[A-Za-z]{13})(?!.*[A-Za-z]{2}-?[0-9]{2}-?[0-9]{2}-?[0-9]{2}-?[A-Da-d])"
    r"[A-Za-z0-9]+([/.-][A-Za-z0-9]+)*$"
)
# A review is announced so long ahead, and once it is overdue so often.
REMIND_AHEAD = dt.timedelta(days=14)
REMIND_AGAIN = dt.timedelta(days=7)


class HoldQuerySet(models.QuerySet["Hold"]):
    """Selections of holds."""

    def in_force(self) -> Self:
        """Those that were not released."""
        return self.filter(released_at__isnull=True)

    def released(self) -> Self:
        """Those that were released, the last one first, with whoever placed and released them."""
        gone = self.filter(released_at__isnull=False).order_by("-released_at", "-pk")
        return gone.select_related("placed_by", "released_by", "responsible")

    def to_remind(self, today: dt.date) -> Self:
        """Those whose review is near and was not announced, or is overdue and was not asked for within a week."""
        near = models.Q(review_on__lte=today + REMIND_AHEAD, reminded_at__isnull=True)
        overdue = models.Q(review_on__lt=today)
        again = models.Q(reminded_on__lte=models.F("review_on")) | models.Q(reminded_on__lte=today - REMIND_AGAIN)
        return self.in_force().alias(reminded_on=TruncDate("reminded_at", tzinfo=LONDON)).filter(near | overdue & again)


class Hold(models.Model):
    """A stop on the purge of a record and what is kept with it, with the person who answers for it."""

    class Reason(models.TextChoices):
        LEGAL_CLAIM = "legal_claim", _("Legal claim")
        DISPUTE = "dispute", _("Complaint or dispute")
        POLICE = "police", _("Police request")
        RIGHTS = "rights", _("Data rights request not yet closed")
        INCIDENT = "incident", _("Incident")

    identity = models.UUIDField(db_default=RandomUUID(), unique=True, editable=False)
    record_type = models.CharField(max_length=100, default="", editable=False)
    record_id = models.BigIntegerField(default=0, editable=False)
    record = models.CharField(_("record"), max_length=40, default="", editable=False)
    reason = models.CharField(_("reason"), max_length=20, choices=Reason)
    authority = models.CharField(_("case reference"), max_length=30)
    responsible = staff_key(_("responsible person"), related_name="holds", editable=True)
    review_on = models.DateField(_("review date"))
    placed_at = models.DateTimeField(db_default=Now(), editable=False)
    placed_by = staff_key(null=True)
    reviewed_at = models.DateTimeField(db_default=Now(), editable=False)
    reminded_at = models.DateTimeField(null=True, editable=False)
    released_at = models.DateTimeField(null=True, editable=False)
    released_by = staff_key(null=True)

    expires_on = models.GeneratedField(
        expression=DueDay("released_at", years=6), output_field=models.DateField(), db_persist=True
    )

    objects = HoldQuerySet.as_manager()

    data_policy = Policy(
        name="hold",
        holds={
            Category.OPERATIONAL: [
                *("identity", "record_type", "record_id", "record", "reason", "authority", "responsible", "review_on"),
                *("placed_at", "placed_by", "reviewed_at", "reminded_at", "released_at", "released_by"),
            ],
        },
        keep=years(6),
        since="released_at",
        why="Says why records are kept, and why they were. The authority is a reference, not a person.",
    )

    class Meta:
        verbose_name = _("hold")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(reason__in=["legal_claim", "dispute", "police", "rights", "incident"]),
                name="hold_reason_known",
            ),
            models.CheckConstraint(
                condition=models.Q(review_on__lte=DueDay("reviewed_at", years=1)), name="hold_reviewed_within_a_year"
            ),
            models.CheckConstraint(
                condition=models.Q(authority__regex=AUTHORITY), name="hold_authority_is_a_reference"
            ),
            models.UniqueConstraint(
                fields=["record_type", "record_id"],
                condition=models.Q(released_at__isnull=True),
                name="hold_once_while_in_force",
            ),
            # The system releases too, in the name of nobody.
            models.CheckConstraint(
                condition=models.Q(released_at__isnull=False) | models.Q(released_by__isnull=True),
                name="hold_released_by_has_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"hold {self.pk}"

    @property
    def is_overdue(self) -> bool:
        """Whether its review should have been done by now."""
        return self.released_at is None and self.review_on < london_today()

    @property
    def is_review_near(self) -> bool:
        """Whether its review is to be done within the next days, and is not overdue."""
        return self.released_at is None and dt.timedelta(0) <= self.review_on - london_today() <= REMIND_AHEAD
