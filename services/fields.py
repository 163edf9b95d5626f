"""Choosing a service or a topic."""

from __future__ import annotations

import time
from functools import lru_cache
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.utils import flatatt
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from services.models import Service, Topic

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
            '<option value="" label="–"></option>{}',
            format_html_join("", '<optgroup label="{}">{}{}</optgroup>', groups),
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
