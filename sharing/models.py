"""The access log: who looked at whom."""

from __future__ import annotations

from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex, GinIndex
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from privacy.dates import DueDay
from privacy.policy import Category, Policy, years
from staff.models import staff_key


class AccessEventQuerySet(models.QuerySet["AccessEvent"]):
    """Which looks."""

    def about(self, record_type: str, record_id: int) -> Self:
        """The looks at one record."""
        return self.filter(record_type=record_type, record_ids__contains=[record_id])


class AccessEvent(models.Model):
    """One look of one member of staff at one record, or at a list of them, with the categories that were shown."""

    at = models.DateTimeField(_("when"), db_default=Now())
    by = staff_key(_("who"))
    record_type = models.CharField(_("kind of record"), max_length=100)
    record_ids = ArrayField(models.BigIntegerField(), verbose_name=_("records"))
    categories = ArrayField(models.CharField(max_length=20), verbose_name=_("categories"))
    place = models.CharField(_("page"), max_length=60)  # the name of its URL, such as visits:customer_detail
    expires_on = models.GeneratedField(
        expression=DueDay("at", years=6), output_field=models.DateField(), db_persist=True
    )

    objects = AccessEventQuerySet.as_manager()

    data_policy = Policy(
        name="access_event",
        holds={Category.OPERATIONAL: ["record_type", "record_ids", "categories", "place"]},
        keep=years(6),
        since="at",
        audited=False,
        why="Shows who looked; holds record numbers and category names only.",
    )

    class Meta:
        verbose_name = _("access log entry")
        indexes = [
            models.Index(fields=["-at"], name="access_event_at"),
            GinIndex(fields=["record_ids"], name="access_event_records"),
            BrinIndex(fields=["expires_on"], name="access_event_due", autosummarize=True),
        ]

    def __str__(self) -> str:
        return f"access event {self.pk}"
