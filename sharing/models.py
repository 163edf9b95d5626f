"""The access log: who looked at whom."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex, GinIndex
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from privacy.dates import DueDay
from privacy.policy import Category, Policy, years


class Place(models.TextChoices):
    """The pages on which people are shown."""

    COUNTER = "counter", _("Counter")
    CUSTOMER = "customer", _("Customer")
    NEW = "new", _("New customer")
    CHANGE = "change", _("Change details")
    ENQUIRY = "enquiry", _("Enquiry")
    TODAY = "today", _("Today’s log")
    PENDING = "pending", _("Open enquiries")
    SEARCH = "search", _("Search")
    LIKENESS = "likeness", _("Likeness hint")


class AccessEventQuerySet(models.QuerySet["AccessEvent"]):
    """Which looks."""

    def about(self, record_type: str, record_id: int) -> Self:
        """The looks at one record."""
        return self.filter(record_type=record_type, record_ids__contains=[record_id])


class AccessEvent(models.Model):
    """One look of one member of staff at one record, or at a list of them, with the categories that were shown."""

    at = models.DateTimeField(_("when"), db_default=Now())
    by = models.ForeignKey(settings.AUTH_USER_MODEL, verbose_name=_("who"), on_delete=models.PROTECT, related_name="+")
    record_type = models.CharField(_("kind of record"), max_length=100)
    record_ids = ArrayField(models.BigIntegerField(), verbose_name=_("records"))
    categories = ArrayField(models.CharField(max_length=20), verbose_name=_("categories"))
    place = models.CharField(_("page"), max_length=20, choices=Place)
    expires_on = models.GeneratedField(
        expression=DueDay("at", years=6), output_field=models.DateField(), db_persist=True
    )

    objects = AccessEventQuerySet.as_manager()

    data_policy = Policy(
        holds={Category.OPERATIONAL: ["at", "by", "record_type", "record_ids", "categories", "place"]},
        keep=years(6),
        since="at",
        audited=False,
        why="Shows who looked; holds record numbers and category names only.",
    )

    class Meta:
        verbose_name = _("access log entry")
        constraints = [
            models.CheckConstraint(condition=models.Q(place__in=Place.values), name="access_event_place_known")
        ]
        indexes = [
            models.Index(fields=["-at"], name="access_event_at"),
            GinIndex(fields=["record_ids"], name="access_event_records"),
            BrinIndex(fields=["expires_on"], name="access_event_due", autosummarize=True),
        ]

    def __str__(self) -> str:
        return f"access event {self.pk}"
