"""The desk's own name, as the settings have it."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language


def desk_name() -> str:
    """What the desk is called in the active language; in English where no language is active."""
    names: dict[str, str] = settings.DESK_NAMES
    return names.get(get_language() or "", names["en-gb"])


def desk(request: HttpRequest) -> dict[str, str]:
    """Context of every page: the desk's name."""
    return {"desk_name": desk_name()}
