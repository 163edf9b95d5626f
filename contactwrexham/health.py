"""What a load balancer and a watchman ask: `/livez`, `/readyz`."""

from __future__ import annotations

from functools import cache

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, JsonResponse
from django.utils import timezone

from privacy.actions import search_is_whole
from privacy.keyring import KeyringUnavailable, keyring
from retention import stats
from retention.ledger_state import database_is_behind
from staff.actions import prove_writing


def livez(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"alive": True})


def readyz(request: HttpRequest) -> JsonResponse:
    """Whether the desk can work: 503 unless database and keys can be written and migrations are applied.

    A database restored from a backup must know its purges again before (`replayed`). A stopped Valkey, a search being
    rebuilt, a purge behind its time or a canary found after its purge is `degraded`, still 200: enquiries are logged.
    """
    state = {
        "database": _database(),
        "migrations": False,
        "replayed": False,
        "keyring": _keyring(),
        "search": False,
        "retention": False,
        "broker": _broker(),
    }
    if state["database"]:
        state["migrations"] = _migrations()
        state["replayed"] = state["migrations"] and not database_is_behind()
        state["search"] = state["migrations"] and search_is_whole()
        state["retention"] = state["migrations"] and _retention()
    ready = all(state[name] for name in ("database", "migrations", "replayed", "keyring"))
    degraded = ready and not (state["search"] and state["retention"] and state["broker"])
    return JsonResponse({"ready": ready, "degraded": degraded} | state, status=200 if ready else 503)


def _database() -> bool:
    try:
        prove_writing()
        return True
    except DatabaseError:
        return False


def _migrations() -> bool:
    return _last_migrations() <= MigrationRecorder(connection).applied_migrations().keys()


@cache
def _last_migrations() -> frozenset[tuple[str, str]]:
    """The last migration of each app, read from the files once."""
    return frozenset(MigrationLoader(None).graph.leaf_nodes())


def _retention() -> bool:
    """Whether nothing is past its date or sealed for none, and nothing of a canary outlived its purge."""
    return stats.is_settled(timezone.now()) and not stats.canary_has_failed() and not stats.has_passed_over()


def _keyring() -> bool:
    try:
        keyring().check()
    except KeyringUnavailable:
        return False
    return True


def _broker() -> bool:
    try:
        client = redis.Redis.from_url(settings.CELERY_BROKER_URL, socket_timeout=1, socket_connect_timeout=1)
        return bool(client.ping())
    except redis.RedisError:
        return False
