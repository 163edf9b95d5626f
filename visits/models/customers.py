"""People who came to the desk."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from privacy.constraints import one_of_or_blank
from privacy.policy import Category, Policy, years
from privacy.references import ReferenceField
from privacy.sealed import SealedDateField, SealedTextField
from retention.models import Retained
from staff.models import staff_key
from visits.models.choices import Language


class Customer(Retained):
    """A person who came to the desk. Nothing about them is compulsory; only the reference is their identity."""

    reference = ReferenceField("CUS")
    family_name = SealedTextField(_("family name"), max_length=100, blank=True)
    given_names = SealedTextField(_("given names"), max_length=100, blank=True)
    born_on = SealedDateField(_("date of birth"), null=True, blank=True)
    national_insurance_number = SealedTextField(_("National Insurance number"), max_length=9, blank=True)
    address = SealedTextField(_("address"), max_length=300, blank=True)
    postcode = SealedTextField(_("postcode"), max_length=8, blank=True)
    phone = SealedTextField(_("telephone"), max_length=30, blank=True)
    other_phone = SealedTextField(_("other telephone"), max_length=30, blank=True)
    email = SealedTextField(_("e-mail"), max_length=254, blank=True)
    language = models.CharField(_("language"), max_length=5, choices=Language, blank=True)
    last_contact_on = models.DateField(editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    created_by = staff_key(db_index=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    CHANGED_AT_THE_DESK = (
        *("family_name", "given_names", "born_on", "national_insurance_number", "address", "postcode"),
        *("phone", "other_phone", "email", "language"),
    )

    data_policy = Policy(
        name="customer",
        holds={
            Category.CONTACT: ["address", "postcode", "phone", "other_phone", "email"],
            Category.IDENTITY: ["family_name", "given_names", "born_on", "national_insurance_number"],
            Category.OPERATIONAL: ["language", "version"],
        },
        shows={Category.IDENTITY: ["name"]},
        search={
            "family_name": "name",
            "given_names": "name",
            "born_on": "date",
            "national_insurance_number": "nino",
            "postcode": "postcode",
            "phone": "phone",
            "other_phone": "phone",
        },
        keep=years(6),
        since="last_contact_on",
        subject="self",
        why="Goes with the last record that needs it: six years from the last day of contact.",
    )

    class Meta(Retained.Meta):
        verbose_name = _("customer")
        constraints = [*Retained.Meta.constraints, *one_of_or_blank(language=Language)]

    @property
    def name(self) -> str:
        """`Jones, Siân`, or what there is of it."""
        return ", ".join(part for part in (self.family_name, self.given_names) if part)

    def in_words(self) -> dict[str, str]:
        """Each field that can be changed at the desk, as text, to compare what two people saw."""
        return {name: in_words(getattr(self, name)) for name in self.CHANGED_AT_THE_DESK}


def in_words(value: Any) -> str:
    """A field's value as text; dates as 1938-02-13, nothing as an empty text."""
    return "" if value is None else str(value)
