"""The kinds of field that say who somebody is."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from govuk.fields import DateField, TextField, seen
from privacy.dates import london_today
from privacy.terms import DASHES, NINO

OLDEST_BIRTH_YEARS = 125


class DateOfBirthField(DateField):
    """A day of the past on which somebody living can have been born."""

    default_error_messages = {"date": _("Type the date as day, month and year, such as 13/2/1938 or 13 Feb 1938.")}

    def clean(self, value: Any) -> dt.date | None:
        day = super().clean(value)
        if day is not None and day > london_today():
            raise ValidationError(_("A date of birth cannot be in the future. Check the year."))
        if day is not None and day.year < london_today().year - OLDEST_BIRTH_YEARS:
            raise ValidationError(_("This date of birth is more than 125 years ago. Check the year."))
        return day


class EmailField(forms.EmailField):
    """An e-mail address. The browser offers none of another customer's, and does not cut what is pasted."""

    default_error_messages = {
        "invalid": _("An e-mail address looks like name@example.org; leave it empty if unsure."),
    }

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        attrs = super().widget_attrs(widget) | {"autocomplete": "off"}
        attrs.pop("maxlength", None)
        return attrs

    def to_python(self, value: Any) -> Any:
        return super().to_python(seen(value) if isinstance(value, str) else value)


class NinoField(TextField):
    """A National Insurance number that HMRC could have issued (NIM39110), without spaces."""

    def clean(self, value: Any) -> str:
        text = re.sub(r"[\s-]", "", super().clean(value).translate(DASHES)).upper()
        if text and not re.fullmatch(r"[A-Z]{2}[0-9]{6}[A-Z]", text):
            raise ValidationError(
                _("A National Insurance number is two letters, six digits and a letter. Leave it empty if unsure.")
            )
        if text and not NINO.fullmatch(text):
            raise ValidationError(
                _("No National Insurance number has these letters. Ask for it again, or leave it empty.")
            )
        return text
