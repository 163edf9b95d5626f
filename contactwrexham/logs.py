"""What may enter a log: places and kinds of errors, never the words that caused them."""

from __future__ import annotations

import logging
import re
import sys
from typing import Any

from django.views.debug import ExceptionReporter


class Wordless(logging.Filter):
    """Takes values out of a record: an exception keeps its kind and place, a path neither query nor references."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info:
            kind, _, traceback = sys.exc_info() if record.exc_info is True else record.exc_info
            places = []
            while traceback is not None:
                code = traceback.tb_frame.f_code
                places.append(f"{code.co_filename.rpartition('/')[2]}:{traceback.tb_lineno} {code.co_name}")
                traceback = traceback.tb_next
            record.exc_info, record.exc_text = None, None
            record.msg = f"{kind.__name__ if kind else 'error'} at {' < '.join(reversed(places[-6:]))}"
            record.args = ()
        elif isinstance(record.args, tuple):
            record.args = tuple(_without_values(value) for value in record.args)
        return True


def _without_values(value: Any) -> Any:
    """A path without its query and references; anything else as it is."""
    return re.sub(r"(CUS|ENQ)-[^/?]*", r"\1", re.sub(r"\?.*", "", value)) if isinstance(value, str) else value


class Reporter(ExceptionReporter):
    """Error reports without values, whatever the settings say."""

    def get_traceback_data(self) -> dict[str, Any]:
        data = super().get_traceback_data()
        for frame in data.get("frames", []):
            frame["vars"] = []
        data["exception_value"] = "withheld"
        return data
