"""The kinds of field at the desk: text that can be seen, numbers that can exist, services that are in use."""

from __future__ import annotations

import datetime as dt
import re
import time
import unicodedata
from functools import lru_cache
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.utils import flatatt
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from privacy.dates import london_today
from privacy.terms import NINO, parse_date, phone_digits
from visits.models import Service, Topic

OLDEST_BIRTH_YEARS = 125
# GOV.UK's published pattern for a postcode, with the space put right.
POSTCODE = re.compile(r"^([A-Z]{1,2}[0-9][A-Z0-9]?)\s*([0-9][A-Z]{2})$")
PHONE = re.compile(r"^\+?[\d\s().-]+(\s?(x|ext\.?)\s?\d{1,6})?$", re.IGNORECASE)
# What nobody types on purpose: controls, and marks that turn the direction of the text around them.
INVISIBLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufff9-\ufffb]")


class TextField(forms.CharField):
    """Text in NFC, its lines ended alike; characters that cannot be seen are refused, with words to act on."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n") if text else text

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


class DateOfBirthField(TextField):
    """A date in one of the usual spellings, day first."""

    def clean(self, value: Any) -> dt.date | None:
        text = super().clean(value)
        if not text:
            return None
        day = parse_date(text)
        if day is None:
            raise ValidationError(_("Type the date as day, month and year, such as 13/2/1938 or 13 Feb 1938."))
        if day > london_today():
            raise ValidationError(_("A date of birth cannot be in the future. Check the year."))
        if day.year < london_today().year - OLDEST_BIRTH_YEARS:
            raise ValidationError(_("This date of birth is more than 125 years ago. Check the year."))
        return day

    def prepare_value(self, value: Any) -> Any:
        return value.strftime("%d/%m/%Y") if isinstance(value, dt.date) else value


class NinoField(TextField):
    """A National Insurance number that HMRC could have issued (NIM39110), without spaces."""

    def clean(self, value: Any) -> str:
        text = re.sub(r"[\s-]", "", super().clean(value)).upper()
        if text and not (NINO.fullmatch(text) and len(text) == 9):
            raise ValidationError(_("This is not a possible National Insurance number. It looks like QQ 12 34 56 C."))
        return text


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
        text: str = " ".join(super().clean(value).split())
        if text and not (PHONE.match(text) and 6 <= len(phone_digits(text)) <= 20):
            raise ValidationError(_("A telephone number has at least six digits and no letters, such as 01978 292000."))
        return text


# --- services ---------------------------------------------------------------------------------------------------------

# How long the list of services may be behind what an administrator changed, in seconds.
CATALOGUE_SECONDS = 30


def catalogue() -> dict[Service, list[Topic]]:
    """The services in use with their topics. Every page shows them and every enquiry names one: asked for rarely."""
    return _catalogue(_moment())


def _moment() -> int:
    return int(time.monotonic() // CATALOGUE_SECONDS)


@lru_cache(maxsize=1)
def _catalogue(moment: int) -> dict[Service, list[Topic]]:
    services = {service.pk: service for service in Service.objects.filter(is_active=True).order_by("pk")}
    topics: dict[Service, list[Topic]] = {service: [] for service in services.values()}
    for topic in Topic.objects.filter(is_active=True, service__in=services).order_by("pk"):
        topics[services[topic.service_id]].append(topic)
    return topics


class ServiceSelect(forms.Widget):
    """A select of services. Its options are made once for each language, not for each page: they are many."""

    def format_value(self, value: Any) -> str:
        return "" if value is None else str(value)

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        chosen = f'value="{escape(self.format_value(value))}"'
        options = self.options(get_language() or "", _moment())
        return format_html(
            '<select class="govuk-select" name="{}"{}>{}</select>',
            name,
            flatatt(self.build_attrs(self.attrs, attrs)),
            mark_safe(options.replace(chosen, f"{chosen} selected", 1)),  # noqa: S308 - both were escaped
        )

    @staticmethod
    @lru_cache(maxsize=4)
    def options(language: str, moment: int) -> SafeString:
        """The options as HTML in the current language."""
        services = [("", _("The service it is about")), *((service.code, service.name) for service in catalogue())]
        return format_html_join("", '<option value="{}">{}</option>', services)


class AboutSelect(ServiceSelect):
    """A select of services and topics that `type-ahead.js` turns into a type-ahead, by the words each is known by."""

    @staticmethod
    @lru_cache(maxsize=4)
    def options(language: str, moment: int) -> SafeString:
        """The options as HTML in the current language, a group for each service."""
        option = '<option value="{}" data-words="{}">{}</option>'
        groups = [
            (
                service.name,
                format_html(option, f"s:{service.code}", service.other_name, service.name),
                format_html_join(
                    "",
                    option,
                    (
                        (f"t:{topic.code}", f"{topic.other_name} {topic.words}", f"{service.name}: {topic.name}")
                        for topic in topics
                    ),
                ),
            )
            for service, topics in catalogue().items()
        ]
        return format_html(
            '<option value=""></option>{}', format_html_join("", '<optgroup label="{}">{}{}</optgroup>', groups)
        )


class AboutField(forms.Field):
    """What an enquiry is about: cleans to (service, topic or None)."""

    widget = AboutSelect
    default_error_messages = {
        "required": _("Choose a service or a topic: type its first letters."),
        "unknown": _("There is no such service. Type its first letters and choose from the list."),
    }

    def to_python(self, value: Any) -> tuple[Service, Topic | None] | None:
        if not value:
            return None
        for service, topics in catalogue().items():
            if value == f"s:{service.code}":
                return service, None
            for topic in topics:
                if value == f"t:{topic.code}":
                    return service, topic
        raise ValidationError(self.error_messages["unknown"], code="unknown")


class ServiceField(forms.Field):
    """A service by its code: cleans to the Service, or None."""

    widget = ServiceSelect

    def to_python(self, value: Any) -> Service | None:
        if not value:
            return None
        service = next((service for service in catalogue() if service.code == value), None)
        if service is None:
            raise ValidationError(_("There is no such service. Choose one from the list."), code="unknown")
        return service


def forget_catalogue() -> None:
    """Ask for the services anew. Processes do so by themselves within CATALOGUE_SECONDS."""
    _catalogue.cache_clear()
    ServiceSelect.options.cache_clear()
    AboutSelect.options.cache_clear()
