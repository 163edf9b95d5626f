"""A process of its own that does something with this test's database, keys and ledger, and kills itself on the way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from django.conf import settings
from django.db import connection

# Before or after the nth call of one function.
KILLED = """
import os, signal, sys
import django
django.setup()
from importlib import import_module
where, name, before, nth, work = sys.argv[1:]
owner = import_module(where.partition(":")[0])
for part in filter(None, where.partition(":")[2].split(".")):
    owner = getattr(owner, part)
really, calls = getattr(owner, name), 0
def killed(*args, **kwargs):
    global calls
    calls += 1
    mine = calls  # calls may be nested
    if mine == int(nth) and before == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    answer = really(*args, **kwargs)
    if mine == int(nth):
        os.kill(os.getpid(), signal.SIGKILL)
    return answer
fixed = isinstance(vars(owner).get(name), staticmethod)
setattr(owner, name, staticmethod(killed) if fixed else killed)
exec(work)
"""


def environment() -> dict[str, str]:
    """That of this test: its database, its broker, its keys, its ledger, its directories."""
    url = os.environ["DATABASE_URL"].rpartition("/")[0] + "/" + connection.settings_dict["NAME"]
    return os.environ | {
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "contactwrexham.settings",
        "KEYRING_DIRS": ",".join(map(str, settings.KEYRING_DIRS)),
        "KEYRING_MASTER_KEY": settings.KEYRING_MASTER_KEY,
        "LEDGER_PATHS": ",".join(map(str, settings.LEDGER_PATHS)),
        "CANARY_PATHS": ",".join(map(str, settings.CANARY_PATHS)),
        "DATA_DIR": str(settings.DATA_DIR),
        "REDIS_URL": settings.CELERY_BROKER_URL,
        "PURGE_ALLOW_FUTURE": "1",
    }


def killed_at(where: str, name: str, nth: int, before: str, work: str) -> None:
    """Do `work`, a line of Python, in a process that is killed `before` or after the nth call of one function.

    `where` is the function's module, with a class behind a colon. Fails when the process got through.
    """
    command = [sys.executable, "-c", KILLED, where, name, before, str(nth), work]
    child = subprocess.run(command, env=environment(), check=False)
    assert child.returncode == -signal.SIGKILL
