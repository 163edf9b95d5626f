"""One record of every retained model."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from retention.relations import retained_models
from tests.factories import make_hold, make_marked

__all__ = ["RETAINED", "make_hold"]

# By the pinned name of the kind of record: a function of the account that makes one, with a mark in every field.
RETAINED: dict[str, Callable[[Any], Any]] = {
    model.data_policy.name: partial(make_marked, model) for model in retained_models()
}
