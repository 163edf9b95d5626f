"""Looking at records: the one door through which personal values reach a page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from privacy.naming import name_of
from privacy.policy import Category, category_of
from privacy.sealed import DoesNotOpen, sealed_field_names
from sharing.access import CATEGORIES
from sharing.models import AccessEvent

UNREADABLE = _("does not open")


class Visible:
    """A record as one person may see it: fields of other categories are None, and whatever has no category raises.

    Methods and properties are not passed on unless the policy `shows` them; `record` is for actions, never for pages.
    A value that does not open is shown as such; `unreadable` names those that were looked at.
    """

    def __init__(self, record: Any, categories: frozenset[Category]) -> None:
        self._record = record
        self._categories = categories

    def __getattr__(self, name: str) -> Any:
        category = category_of(self._record, name)
        if category is None:
            raise AttributeError(f"{self._record._meta.label}.{name} has no category")
        if category not in self._categories:
            return None
        try:
            value = getattr(self._record, name)
        except DoesNotOpen:
            return UNREADABLE
        if isinstance(value, Model) and value.data_policy.personal_fields():  # type: ignore[attr-defined]
            raise AttributeError(f"{self._record._meta.label}.{name} is another record: look at it on its own")
        return value

    @property
    def unreadable(self) -> list[str]:
        """What the fields are called that this person may see, were loaded, and do not open."""
        names = [name for name in sealed_field_names(self._record) if name in self._record.__dict__]
        return [
            str(self._record._meta.get_field(name).verbose_name) for name in names if getattr(self, name) is UNREADABLE
        ]


class Viewer:
    """One person looking at one page; `looking` writes to the access log which records they were shown."""

    def __init__(self, user: Any, place: str) -> None:
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
                record_type=name_of(model),
                record_ids=list(ids),
                categories=sorted(set(model.data_policy.holds) & self._categories),  # type: ignore[attr-defined]
                place=self.place,
            )
            for model, ids in self._seen.items()
        )


@contextmanager
def looking(request: HttpRequest) -> Iterator[Viewer]:
    """Load what a page shows inside this block: it is one transaction with the access log's entries.

    They are written before a byte can leave: if they cannot be, the page fails. They name the page by its URL's name.
    """
    assert request.resolver_match is not None, "a page is looked at by its address"
    with transaction.atomic():
        viewer = Viewer(request.user, request.resolver_match.view_name)
        yield viewer
        viewer.write()
