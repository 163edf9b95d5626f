"""Pools: lists in which a thing stands as often as it should be drawn, so that a draw is one index."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")
# A prime, so that it has no divisor in common with a size walked here; its last digits make long jumps at round sizes.
STRIDE = 405_638_197


def load(name: str) -> Any:
    """The content of a data file beside this module."""
    return json.loads((Path(__file__).parent / name).read_text(encoding="utf-8"))


def split(names: str) -> list[str]:
    """The names in a list written with commas."""
    return [name.strip() for name in names.split(",")]


def weighted(shares: Mapping[T, float] | Iterable[tuple[T, float]], size: int = 2000) -> list[T]:
    """A pool of about `size` entries in which each thing has its share; every thing is there at least once."""
    pairs = list(shares.items() if isinstance(shares, Mapping) else shares)
    total = sum(share for _thing, share in pairs)
    return [thing for thing, share in pairs for _copy in range(max(1, round(size * share / total)))]


def ranked(things: Sequence[T], share: float = 100.0, flatness: int = 12) -> list[tuple[T, float]]:
    """Shares that fall with the rank, as those of names do (Zipf); together `share`."""
    falling = [1 / (rank + flatness) for rank in range(len(things))]
    return [(thing, share * part / sum(falling)) for thing, part in zip(things, falling, strict=True)]


def spread(number: int, size: int, start: int = 0) -> int:
    """The `number`th stop of a walk that visits all of 0 … size - 1 before it comes back to any, and looks random."""
    return (number * STRIDE + start) % size
