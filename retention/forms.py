"""The forms about holds."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from govuk.fields import DateField
from govuk.forms import PlainForm
from privacy.dates import london_today, years
from retention.models import AUTHORITY, Hold
from staff.models import Role, User


class ReviewDateField(DateField):
    """A date typed day first, from tomorrow on and within a year."""

    nearest = True

    def clean(self, value: Any) -> dt.date | None:
        day = super().clean(value)
        today = london_today()
        if day is None:
            return None
        if day <= today:
            raise ValidationError(_("The review must be after today."))
        if day > years(1).after(today):
            raise ValidationError(_("A hold is reviewed at least once a year. Choose an earlier date."))
        return day


class HoldForm(PlainForm):
    """A hold to be placed."""

    reference = forms.CharField(
        label=_("Reference of the record"),
        max_length=40,
        error_messages={"required": _("Type the reference of an enquiry or a customer, such as ENQ-7K3F-22M.")},
    )
    reason = forms.ChoiceField(
        label=_("Reason"),
        choices=[("", _("Choose a reason")), *Hold.Reason.choices],
        error_messages={"required": _("Choose the reason: a hold without one cannot be placed.")},
    )
    authority = forms.RegexField(
        AUTHORITY,
        label=_("Case reference"),
        help_text=_("The reference of the claim, complaint or request. No names."),
        max_length=30,
        error_messages={
            "required": _("Type the reference of the claim, complaint or request."),
            "invalid": _("A reference is letters and numbers joined by / . or -, without spaces: CLAIM/2026/7."),
        },
    )
    responsible = forms.ModelChoiceField(
        label=_("Responsible person"),
        queryset=User.objects.none(),
        error_messages={"required": _("Choose who answers for this hold.")},
    )
    review_on = ReviewDateField(
        label=_("Review date"),
        max_length=40,
        error_messages={"required": _("Type the date on which somebody will review this hold.")},
    )

    def __init__(self, *args: Any, only_reference: bool = False, **kwargs: Any) -> None:
        """With `only_reference` the rest may still be empty or wrong: it is shown as typed."""
        super().__init__(*args, **kwargs)
        self.only_reference = only_reference
        people: Any = self.fields["responsible"]
        people.queryset = User.objects.filter(is_active=True, role__in=[Role.GOVERNANCE, Role.MANAGER]).order_by("name")
        people.label_from_instance = lambda user: user.name
        people.empty_label = _("Choose a person")
        for field in self.fields.values():
            field.widget.attrs["autocomplete"] = "off"

    def full_clean(self) -> None:
        super().full_clean()
        if self.only_reference and self.is_bound:
            for name in [name for name in self.errors if name != "reference"]:
                del self.errors[name]


class ReviewForm(PlainForm):
    """The next review of a hold."""

    review_on = ReviewDateField(
        label=_("Next review"),
        max_length=40,
        error_messages={"required": _("Type the date on which somebody will review this hold.")},
    )
