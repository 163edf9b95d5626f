"""Jobs in threads, each with a database connection of its own; what goes wrong in one is raised in the test."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connection


def in_threads(*jobs: Callable[[], Any]) -> list[Any]:
    """Do all jobs at once; give what they return, in their order, or raise what the first that failed raised."""

    def do(job: Callable[[], Any]) -> Any:
        try:
            return job()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as threads:
        done = [threads.submit(do, job) for job in jobs]
    return [each.result() for each in done]
