"""Promises to call somebody back."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from privacy.constraints import one_of
from privacy.dates import london_today
from privacy.policy import Category, Policy, years
from privacy.references import ReferenceField
from privacy.sealed import SealedTextField
from retention.models import Retained
from staff.models import staff_key
from visits.models.customers import Customer


class CallbackState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    DONE = "done", _("Done")


class Callback(Retained):
    """A promise to call a customer back."""

    reference = ReferenceField("CAL")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="callbacks", editable=False)
    phone = SealedTextField(_("telephone"), max_length=30)
    note = SealedTextField(_("note"), max_length=2_000, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=CallbackState, default=CallbackState.WAITING)
    promised_on = models.DateField(default=london_today, editable=False)
    promised_by = staff_key()

    data_policy = Policy(
        name="callback",
        holds={Category.CONTACT: ["phone"], Category.NARRATIVE: ["note"], Category.OPERATIONAL: ["state"]},
        keep=years(6),
        since="promised_on",
        subject="customer",
        why="What was promised to whom; six years from the day of the promise.",
    )

    class Meta(Retained.Meta):
        verbose_name = _("callback")
        constraints = [*Retained.Meta.constraints, *one_of(state=CallbackState)]
