"""Pytest plugin: servers of their own for each process that runs tests, with the settings that tests are run with.

A worker of pytest-xdist that shared its PostgreSQL with another would find the other's marks in files and logs that it
searches byte by byte. The plugin must be there before Django's settings are read, hence `-p tests.servers` in
`pyproject.toml`, and `python -m pytest` rather than `pytest`, which would not look for it here.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tools import embedded

SETTINGS = {
    "DEMO": "1",
    "HTTPS": "0",
    "PLAIN_STATIC": "1",
    "ALLOWED_HOSTS": "127.0.0.1,localhost,testserver",
}
# The process that only hands out tests reads Django's settings too, and asks no server.
NO_SERVERS = {
    "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "SECRET_KEY": "none",
    "KEYRING_DIRS": os.devnull,
    "KEYRING_MASTER_KEY": base64.b64encode(bytes(32)).decode(),
    "LEDGER_PATHS": os.devnull,
}

_servers = ExitStack()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    """Start the servers, unless this process hands the tests out to others."""
    is_worker = "PYTEST_XDIST_WORKER" in os.environ
    hands_out = not is_worker and getattr(early_config.known_args_namespace, "numprocesses", None)
    os.environ.update(SETTINGS)
    if os.environ.get("SERVERS") != "given":  # tools.mutants keeps its own from one run to the next
        os.environ.update(NO_SERVERS if hands_out else _servers.enter_context(embedded.servers(None)))
    return (yield)


def pytest_unconfigure() -> None:
    """Stop the servers."""
    _servers.close()
