"""Every address of the site, found by walking, and records that stand behind each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.urls import URLPattern, get_resolver, reverse

from privacy.references import model_with
from retention.models import PurgeRun
from staff.models import User
from tests import factories

# What stands in an address where something varies and nothing is: by the converter's class.
NUMBERS = {"IntConverter": "1", "UUIDConverter": "6f1ed002-ab5f-4ac6-8d0a-4f4e6a5c1d11"}


class Address(NamedTuple):
    """One address: its URL name, its view, and the converter of each part that varies."""

    name: str
    view: Any
    converters: dict[str, Any]

    @property
    def permission(self) -> str | None:
        return getattr(self.view, "permission", None)

    @property
    def varies(self) -> list[str]:
        return [_example(converter) for converter in self.converters.values()]

    @property
    def path(self) -> str:
        """The address of what is not there."""
        return reverse(self.name, args=self.varies)

    def path_of(self, records: dict[str, Any]) -> str:
        """The address of what is there, by `records` (`records_for`)."""
        return reverse(self.name, kwargs={name: records[name] for name in self.converters})


def _example(converter: Any) -> str:
    prefix = getattr(converter, "prefix", "")
    return f"{prefix}-2222-222" if prefix else NUMBERS[type(converter).__name__]


def _walk(patterns: list[Any], namespace: str = "") -> Iterator[Address]:
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            yield Address(f"{namespace}{pattern.name}", pattern.callback, dict(pattern.pattern.converters))
        else:
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _walk(pattern.url_patterns, inner)


ADDRESSES = list(_walk(get_resolver().url_patterns))


def make_run() -> PurgeRun:
    """A purge that is done."""
    from django.utils import timezone

    return PurgeRun.objects.create(cut_off="2026-01-01", state="done", finished_at=timezone.now(), policy_version="1")


# A record for each part of an address that is no reference, by the part's name.
MAKERS = {"number": lambda by: factories.make_hold().pk, "identity": lambda by: make_run().identity}


def records_for(address: Address, by: User) -> dict[str, Any]:
    """What stands in the address: a marked record of `by` for a reference, or what MAKERS makes."""
    found = {}
    for name, converter in address.converters.items():
        prefix = getattr(converter, "prefix", "")
        if prefix:
            found[name] = factories.make_marked(model_with(f"{prefix}-"), by).reference
        else:
            assert name in MAKERS, f"say in tests/addresses.py what stands for <{name}> in the address {address.name}"
            found[name] = MAKERS[name](by)
    return found
