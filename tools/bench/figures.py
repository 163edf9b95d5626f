"""A figure beside its anchor, and the table of all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One thing that was measured; with an anchor, what it is compared with in the same run; with a goal, the promise.

    `at_most` and `at_least` bind the ratio to the anchor, or the value itself where there is none. A goal that is set
    for the whole data set is not judged on a small one.
    """

    name: str
    value: float
    unit: str = ""
    anchor: float | None = None
    anchor_name: str = ""
    at_most: float | None = None
    at_least: float | None = None
    judged: bool = True

    @property
    def ratio(self) -> float | None:
        return None if self.anchor is None else self.value / self.anchor

    @property
    def goal(self) -> str:
        if self.at_least is not None:
            return f"≥ {self.at_least:g}"
        return "" if self.at_most is None else f"≤ {self.at_most:g}"

    @property
    def is_met(self) -> bool | None:
        """Whether the goal is met; None where there is none, or where it is not judged."""
        if not self.goal or not self.judged:
            return None
        measured = self.value if self.ratio is None else self.ratio
        return measured >= self.at_least if self.at_least is not None else measured <= self.at_most

    def as_json(self) -> dict[str, object]:
        return {
            "name": self.name,
            "value": round(self.value, 3),
            "unit": self.unit,
            "anchor": None if self.anchor is None else round(self.anchor, 3),
            "anchor_name": self.anchor_name,
            "ratio": None if self.ratio is None else round(self.ratio, 3),
            "goal": self.goal,
            "is_met": self.is_met,
        }


def table(figures: Iterable[Figure]) -> str:
    """The figures in columns, for a terminal or a text file."""
    rows = [("figure", "measured", "anchor", "ratio", "goal", "met")]
    for figure in figures:
        anchor = f"{figure.anchor_name} {_amount(figure.anchor, figure.unit)}" if figure.anchor is not None else ""
        ratio = f"{figure.ratio:.2f}" if figure.ratio is not None else ""
        met = {True: "yes", False: "NO", None: "–" if figure.goal else ""}[figure.is_met]
        rows.append((figure.name, _amount(figure.value, figure.unit), anchor, ratio, figure.goal, met))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([lines[0], "  ".join("-" * width for width in widths), *lines[1:]])


def _amount(value: float, unit: str) -> str:
    digits = 0 if value >= 100 or (unit == "" and value == int(value)) else 1 if value >= 10 else 2
    return f"{value:,.{digits}f} {unit}".strip()
