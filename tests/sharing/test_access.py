"""Who may do what: default deny, one table, and `docs/access.md` is that table in words.

`UPDATE_DOCS=1 pytest tests/sharing/test_access.py` writes the page anew.
"""

from __future__ import annotations

import os
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils.translation import override

from privacy.policy import Category
from sharing.access import CATEGORIES, PERMISSIONS, may_do, may_see
from sharing.backends import RoleBackend
from staff.access import SignedOut, requires
from staff.menu import pages
from staff.models import Role
from tests import factories

PAGE = settings.BASE_DIR / "docs" / "access.md"
HEADING = """# Who may do what, and see what

The two tables of `sharing/access.py`; a test fails while this page differs from them. What is not listed is refused.
Written by `UPDATE_DOCS=1 pytest tests/sharing/test_access.py`.
"""


def in_words() -> str:
    """The two tables as Markdown, in English."""
    with override("en-gb"):
        roles = " | ".join(str(role.label) for role in Role)
        marks = " :-: |" * len(Role)
        lines = [HEADING, "## What each role may do\n", f"| permission | pages | {roles} |", f"| --- | --- |{marks}"]
        lines += [
            f"| `{permission}` | {titles(permission)} | {cells(allowed)} |"
            for permission, allowed in PERMISSIONS.items()
        ]
        lines += ["\n## What each role may see of a record\n", f"| category | {roles} |", f"| --- |{marks}"]
        lines += [
            f"| {category.label} | {cells({role for role in Role if category in CATEGORIES[role]})} |"
            for category in Category
        ]
        lines.append("\nEvery look is written to the access log, with the categories that were shown.")
    return "\n".join(lines) + "\n"


def titles(permission: str) -> str:
    """What the pages are called that ask for a permission; of what has no title, what its view does."""
    asking = [page.view for page in pages().values() if page.permission == permission]
    named = [str(view.title) or view.__doc__.partition(".")[0].partition(":")[0] for view in asking]
    return ", ".join(dict.fromkeys(named))


def cells(allowed) -> str:
    return " | ".join("yes" if role in allowed else "–" for role in Role)


def test_page_in_the_docs_is_the_table_in_the_code():
    if os.environ.get("UPDATE_DOCS"):
        PAGE.write_text(in_words(), encoding="utf-8")

    assert PAGE.read_text(encoding="utf-8") == in_words()


def test_every_permission_has_a_page():
    assert all(titles(permission) for permission in PERMISSIONS)


def test_every_role_has_its_categories():
    assert set(CATEGORIES) == set(Role)


# --- default deny -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("permission", PERMISSIONS)
def test_permission_is_the_table_and_nothing_else(role, permission):
    user = factories.User(role=role)

    assert user.has_perm(permission) == (role in PERMISSIONS[permission])
    assert user.has_perms([permission]) == user.has_perm(permission)
    assert (permission in RoleBackend().get_all_permissions(user)) == user.has_perm(permission)


@pytest.mark.parametrize("permission", ["", "visits.delete_customer", "auth.add_user", "visits.use_counter ", "*"])
@pytest.mark.parametrize("role", Role)
def test_unknown_permission_is_nobodys(role, permission):
    assert not factories.User(role=role).has_perm(permission)


@pytest.mark.parametrize("role", ["", "visitor", "ADVISER", None])
def test_unknown_role_may_do_and_see_nothing(role):
    user = SimpleNamespace(role=role)

    assert not any(may_do(user, permission) for permission in PERMISSIONS)
    assert not any(may_see(user, category) for category in Category)


def test_person_without_a_role_may_do_nothing():
    assert not any(may_do(AnonymousUser(), permission) for permission in PERMISSIONS)


def test_account_that_may_not_sign_in_may_do_nothing():
    user = factories.User(role=Role.ADVISER, is_active=False)

    assert not any(user.has_perm(permission) for permission in PERMISSIONS)
    assert not user.has_module_perms("visits")


def test_category_that_is_none_is_seen_by_nobody():
    assert not any(may_see(SimpleNamespace(role=role), None) for role in Role)


@pytest.mark.parametrize(
    ("role", "app", "may"),
    [
        (Role.ADVISER, "visits", True),
        (Role.ADVISER, "sharing", False),
        (Role.GOVERNANCE, "sharing", True),
        (Role.GOVERNANCE, "visit", False),
        (Role.ADMINISTRATOR, "auth", False),
    ],
)
def test_whole_app_is_open_to_those_who_may_do_something_in_it(role, app, may):
    assert factories.User(role=role).has_module_perms(app) == may


@pytest.mark.django_db
def test_permissions_ask_the_database_nothing(django_assert_num_queries):
    user = factories.make_user()

    with django_assert_num_queries(0):
        assert user.has_perm("visits.use_counter")


# --- the decorator ----------------------------------------------------------------------------------------------------


@requires("visits.view_customer")
def guarded(request, reference: str) -> HttpResponse:
    """Words of its own."""
    return HttpResponse(reference)


def ask(method: str, user) -> HttpResponse:
    request = RequestFactory().generic(method, "/customers/CUS-2222-222/?page=2")
    request.user = user
    return guarded(request, reference="CUS-2222-222")


def test_guarded_view_keeps_its_name_and_tells_its_permission():
    assert (guarded.__name__, guarded.__doc__) == ("guarded", "Words of its own.")
    assert guarded.permission == "visits.view_customer"


@pytest.mark.parametrize("role", Role)
def test_guarded_view_is_for_those_who_may(role):
    user = factories.User(role=role)

    if role in PERMISSIONS["visits.view_customer"]:
        assert ask("GET", user).content == b"CUS-2222-222"
    else:
        with pytest.raises(PermissionDenied):
            ask("GET", user)


def test_guarded_view_sends_who_is_signed_out_to_sign_in_and_back():
    answer = ask("GET", AnonymousUser())

    assert answer.status_code == 302
    assert answer["Location"] == "/accounts/login/?next=/customers/CUS-2222-222/%3Fpage%3D2"


def test_guarded_view_does_not_swallow_a_form_of_who_is_signed_out():
    with pytest.raises(SignedOut):
        ask("POST", AnonymousUser())
