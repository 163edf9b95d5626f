"""What `make test` takes a part of, for the sake of time, and `make proof` takes whole."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

WHOLE = os.environ.get("PROOF") == "1"


def before_and_after(steps: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Each step with "before" and with "after"; in part: every step, in turn with the one and the other."""
    sides = ("before", "after")
    if WHOLE:
        return [(*step, side) for step in steps for side in sides]
    return [(*step, sides[number % 2]) for number, step in enumerate(steps)]


def times(whole: int, *, part: int) -> int:
    """How often something is done that chance decides about."""
    return whole if WHOLE else part
