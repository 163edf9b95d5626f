"""What may enter a log: places and kinds of errors, never the words that caused them."""

from __future__ import annotations

import logging
import re
import sys
from types import TracebackType
from typing import Any

from django.conf import settings
from django.urls import Resolver404, resolve
from django.utils.html import escape
from django.views.debug import ExceptionReporter

from privacy.audit import request_id

REFERENCE = re.compile(r"\b(CUS|ENQ)-[2-9A-Z]{4}-[2-9A-Z]{3}\b", re.IGNORECASE)
PLACES = 6


class Wordless(logging.Filter):
    """Takes values out of a record: an exception keeps its kind and place, a path its pattern."""

    def filter(self, record: logging.LogRecord) -> bool:
        # Django logs an answer when the request is over, and names the request.
        record.cid = getattr(getattr(record, "request", None), "correlation_id", "") or request_id() or "-"
        refused = sys.exc_info()[0]
        if record.name.startswith("gunicorn") and not record.args and refused is not None:
            # gunicorn writes what it could not read into its message.
            record.msg = f"request refused: {refused.__name__}"
            record.exc_info = record.exc_text = None
        elif record.exc_info:
            kind, _, traceback = sys.exc_info() if record.exc_info is True else record.exc_info
            record.msg = f"{kind.__name__ if kind else 'error'} at {_places(traceback)}"
            record.args = ()
            record.exc_info = record.exc_text = None
        elif record.name == "django.security.csrf" and isinstance(record.args, tuple):
            # "Origin checking failed - https://…": what came with the request is not told.
            record.args = tuple(_wordless(str(value).partition(" - ")[0]) for value in record.args)
        elif isinstance(record.args, tuple):
            record.args = tuple(_wordless(value) for value in record.args)
        elif isinstance(record.args, dict):
            record.args = {name: _wordless(value) for name, value in record.args.items()}
        return True


def _places(traceback: TracebackType | None) -> str:
    """Where it happened, innermost first: the last place of all, and the last ones in our own code."""
    places = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        ours = code.co_filename.startswith(str(settings.BASE_DIR)) and "site-packages" not in code.co_filename
        places.append((ours, f"{code.co_filename.rpartition('/')[2]}:{traceback.tb_lineno} {code.co_name}"))
        traceback = traceback.tb_next
    places.reverse()
    return " < ".join(place for at, (ours, place) in enumerate(places) if ours or at < PLACES)


def _wordless(value: Any) -> Any:
    """A path becomes the pattern it fits, an exception its kind; other text loses queries and references."""
    if isinstance(value, BaseException):
        return type(value).__name__
    if not isinstance(value, str):
        return value
    path = value.partition("?")[0]
    if path.startswith("/"):
        try:
            return "/" + resolve(path).route
        except Resolver404:
            return "(no such page)"
    return REFERENCE.sub(r"\1", path)


class Reporter(ExceptionReporter):
    """An error report of kind and place only: no value, no request, whatever the settings say."""

    def get_traceback_html(self) -> str:
        return f"<!doctype html><title>Error</title><pre>{escape(self.get_traceback_text())}</pre>"

    def get_traceback_text(self) -> str:
        kind = self.exc_type.__name__ if self.exc_type else "error"
        return f"{kind} at {_places(self.tb)}"
