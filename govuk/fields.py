"""Fields of all forms: text that can be seen, dates, telephone numbers, postcodes."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from privacy.terms import DASHES, UNSEEN, parse_date, phone_digits

# GOV.UK's published pattern for a postcode, with the space put right.
POSTCODE = re.compile(r"^([A-Z]{1,2}[0-9][A-Z0-9]?)\s*([0-9][A-Z]{2})$")
PHONE = re.compile(r"^\+?[\d\s().-]+(\s?(x|ext\.?)\s?\d{1,6})?$", re.IGNORECASE)
# What nobody types on purpose: controls, and marks that turn the direction of the text around them.
INVISIBLE = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ufff9-\ufffb]")
LINE_ENDS = re.compile(r"\r\n|[\r\x0b\x0c\x85\u2028\u2029]")


def seen(text: str) -> str:
    """Text in NFC without what nobody sees, its lines ended alike."""
    return LINE_ENDS.sub("\n", UNSEEN.sub("", unicodedata.normalize("NFC", text)))


class TextField(forms.CharField):
    """Text in NFC, its lines ended alike, without what has no width; controls are refused, with words to act on."""

    def to_python(self, value: Any) -> Any:
        text = seen(value) if isinstance(value, str) else value
        if not isinstance(self.widget, forms.Textarea) and isinstance(text, str):
            text = text.replace("\n", " ")
        return super().to_python(text)

    @property
    def counts_down(self) -> bool:
        """Whether the page says how much room is left."""
        return self.max_length is not None

    def get_bound_field(self, form: Any, field_name: str) -> Any:
        bound = super().get_bound_field(form, field_name)
        if self.counts_down and bound.auto_id:
            self.widget.attrs["data-limit-note"] = f"{bound.auto_id}_limit"
        return bound

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        # The browser of a shared desk must not offer one customer's words to the next, and must not cut what is pasted
        # without a word: too long a text is refused, and kept.
        attrs = super().widget_attrs(widget) | {"autocomplete": "off", "dir": "auto"}
        attrs.pop("maxlength", None)
        return attrs

    def run_validators(self, value: Any) -> None:
        if value and INVISIBLE.search(value):
            raise ValidationError(
                _("This contains characters that cannot be seen, perhaps copied from elsewhere. Type it again."),
                code="invisible",
            )
        super().run_validators(value)


class DateField(TextField):
    """A date in one of the usual spellings, day first."""

    # A year of two digits: the past, as for a birth, or the nearest such year.
    nearest = False
    default_error_messages = {"date": _("Type the date as day, month and year, such as 13/2/2027.")}

    def clean(self, value: Any) -> dt.date | None:
        text = super().clean(value)
        if not text:
            return None
        day = parse_date(text, nearest=self.nearest)
        if day is None:
            raise ValidationError(self.error_messages["date"], code="date")
        return day

    def prepare_value(self, value: Any) -> Any:
        return value.strftime("%d/%m/%Y") if isinstance(value, dt.date) else value


class PostcodeField(TextField):
    """A United Kingdom postcode, with its space."""

    def clean(self, value: Any) -> str:
        text = super().clean(value).upper()
        if not text:
            return ""
        match = POSTCODE.match(text)
        if not match:
            raise ValidationError(
                _("This is not a possible postcode. It looks like LL11 1AY; leave it empty if unsure.")
            )
        return f"{match[1]} {match[2]}"


class PhoneField(TextField):
    """A telephone number, kept as typed."""

    def clean(self, value: Any) -> str:
        text: str = " ".join(super().clean(value).translate(DASHES).split())
        if text and not (PHONE.match(text) and 6 <= len(phone_digits(text)) <= 20):
            raise ValidationError(_("A telephone number has at least six digits and no letters, such as 01978 292000."))
        return text
