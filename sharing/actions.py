"""Looking at records: the one door through which personal values reach a page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.db.models import Model

from privacy.policy import Category
from sharing.access import CATEGORIES
from sharing.models import AccessEvent, Place


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
        value = getattr(self._record, name) if category in self._categories else None
        if isinstance(value, Model) and value.data_policy.personal_fields():  # type: ignore[attr-defined]
            raise AttributeError(f"{self._record._meta.label}.{name} is another record: look at it on its own")
        return value


class Look:
    """What one person is shown on one page; `looking` writes it to the access log."""

    def __init__(self, user: Any, place: Place) -> None:
        self.user = user
        self.place = place
        self._categories = CATEGORIES.get(user.role, frozenset())
        self._seen: dict[type[Model], dict[int, None]] = {}

    def visible_fields(self, record: Any) -> Visible:
        """`record` as this person may see it."""
        self._seen.setdefault(type(record), {})[record.pk] = None
        return Visible(record, self._categories)

    def visible_list(self, records: Iterable[Any]) -> list[Visible]:
        """Each of `records` as this person may see it."""
        return [self.visible_fields(record) for record in records]

    def write(self) -> None:
        """One entry for each kind of record that was shown, with the categories that may be seen of it."""
        AccessEvent.objects.bulk_create(
            AccessEvent(
                by=self.user,
                record_type=model._meta.label,
                record_ids=list(ids),
                categories=sorted(set(model.data_policy.holds) & self._categories),  # type: ignore[attr-defined]
                place=self.place,
            )
            for model, ids in self._seen.items()
        )


@contextmanager
def looking(user: Any, *, place: Place) -> Iterator[Look]:
    """Load what a page shows inside this block: it is one transaction with the access log's entries.

    They are written before a byte can leave: if they cannot be, the page fails. `place` names the page.
    """
    with transaction.atomic():
        look = Look(user, place)
        yield look
        look.write()
