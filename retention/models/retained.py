"""The base of every retained record: its due date, the day it is sealed for, its hold."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, ClassVar, Self

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from privacy.dates import london_today
from privacy.naming import name_of
from privacy.policy import Policy
from privacy.sealed import NotSealed, sealed_field_names
from retention.constraints import FixedSealId
from retention.models.holds import Hold


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
    """Selections of records: those that may be seen, and those that are due."""

    def update(self, **fields: Any) -> int:
        """Django's `update`, refused for sealed fields: what seals them depends on the record. Raises NotSealed."""
        for name in fields.keys() & set(sealed_field_names(self.model)):
            raise NotSealed(f"{name_of(self.model)}.{name} is sealed: save the record instead.")
        return super().update(**fields)

    def living(self) -> Self:
        """The records that are not yet due, or held; canaries too."""
        return self.filter(models.Q(expires_on__gt=london_today()) | models.Q(hold__isnull=False))

    def real(self) -> Self:
        """The records that are no canaries."""
        return self.filter(is_canary=False)

    def current(self) -> Self:
        """The records a screen may show: not yet due, or held, and no canaries."""
        return self.living().real()

    def expired(self, on: dt.date) -> Self:
        """The records that are due on the day `on` and not held."""
        return self.filter(expires_on__lte=on, hold__isnull=True)


class Retained(models.Model):
    """The base of every record with a retention period.

    Saving computes three columns: `DueDateField.pre_save` sets `expires_on` from the policy, `SealDayField.pre_save`
    sets `sealed_until` from that and the hold, and each sealed field after them seals its value for that day, bound to
    `seal_id`. They stand in this order, since Django saves fields in the order of their declaration.

    A model of its own constraints or indexes repeats the base's: `class Meta(Retained.Meta)` with
    `constraints = [*Retained.Meta.constraints, …]`; `manage.py check` finds who forgets.
    """

    expires_on = DueDateField(editable=False, db_index=True)
    sealed_until = SealDayField(editable=False)
    # Of this row alone, and never changed: what its sealed values are bound to.
    seal_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
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
    # A synthetic record that proves the purge (docs/decisions/0011): never shown, counted or held.
    is_canary = models.BooleanField(default=False, db_default=False, editable=False)

    objects: ClassVar[Any] = RetainedQuerySet.as_manager()

    data_policy: ClassVar[Policy]

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=models.Q(sealed_until__gte=models.F("expires_on")), name="%(class)s_sealed_until_due"
            ),
            # What proves the purge must not be kept from it.
            models.CheckConstraint(
                condition=~models.Q(is_canary=True, hold__isnull=False), name="%(class)s_canary_not_held"
            ),
            FixedSealId(name="%(class)s_seal_id"),
        ]
        indexes = [models.Index(fields=["hold"], name="%(class)s_held", condition=models.Q(hold__isnull=False))]

    def __str__(self) -> str:
        """The reference, or kind and number: never a word of what it holds."""
        return str(getattr(self, "reference", "") or f"{name_of(self)} {self.pk}")

    def get_absolute_url(self) -> str:
        """The page `<app>:<pinned name>_detail` of its reference; without one, that of the record it follows."""
        if hasattr(self, "reference"):
            return reverse(f"{self._meta.app_label}:{name_of(self)}_detail", args=[self.reference])
        url: str = getattr(self, self.data_policy.follows).get_absolute_url()
        return url
