"""What is done to services and topics."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from services.models import Service, Topic


@transaction.atomic
def load_services(services: list[dict[str, Any]]) -> int:
    """Add the services and topics that are not there yet, by code; returns how many were added. Changes none."""
    added = 0
    for entry in services:
        names = {key: entry[key] for key in ("name_en", "name_cy", "legal_basis")}
        service, new = Service.objects.get_or_create(code=entry["code"], defaults=names)
        added += new
        for topic in entry["topics"]:
            defaults = {"name_en": topic["name_en"], "name_cy": topic["name_cy"], "words": " ".join(topic["words"])}
            _, new = Topic.objects.get_or_create(code=topic["code"], defaults=defaults | {"service": service})
            added += new
    return added
