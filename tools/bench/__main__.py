"""Measure the desk on invented people and print a table: `make bench`.

    BENCH_SIZE=small make bench    3,000 customers and 12,000 enquiries, in under three minutes
    make bench                     150,000 customers and 600,000 enquiries; the first run makes them
    python -m tools.bench --only log

`--only` measures a part, `--profile log`, `search` or `pages` shows where the time of one request goes. The data set
stays in `$DATA_DIR/bench`, the figures are in `$DATA_DIR/bench.json`. Goals are ratios within one run, since machines
differ and change; on a small data set those that are about its size are not judged.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from tools import embedded
from tools.bench import data, known, measures
from tools.bench.desk import Desk, Unexpected
from tools.bench.figures import Figure, table
from tools.bench.queries import make_queries
from tools.bench.web import ROOT, serving

PASSWORD = "contact-wrexham"  # noqa: S105, printed by `make run`
QUERIES = 200


def main() -> int:
    """Prepare, measure, print. A goal that was not met is marked in the table; it is no failure of the run."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench", description=__doc__.partition("\n")[0])
    parser.add_argument("--size", choices=data.SIZES, default=os.environ.get("BENCH_SIZE") or "full")
    parser.add_argument(
        "--only", choices=["pages", "search", "log", "purge"], help="leave the rest out, and bench.json alone"
    )
    parser.add_argument(
        "--profile", choices=["log", "search", "pages"], help="only show where the time of one request goes"
    )
    options = parser.parse_args()
    embedded.end_on_signals()
    data_dir = Path(os.environ.get("DATA_DIR") or ROOT / "var").resolve()
    directory = data_dir / "bench"
    try:
        with embedded.servers(directory) as servers:
            settings = {"DEMO": "1", "HTTPS": "0", "DJANGO_SETTINGS_MODULE": "tools.bench.settings"}
            env = os.environ | servers | settings
            size = data.SIZES[options.size]
            whole = data.prepare(env, directory, size)
            if options.profile:
                with data.copy_of(whole) as url:
                    data.run(env, url, "-m", "tools.bench.profiling", options.profile, known_url=whole.known_url)
                return 0
            hundredth = data.prepare(env, directory, size.hundredth())
            data.manage(env, whole.url, "collectstatic", "--no-input", "--clear", "--verbosity=0")
            figures, failures = measure(env, whole, hundredth, only=options.only)
            rows = {"whole": data.counts(whole.url), "hundredth": data.counts(hundredth.url)}
    except (embedded.CannotStart, Unexpected) as refusal:
        print(refusal, file=sys.stderr)
        return 1
    report(figures, failures, rows, None if options.only else data_dir / "bench.json")
    return 0


def measure(
    env: dict[str, str], whole: data.DataSet, hundredth: data.DataSet, *, only: str | None
) -> tuple[list[Figure], list[dict[str, str]]]:
    """The figures, on copies of both data sets, and the searches that did not find whom they sought."""
    full = whole.size.name == "full"
    figures: list[Figure] = []
    failures: list[dict[str, str]] = []
    with ExitStack() as stack:
        urls = [stack.enter_context(data.copy_of(each)) for each in (whole, hundredth)]
        with ExitStack() as webs:
            web, little = (webs.enter_context(serving({**env, "DATABASE_URL": url})) for url in urls)
            idle = web.memory()
            desk = Desk(web.port).sign_in("adviser", PASSWORD)
            work = measures.Workload(urls[0], key=env["SECRET_KEY"])
            if only in (None, "pages"):
                say("Pages")
                others = [Desk(each.port).sign_in("governance", PASSWORD, home="/retention/") for each in (web, little)]
                here = desk, others[0], work
                there = (
                    Desk(little.port).sign_in("adviser", PASSWORD),
                    others[1],
                    measures.Workload(urls[1], key=env["SECRET_KEY"]),
                )
                figures += measures.pages(here, there, times=150 if full else 40, judged=full)
            if only in (None, "search"):
                say("Search")
                queries = make_queries(known.read(whole.known_url), count=QUERIES, seed=data.SEED)
                found, failures = measures.search(desk, queries, whole.known_url, times=4 if full else 2, judged=full)
                figures += found
            if only in (None, "log"):
                others = [Desk(web.port).sign_in(f"adviser{2 + i % 3}", PASSWORD) for i in range(8)]
                rounds, seconds = (20, 1.0) if full else (12, 0.5)  # a small data set soon runs out of new people
                for clients in (1, 8):
                    say(f"Logging enquiries, {clients} at a time")
                    figures += measures.logging(others[:clients], work, rounds=rounds, seconds=seconds)
                figures += measures.kinds(desk, work, times=100)
            figures.append(Figure("workers' memory", web.memory() / 1e6, "MB", idle / 1e6, "just started", at_most=1.5))
            if only in (None, "purge"):
                say("Purge")
                with data.copy_of(whole, "raw") as raw, tempfile.TemporaryDirectory() as copies:
                    figures += measures.purge(env, (urls[0], raw), desk, work, directory=Path(copies), judged=full)
        if only is None:
            say("Search projection")
            started = time.monotonic()
            data.manage(env, urls[0], "rebuild_search")
            figures.append(Figure("rebuild_search", time.monotonic() - started, "s"))
            figures.append(Figure("demo_data", whole.seconds, "s", at_most=600, judged=full))
    return figures, failures


def report(
    figures: list[Figure],
    failures: list[dict[str, str]],
    rows: dict[str, tuple[int, int, int]],
    path: Path | None,
) -> None:
    """Print the table, and write the figures to `path` if there is one."""
    for name, (customers, enquiries, size) in rows.items():
        print(f"{name}: {customers:,} customers, {enquiries:,} enquiries, {size / 1e6:,.0f} MB")
    print(f"\n{table(figures)}\n")
    for failure in failures:
        print(f"Not among the first ten ({failure['kind']}): {failure['typed']}")
    if path is None:
        return
    columns = ("customers", "enquiries", "bytes")
    result = {
        "measured_at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "rows": {name: dict(zip(columns, each, strict=True)) for name, each in rows.items()},
        "figures": [figure.as_json() for figure in figures],
        "searches_without_the_sought": failures,
    }
    path.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"Written: {path}")


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
