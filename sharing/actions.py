"""Looking at records: the one door through which personal values reach a page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction

from privacy.policy import Category
from sharing.access import CATEGORIES
from sharing.models import AccessEvent


class Visible:
    """A record as one person may see it: fields of other categories are None, and whatever has no category raises.

    Methods and properties are not passed on unless the policy `shows` them; `record` is for actions, never for pages.
    """

    def __init__(self, record: Any, categories: frozenset[Category]) -> None:
        self._record = record
        self._categories = categories

    def __getattr__(self, name: str) -> Any:
        category = self._record.data_policy.category_of(name)
        if category is None:
            raise AttributeError(f"{self._record._meta.label}.{name} has no category")
        return getattr(self._record, name) if category in self._categories else None


@transaction.atomic
def visible_fields(record: Any, *, to: Any, place: str) -> Visible:
    """`record` as `to` may see it; writes the access log. `place` names the page."""
    return visible_list([record], to=to, place=place)[0]


@transaction.atomic
def visible_list(records: Iterable[Any], *, to: Any, place: str) -> list[Visible]:
    """Records of one model as `to` may see them, in one entry of the access log; none for an empty list.

    The entry is written before a value can leave: if it cannot be written, nothing is shown.
    """
    records = list(records)
    if not records:
        return []
    policy = records[0].data_policy
    categories = CATEGORIES.get(to.role, frozenset())
    AccessEvent.objects.create(
        by=to,
        record_type=records[0]._meta.label,
        record_ids=[record.pk for record in records],
        categories=sorted(category for category in policy.holds if category in categories),
        place=place,
    )
    return [Visible(record, categories) for record in records]
