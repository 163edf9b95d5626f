"""The menu: every page that says where it stands, in one order, and what of it each person sees.

A page declares its entry beside its view: `@requires("visits.view_enquiry", title=_("Open enquiries"),
menu=Entry(500, Group.DESK))`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache, wraps
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import Resolver404, URLPattern, get_resolver, resolve, reverse
from django.utils.translation import gettext_lazy as _

from staff.models import Role

# How many entries the bar holds; the rest are under "More".
BAR = 7


class Group(models.TextChoices):
    """What the entries under "More" are gathered by."""

    DESK = "desk", _("At the desk")
    FIGURES = "figures", _("Figures")
    GOVERNANCE = "governance", _("Records and retention")
    SETTINGS = "settings", _("Settings")


@dataclass(frozen=True)
class Entry:
    """Where a page stands in the menu: its rank, the same for everybody, and its group.

    For roles in `more_for` it stands under "More", however much room the bar has.
    """

    rank: int
    group: Group
    more_for: Collection[Role] = ()


@dataclass(frozen=True)
class Page:
    """A page of ours, as its view declares it."""

    name: str
    view: Any

    @property
    def app(self) -> str:
        return str(self.view.__module__.partition(".")[0])

    @property
    def permission(self) -> str:
        """What its view asks for; empty where it asks for nothing."""
        return getattr(self.view, "permission", "")

    @property
    def title(self) -> str:
        return str(getattr(self.view, "title", "") or self.name)

    @property
    def entry(self) -> Entry | None:
        menu = getattr(self.view, "menu", None)
        return menu if isinstance(menu, Entry) else None

    @property
    def marked(self) -> str:
        """The name of the page whose entry is marked while this one is shown."""
        menu = getattr(self.view, "menu", None)
        return menu if isinstance(menu, str) else self.name


@cache
def pages() -> dict[str, Page]:
    """Every address of the site by its URL name."""
    return {page.name: page for page in _walk(get_resolver().url_patterns)}


def _walk(patterns: list[Any], namespace: str = "") -> Iterator[Page]:
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            yield Page(f"{namespace}{pattern.name}", pattern.callback)
        else:
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _walk(pattern.url_patterns, inner)


def page_title(name: str) -> str:
    """What the page with this URL name is called; the name itself where there is no such page any more."""
    page = pages().get(name)
    return page.title if page else name


def entries_for(user: Any) -> tuple[list[Page], list[Page]]:
    """What `user` may see of the menu: on the bar, and under "More"."""
    mine = sorted(
        (page for page in pages().values() if page.entry and user.has_perm(page.permission)),
        key=lambda page: page.entry.rank,  # type: ignore[union-attr]
    )
    bar = [page for page in mine if user.role not in page.entry.more_for][:BAR]  # type: ignore[union-attr]
    return bar, [page for page in mine if page not in bar]


def first_page(user: Any) -> str:
    """The address of the page on which the work of `user` begins. Raises PermissionDenied when there is none."""
    bar, more = entries_for(user)
    if not (bar or more):
        raise PermissionDenied
    return reverse((bar or more)[0].name)


def may_open(user: Any, address: str) -> bool:
    """Whether the role of `user` may see the page with this address, or there is none such."""
    try:
        permission = getattr(resolve(urlsplit(address).path).func, "permission", "")
    except Resolver404:
        return True
    return not permission or user.has_perm(permission)


def begins_elsewhere(view: Any) -> Any:
    """Let a view send whoever has not its permission to the page that their work begins on."""

    @wraps(view)
    def redirecting(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated and not request.user.has_perm(view.permission):
            return redirect(first_page(request.user))
        answer: HttpResponse = view(request, *args, **kwargs)
        return answer

    return redirecting


def menu(request: HttpRequest) -> dict[str, Any]:
    """Context of the bar in `base.html`, made only where it is asked for."""

    def made() -> dict[str, Any] | None:
        if not getattr(request, "user", None) or not request.user.is_authenticated:
            return None
        here = request.resolver_match.view_name if request.resolver_match else ""
        marked = pages()[here].marked if here in pages() else ""
        bar, more = entries_for(request.user)
        is_in_more = any(page.name == marked for page in more)
        return {"bar": _items(bar, marked), "more": _groups(more, marked), "is_in_more": is_in_more}

    return {"menu": made}


def _items(entries: list[Page], marked: str) -> list[dict[str, Any]]:
    return [
        {"url": reverse(page.name), "title": page.title, "is_here": page.name == marked, "name": page.name}
        for page in entries
    ]


def _groups(entries: list[Page], marked: str) -> list[dict[str, Any]]:
    return [
        {"title": group.label, "entries": items}
        for group in Group
        if (items := _items([page for page in entries if page.entry and page.entry.group == group], marked))
    ]
