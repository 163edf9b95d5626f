"""The menu: what of it each role sees, where each begins, and which page is marked."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.urls import reverse

from sharing.access import PERMISSIONS
from staff import menu
from staff.access import requires
from staff.menu import BAR, Entry, Group, Page, begins_elsewhere, entries_for, first_page, page_title, pages
from staff.models import Role, User
from tests import factories

DESK = ["visits:counter", "visits:enquiry_pending", "visits:enquiry_today"]
# Of the table in the design's "The menu", the pages that there are: on the bar in this order, and under "More".
BARS = {
    Role.ADVISER: (DESK, ["services:service_list"]),
    Role.MANAGER: (["visits:counter"], ["visits:enquiry_pending", "visits:enquiry_today", "services:service_list"]),
    Role.ADMINISTRATOR: (["services:service_list"], []),
    Role.GOVERNANCE: (
        ["retention:overview", "retention:hold_list", "sharing:access_log"],
        ["services:service_list"],
    ),
}
BEGINS = {
    Role.ADVISER: "visits:counter",
    Role.MANAGER: "visits:counter",
    Role.ADMINISTRATOR: "services:service_list",
    Role.GOVERNANCE: "retention:overview",
}


def names(found: list[Page]) -> list[str]:
    return [page.name for page in found]


def made_up(number: int, *, more_for: Any = (), group: Group = Group.FIGURES) -> Page:
    """A page with an entry that everybody may see."""

    def view(request: Any) -> None: ...

    view.permission, view.title = "staff.change_own_settings", f"Page {number}"  # type: ignore[attr-defined]
    view.menu = Entry(number, group, more_for)  # type: ignore[attr-defined]
    return Page(f"made:up{number}", view)


@pytest.fixture
def made(monkeypatch) -> Any:
    """Have no pages but those given."""

    def put(*found: Page) -> None:
        monkeypatch.setattr(menu, "pages", lambda: {page.name: page for page in found})

    return put


# --- what each role sees ----------------------------------------------------------------------------------------------


def test_every_role_has_a_bar_and_a_beginning():
    assert BARS.keys() == BEGINS.keys() == set(Role)


@pytest.mark.parametrize("role", Role)
def test_bar_of_each_role_is_that_of_the_table(role):
    bar, more = entries_for(User(role=role))

    assert (names(bar), names(more)) == BARS[role]


@pytest.mark.parametrize("role", Role)
def test_bar_holds_what_the_role_may_use_by_rank_and_seven_at_most(role):
    bar, more = entries_for(User(role=role))

    assert 0 < len(bar) <= BAR == 7
    for entries in (bar, more):
        ranks = [page.entry.rank for page in entries]
        assert ranks == sorted(set(ranks))
    assert all(role in PERMISSIONS[page.permission] for page in [*bar, *more])


def test_every_entry_has_a_rank_of_its_own_and_a_title():
    entries = [page for page in pages().values() if page.entry]

    assert len({page.entry.rank for page in entries}) == len(entries) >= 7
    assert all(page.title != page.name for page in entries)


def test_bar_takes_seven_by_rank_and_leaves_the_rest_for_more(made):
    made(*(made_up(number) for number in (8, 3, 1, 9, 2, 7, 5, 4, 6)))

    bar, more = entries_for(User(role=Role.ADVISER))

    assert [page.entry.rank for page in bar] == [1, 2, 3, 4, 5, 6, 7]
    assert [page.entry.rank for page in more] == [8, 9]


def test_entry_that_is_for_more_leaves_its_place_to_the_next(made):
    made(*(made_up(number, more_for=[Role.ADVISER] if number == 2 else ()) for number in range(1, 10)))

    bar, more = entries_for(User(role=Role.ADVISER))
    of_another, _ = entries_for(User(role=Role.MANAGER))

    assert [page.entry.rank for page in bar] == [1, 3, 4, 5, 6, 7, 8]
    assert [page.entry.rank for page in more] == [2, 9]
    assert [page.entry.rank for page in of_another] == [1, 2, 3, 4, 5, 6, 7]


def test_nobody_sees_what_they_may_not_use(made):
    page = made_up(1)
    page.view.permission = "retention.view_retention"
    made(page)

    assert entries_for(User(role=Role.ADVISER)) == ([], [])
    assert names(entries_for(User(role=Role.GOVERNANCE))[0]) == [page.name]


# --- where each begins ------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("role", Role)
def test_work_begins_on_the_first_entry_of_the_bar(signed_in, whole_search, role):
    client = signed_in(factories.make_user(role))

    answer = client.get("/first-page/")

    assert (answer.status_code, answer["Location"]) == (302, reverse(BEGINS[role]))
    assert client.get(answer["Location"]).status_code == 200


@pytest.mark.django_db
def test_first_page_asks_who_is_signed_out_to_sign_in(client):
    assert client.get("/first-page/")["Location"] == "/accounts/login/?next=/first-page/"


def test_work_of_whoever_has_nothing_on_the_bar_begins_under_more(made):
    made(made_up(1, more_for=list(Role)), Page("staff:shortcuts", pages()["staff:shortcuts"].view))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(menu, "reverse", lambda name: f"/{name}/")
        assert first_page(User(role=Role.ADVISER)) == "/made:up1/"


def test_work_of_whoever_may_use_nothing_begins_nowhere(made):
    made()

    with pytest.raises(PermissionDenied):
        first_page(User(role=Role.ADVISER))


def test_page_that_is_not_ones_own_leads_to_where_the_work_begins(rf):
    @begins_elsewhere
    @requires("visits.use_counter")
    def view(request: Any) -> HttpResponse:
        return HttpResponse("the counter")

    request = rf.get("/")
    request.user = User(role=Role.ADVISER)
    assert view(request).content == b"the counter"
    request.user = User(role=Role.GOVERNANCE)
    assert view(request)["Location"] == reverse("retention:overview")
    request.user = User(role=Role.GOVERNANCE, is_active=False)
    with pytest.raises(PermissionDenied):
        view(request)


# --- what is shown ----------------------------------------------------------------------------------------------------


def shown(request: Any) -> Any:
    return menu.menu(request)["menu"]()


@pytest.mark.parametrize(
    ("here", "marked"),
    [
        ("visits:counter", "visits:counter"),
        ("visits:customer_detail", "visits:counter"),
        ("visits:customer_new", "visits:counter"),
        ("visits:enquiry_today", "visits:enquiry_today"),
        ("visits:enquiry_detail", ""),
        ("staff:shortcuts", ""),
        ("nowhere", ""),
    ],
)
def test_present_page_is_marked_or_the_one_that_it_belongs_to(rf, here, marked):
    request = rf.get("/")
    request.user, request.resolver_match = User(role=Role.ADVISER), SimpleNamespace(view_name=here)

    found = shown(request)

    items = [*found["bar"], *(item for group in found["more"] for item in group["entries"])]
    assert [item["name"] for item in items if item["is_here"]] == ([marked] if marked else [])


def test_page_that_is_marked_for_another_is_one_with_an_entry():
    for page in pages().values():
        assert page.marked == page.name or pages()[page.marked].entry, page.name


def test_more_is_gathered_by_group_and_empty_groups_are_left_out(rf, made):
    everybody = list(Role)
    made(
        made_up(1, more_for=everybody, group=Group.SETTINGS),
        made_up(2, more_for=everybody, group=Group.DESK),
        made_up(3, more_for=everybody, group=Group.SETTINGS),
    )
    request = rf.get("/")
    request.user, request.resolver_match = User(role=Role.ADVISER), None

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(menu, "reverse", lambda name: f"/{name}/")
        found = shown(request)

    assert [(group["title"], [item["title"] for item in group["entries"]]) for group in found["more"]] == [
        ("At the desk", ["Page 2"]),
        ("Settings", ["Page 1", "Page 3"]),
    ]


def test_who_is_signed_out_has_no_menu(client, db):
    assert "cw-bar__nav" not in client.get("/accounts/login/").content.decode()


@pytest.mark.parametrize("role", Role)
def test_bar_on_the_page_is_that_of_the_role(signed_in, whole_search, role):
    client = signed_in(factories.make_user(role))

    page = client.get(reverse(BEGINS[role])).content.decode()

    bar = page[page.index("cw-bar__nav") : page.index("</nav>")]
    links = re.findall(r'href="([^"]*)"( aria-current="page")?', bar)
    wanted = [reverse(name) for names in BARS[role] for name in names]
    assert [address for address, _ in links] == wanted
    assert [address for address, here in links if here] == [wanted[0]]
    assert ("<details" in bar) == bool(BARS[role][1])


# --- titles -----------------------------------------------------------------------------------------------------------


def test_page_title_is_that_of_its_view_or_the_name_of_a_page_that_is_gone():
    assert page_title("visits:customer_likeness") == "Possible matches"
    assert page_title("visits:gone") == "visits:gone"
    assert page_title("livez") == "livez"


def test_page_without_a_view_of_ours_asks_for_no_permission():
    assert (pages()["livez"].permission, pages()["livez"].entry) == ("", None)
    assert (pages()["livez"].app, pages()["visits:counter"].app) == ("contactwrexham", "visits")
