"""Who has an enquiry open just now."""

from __future__ import annotations

import datetime as dt
from typing import Any, Self

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from privacy.policy import Category, Policy
from staff.models import staff_key

# An open page says so every 30 seconds; one that said nothing for so long was closed.
PRESENT_FOR = dt.timedelta(seconds=75)


class PresenceQuerySet(models.QuerySet["Presence"]):
    """Selections of presences."""

    def on(self, reference: str, *, exclude: Any) -> Self:
        """Those of others than `exclude` who have the enquiry with this reference open."""
        fresh = self.filter(reference=reference, seen_at__gt=Now() - PRESENT_FOR)
        return fresh.exclude(by=exclude).select_related("by").order_by("pk")


class Presence(models.Model):
    """One member of staff who has the page of one enquiry open."""

    reference = models.CharField(max_length=12)
    by = staff_key(db_index=False)
    seen_at = models.DateTimeField(db_default=Now())

    objects = PresenceQuerySet.as_manager()

    data_policy = Policy(
        name="presence",
        holds={Category.OPERATIONAL: ["reference"]},
        audited=False,
        why="Tells colleagues who has an enquiry open; deleted within the hour after its page is closed.",
    )

    class Meta:
        verbose_name = _("open page")
        constraints = [models.UniqueConstraint(fields=["reference", "by"], name="presence_once_a_person")]

    def __str__(self) -> str:
        return f"presence {self.pk}"
