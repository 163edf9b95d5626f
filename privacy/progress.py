"""A progress bar for commands: one line that rewrites itself on a terminal, a line every quarter elsewhere."""

from __future__ import annotations

import sys
import time
from typing import Protocol


class Stream(Protocol):
    """What a command prints to."""

    def write(self, text: str, /) -> object: ...

    def flush(self) -> object: ...

    def isatty(self) -> bool: ...


class ProgressBar:
    """Call it with (done, total) as often as you like."""

    def __init__(self, title: str, stream: Stream | None = None) -> None:
        self.title = title
        self.stream = stream or sys.stderr
        self.started = time.monotonic()
        self._shown = -1
        self._live = self.stream.isatty()

    def __call__(self, done: int, total: int) -> None:
        percent = 100 if done >= total else 100 * done // total
        step = percent if self._live else percent // 25
        if step == self._shown:
            return
        self._shown = step
        seconds = time.monotonic() - self.started
        bar = "█" * (percent // 5) + "·" * (20 - percent // 5)
        line = f"{self.title} {bar} {percent:3d} %  {done:,} of {total:,}  {seconds:.0f} s"
        self.stream.write(f"\r{line}" if self._live else f"{line}\n")
        if self._live and percent == 100:
            self.stream.write("\n")
        self.stream.flush()
