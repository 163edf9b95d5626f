"""Purge a small and a large number of due enquiries, and say how long it took: `python -m tools.bench.purging N M`.

In a process of its own, on a throw-away copy of the data set and of its keys. The cut-off is the day by which so many
are due; the days before it lie years ahead, so that nothing but the date is invented.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from typing import Any


def main(numbers: list[int]) -> None:
    """Print one line of JSON: for each number the rows, seconds by part, the longest slice and the peak memory."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tools.bench.settings")
    import django

    django.setup()
    from django.db import connection

    from retention.actions import purges
    from retention.models import PurgeRun

    told: list[dict[str, Any]] = []
    for number in numbers:
        with connection.cursor() as cursor:
            cursor.execute("SELECT expires_on FROM visits_enquiry ORDER BY expires_on OFFSET %s LIMIT 1", [number])
            cut_off = cursor.fetchone()[0]
        slices = _timed(purges, "_delete_slice")
        parts = {name: _timed(purges, name) for name in ("_delete_due", "sweep_search", "_destroy_keys", "_finish")}
        PurgeRun.objects.update(cut_off=cut_off)  # no jump: the guard against one would ask a person
        started = time.perf_counter()
        run = purges.purge(cut_off)
        seconds = time.perf_counter() - started
        if run is None or run.state != run.State.DONE or run.left:
            raise SystemExit(f"the purge did not finish: {run and (run.state, run.refusal, run.left)}")
        told.append(
            {
                "cut_off": cut_off.isoformat(),
                "rows": sum(count.deleted for count in run.counts.all()),
                "seconds": seconds,
                "longest_slice": max(slices),
                "keys": run.keys_destroyed,
                "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
                **{name.lstrip("_"): sum(times) for name, times in parts.items()},
            }
        )
    print(json.dumps(told))


def _timed(module: Any, name: str) -> list[float]:
    """Take the time of each call of a function from now on."""
    really = getattr(module, name)
    really = getattr(really, "really", really)
    seconds: list[float] = []

    def timed(*args: Any, **kwargs: Any) -> Any:
        started = time.perf_counter()
        try:
            return really(*args, **kwargs)
        finally:
            seconds.append(time.perf_counter() - started)

    timed.really = really  # type: ignore[attr-defined]
    setattr(module, name, timed)
    return seconds


if __name__ == "__main__":
    main([int(number) for number in sys.argv[1:]])
