"""The forms about holds."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from privacy.dates import london_today, years
from privacy.terms import parse_date
from retention.models import AUTHORITY, Hold
from staff.models import Role, User


class ReviewDateField(forms.CharField):
    """A date typed day first, from tomorrow on and within a year."""

    def clean(self, value: Any) -> dt.date:
        text = super().clean(value)
        day = parse_date(text, nearest=True)
        today = london_today()
        if day is None:
            raise ValidationError(_("Type the date as day, month and year, such as 13/2/2027."))
        if day <= today:
            raise ValidationError(_("The review must be after today."))
        if day > years(1).after(today):
            raise ValidationError(_("A hold is reviewed at least once a year. Choose an earlier date."))
        return day


class _FocusedForm(forms.Form):
    """A form that puts the cursor on the first refused field."""

    use_required_attribute = False

    def focus(self) -> None:
        """Give the first refused field the focus."""
        name = next((name for name in self.fields if name in self.errors), None)
        if name:
            self.fields[name].widget.attrs["autofocus"] = True


class HoldForm(_FocusedForm):
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
        max_length=60,
        error_messages={
            "required": _("Type the reference of the claim, complaint or request."),
            "invalid": _("A reference has a number in it, and else only letters, spaces, / . and -: CLAIM/2026/7."),
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

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people: Any = self.fields["responsible"]
        people.queryset = User.objects.filter(is_active=True, role__in=[Role.GOVERNANCE, Role.MANAGER]).order_by("name")
        people.label_from_instance = lambda user: user.name
        people.empty_label = _("Choose a person")
        for field in self.fields.values():
            field.widget.attrs["autocomplete"] = "off"


class ReviewForm(_FocusedForm):
    """The next review of a hold."""

    review_on = ReviewDateField(
        label=_("Next review"),
        max_length=40,
        error_messages={"required": _("Type the date on which somebody will review this hold.")},
    )
