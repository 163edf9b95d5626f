"""Search every key of every database of the Valkey or Redis server, with its whole value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import redis
from django.conf import settings

from retention.stores import SearchTarget, StoreResult

CONTROL_KEY = "canary-control"
CONTROL_SECONDS = 3600
BATCH = 500


class Valkey:
    """The server that holds the queue of background work."""

    kind, name = "valkey", ""

    def steps(self, target: SearchTarget, result: StoreResult, position: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Search about BATCH keys in each step. The control is put there first, and expires by itself."""
        try:
            client = self._client()
            client.set(CONTROL_KEY, target.control, ex=CONTROL_SECONDS)
            begun = {"number": position.get("number", 0), "cursor": position.get("cursor", 0)}
            own: int = client.get_connection_kwargs().get("db", 0)
            numbers = {own, *(int(name[2:]) for name in client.info("keyspace"))}
            for number in sorted(numbers):
                if number < begun["number"]:
                    continue
                client = self._client(number)
                cursor = begun["cursor"] if number == begun["number"] else 0
                while True:
                    cursor, keys = client.scan(cursor, count=BATCH)
                    for key in keys:
                        self._search(client, key, target, result)
                    yield {"number": number, "cursor": cursor} if cursor else {"number": number + 1, "cursor": 0}
                    if not cursor:
                        break
        except (redis.RedisError, ValueError):  # another kind of broker, or none that answers
            result.is_away = True

    @staticmethod
    def _client(number: int | None = None) -> Any:
        chosen = {} if number is None else {"db": number}
        url = settings.CELERY_BROKER_URL
        client = redis.Redis.from_url(url, socket_timeout=5, socket_connect_timeout=2)
        if chosen:
            client.connection_pool.connection_kwargs |= chosen
        return client

    @classmethod
    def _search(cls, client: Any, key: bytes, target: SearchTarget, result: StoreResult) -> None:
        result.read += 1
        hit = False
        needles = [needle.encode() for needle in target.needles]
        for value in (key, *cls._values(client, key, result)):
            small = value.lower()
            hit = hit or any(needle in small for needle in needles)
            result.proved = result.proved or target.control.encode() in small
        if hit:
            named = any(needle in key.lower() for needle in needles)
            result.add_hit("?" if named else key.decode("utf-8", "backslashreplace"))

    @staticmethod
    def _values(client: Any, key: bytes, result: StoreResult) -> Iterator[bytes]:
        kind = client.type(key)
        if kind == b"string":
            yield client.get(key) or b""
        elif kind == b"list":
            at = 0
            while part := client.lrange(key, at, at + BATCH - 1):
                yield from part
                at += BATCH
        elif kind == b"hash":
            for pair in client.hscan_iter(key, count=BATCH):
                yield from pair
        elif kind == b"set":
            yield from client.sscan_iter(key, count=BATCH)
        elif kind == b"zset":
            for member, _score in client.zscan_iter(key, count=BATCH):
                yield member
        elif kind == b"stream":
            for _id, fields in client.xrange(key):
                for pair in fields.items():
                    yield from pair
        elif kind != b"none":  # gone since it was listed; any other kind belongs to a module
            result.add_unreadable(key.decode("utf-8", "backslashreplace"))
