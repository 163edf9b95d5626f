"""Asking, counting and comparing."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tools.bench.desk import Answer, Desk

Ask = Callable[[Desk], Answer]


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` (0 to 1) of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def median(values: Sequence[float]) -> float:
    """The middle value."""
    return percentile(values, 0.5)


@dataclass
class Samples:
    """What was measured of one thing: seconds for each answer, and answers each second for each slice."""

    seconds: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)

    @property
    def p50(self) -> float:
        return percentile(self.seconds, 0.5)

    @property
    def p95(self) -> float:
        return percentile(self.seconds, 0.95)

    @property
    def rate(self) -> float:
        return median(self.rates)


def ask_for(desks: Sequence[Desk], ask: Ask, seconds: float, into: Samples) -> None:
    """Let every desk ask without pause for `seconds`. The first exception of any desk is raised."""
    failures: list[Exception] = []
    taken: list[list[float]] = [[] for _ in desks]
    start = threading.Barrier(len(desks) + 1)
    stop = threading.Event()

    def work(desk: Desk, times: list[float]) -> None:
        start.wait()
        try:
            while not stop.is_set():
                times.append(ask(desk).seconds)
        except Exception as error:
            failures.append(error)
            stop.set()

    threads = [threading.Thread(target=work, args=pair, daemon=True) for pair in zip(desks, taken, strict=True)]
    for thread in threads:
        thread.start()
    start.wait()
    began = time.perf_counter()
    stop.wait(seconds)
    stop.set()
    for thread in threads:
        thread.join()
    elapsed = time.perf_counter() - began
    if failures:
        raise failures[0]
    into.seconds += [each for times in taken for each in times]
    into.rates.append(sum(map(len, taken)) / elapsed)


def interleave(desks: Sequence[Desk], asks: dict[str, Ask], *, rounds: int, seconds: float) -> dict[str, Samples]:
    """Measure several things in turns, `rounds` slices of `seconds` each, so that all see the same machine.

    In each round the desks take new connections, and all slices of the round use them: how gunicorn happened to share
    them out among its workers weighs on all alike. One more round at the beginning warms up and is thrown away.
    """
    samples = {name: Samples() for name in asks}
    for number in range(rounds + 1):
        for desk in desks:
            desk.connect()
        for name, ask in asks.items():
            ask_for(desks, ask, seconds, samples[name] if number else Samples())
    return samples


def ratio_of_rates(one: Samples, other: Samples) -> float:
    """How many times as often per second as `other`: the median over the rounds, each compared with itself."""
    return median([a / b for a, b in zip(one.rates, other.rates, strict=True)])


def alternate(asks: dict[str, Callable[[], float]], *, times: int) -> dict[str, Samples]:
    """Measure several things one after the other, `times` each after one to warm up; each gives its own seconds."""
    samples = {name: Samples() for name in asks}
    for number in range(times + 1):
        for name, ask in asks.items():
            seconds = ask()
            if number:
                samples[name].seconds.append(seconds)
    return samples
