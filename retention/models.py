"""What every retained record has: its due date, the day it is sealed for, and perhaps a hold."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from privacy.dates import london_today
from privacy.policy import Category, Policy
from privacy.sealed import NotSealed, sealed_field_names


class Hold(models.Model):
    """A stop on the purge of records, with the reason and the person who answers for it."""

    class Reason(models.TextChoices):
        LEGAL_CLAIM = "legal_claim", _("Legal claim")
        DISPUTE = "dispute", _("Complaint or dispute")
        POLICE = "police", _("Police request")
        RIGHTS = "rights", _("Open rights request")
        INCIDENT = "incident", _("Incident")

    reason = models.CharField(_("reason"), max_length=20, choices=Reason)
    authority = models.CharField(_("authority"), max_length=200)
    responsible = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("responsible person"), on_delete=models.PROTECT, related_name="holds"
    )
    review_on = models.DateField(_("review date"))
    placed_at = models.DateTimeField(auto_now_add=True)
    released_at = models.DateTimeField(null=True, blank=True)

    data_policy = Policy(
        holds={
            Category.OPERATIONAL: ["reason", "authority", "responsible", "review_on", "placed_at", "released_at"],
        },
        why="Says why records are kept: stays while a record names it. The authority is a reference, not a person.",
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(reason__in=["legal_claim", "dispute", "police", "rights", "incident"]),
                name="hold_reason_known",
            )
        ]

    def __str__(self) -> str:
        return f"hold {self.pk}"


class DueDateField(models.DateField):
    """The London date from whose start the record is gone, computed from its policy whenever it is saved."""

    def pre_save(self, model_instance: Any, add: bool) -> dt.date:
        due: dt.date = model_instance.data_policy.due_on(model_instance)
        setattr(model_instance, self.attname, due)
        return due


class SealDayField(models.DateField):
    """The day whose key seals the record: its due date, or later while a hold keeps it."""

    def pre_save(self, model_instance: Any, add: bool) -> dt.date:
        day: dt.date = model_instance.expires_on
        if model_instance.hold_id is not None and model_instance.sealed_until is not None:
            day = max(day, model_instance.sealed_until)
        setattr(model_instance, self.attname, day)
        return day


class RetainedQuerySet(models.QuerySet[Any]):
    """Which records may be seen, and which are due."""

    def update(self, **fields: Any) -> int:
        """As Django's, but not for sealed fields, whatever expression is given: only a record knows its day."""
        for name in fields.keys() & set(sealed_field_names(self.model)):
            raise NotSealed(f"{self.model._meta.label}.{name} is sealed: save the record instead.")
        return super().update(**fields)

    def current(self) -> Self:
        """The records a screen may show: not yet due, or held."""
        return self.filter(models.Q(expires_on__gt=london_today()) | models.Q(hold__isnull=False))

    def expired(self, on: dt.date) -> Self:
        """The records that are due on the day `on` and not held."""
        return self.filter(expires_on__lte=on, hold__isnull=True)


class Retained(models.Model):
    """The base of every record with a retention period.

    `expires_on` and `sealed_until` come first, so that they are known when the sealed fields after them are saved.
    """

    expires_on = DueDateField(editable=False, db_index=True)
    sealed_until = SealDayField(editable=False)
    hold = models.ForeignKey(
        Hold,
        verbose_name=_("hold"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        db_index=False,
    )

    objects: ClassVar[Any] = RetainedQuerySet.as_manager()

    data_policy: ClassVar[Policy]

    class Meta:
        abstract = True
