"""Guardian: every address refuses whoever may not use it, and none is forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from sharing.access import PERMISSIONS
from staff.models import Role
from tests import factories

pytestmark = pytest.mark.django_db

# The only addresses that ask for no permission, and why.
FOR_EVERYBODY = {
    "livez": "a load balancer asks",
    "readyz": "a load balancer asks",
    "set_language": "the sign-in page is in two languages",
    "account_login": "signing in",
    "account_logout": "signing out",
    "account_inactive": "says that an account may not sign in",
}
FOR_THOSE_SIGNED_IN = {
    "account_change_password": "one's own password",
    "account_set_password": "one's own password, of an account that has none",
    "account_reauthenticate": "one's own password",
    "first_page": "leads everybody to where their work begins",
}
# Whoever may not use these is sent to the page on which their own work begins.
LEADING_ELSEWHERE = {"visits:counter"}
# What stands in an address where something varies, by the converter's class.
NUMBERS = {"IntConverter": "1", "UUIDConverter": "6f1ed002-ab5f-4ac6-8d0a-4f4e6a5c1d11"}


def example(converter: Any) -> str:
    """What stands in an address where a converter does: a reference that nothing has, or a number."""
    prefix = getattr(converter, "prefix", "")
    return f"{prefix}-2222-222" if prefix else NUMBERS[type(converter).__name__]


class Address(NamedTuple):
    name: str
    path: str
    view: Any
    varies: tuple[str, ...]

    @property
    def permission(self) -> str | None:
        return getattr(self.view, "permission", None)


def walk(patterns: list[Any], namespace: str = "") -> Iterator[Address]:
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            name = f"{namespace}{pattern.name}"
            given = {key: example(converter) for key, converter in pattern.pattern.converters.items()}
            yield Address(name, reverse(name, kwargs=given), pattern.callback, tuple(given.values()))
        else:
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from walk(pattern.url_patterns, inner)


ADDRESSES = list(walk(get_resolver().url_patterns))
GUARDED = [address for address in ADDRESSES if address.permission]


def each(addresses: list[Address]) -> Any:
    return pytest.mark.parametrize("address", addresses, ids=lambda address: address.name)


def answers(client: Client, path: str) -> dict[str, int]:
    """The status by method. A POST is empty: what is allowed answers that something is missing, never 403."""
    return {"GET": client.get(path).status_code, "POST": client.post(path).status_code}


def test_every_address_is_found():
    names = {address.name for address in ADDRESSES}

    assert len(names) == len(ADDRESSES)
    assert {"visits:customer_search", "sharing:access_log", "staff:shortcuts", "readyz", "account_login"} <= names


def test_every_view_of_ours_asks_for_a_permission_or_is_listed_with_its_reason():
    unguarded = {address.name for address in ADDRESSES if not address.permission}

    assert unguarded == FOR_EVERYBODY.keys() | FOR_THOSE_SIGNED_IN.keys()


def test_every_permission_asked_for_is_in_the_table_and_none_is_idle():
    assert {address.permission for address in GUARDED} == set(PERMISSIONS)


@each(GUARDED)
def test_permission_belongs_to_the_app_of_its_view(address):
    assert address.permission.split(".")[0] == address.view.__module__.split(".")[0]


@each([a for a in ADDRESSES if a.name not in FOR_EVERYBODY])
def test_nobody_signed_in_is_sent_to_sign_in(client, address):
    answer = client.get(address.path)

    if answer.status_code != 405:
        assert answer.status_code == 302
        assert answer["Location"].startswith(f"{reverse(settings.LOGIN_URL)}?next=")
    posted = client.post(address.path)
    assert posted.status_code in (403, 405) or posted["Location"].startswith(reverse(settings.LOGIN_URL))


@pytest.mark.parametrize("role", Role)
@each(GUARDED)
def test_role_is_let_in_as_the_table_says(signed_in, whole_search, role, address):
    client = signed_in(factories.make_user(role))

    statuses = answers(client, address.path)

    if role in PERMISSIONS[address.permission]:
        assert 403 not in statuses.values()
        assert set(statuses.values()) - {405}
    else:
        refused = {403, 405} | ({302} if address.name in LEADING_ELSEWHERE else set())
        assert set(statuses.values()) <= refused
        assert {302, 403} & set(statuses.values())


@pytest.mark.parametrize("role", Role)
def test_first_page_of_each_role_is_one_it_may_use(signed_in, whole_search, role):
    client = signed_in(factories.make_user(role))

    answer = client.get("/", follow=True)

    assert answer.status_code == 200
    assert answer.resolver_match.func.permission if answer.redirect_chain else role in (Role.ADVISER, Role.MANAGER)


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.GOVERNANCE])
def test_first_page_gives_the_counter_to_nobody_else(signed_in, role):
    client = signed_in(factories.make_user(role))

    assert client.get("/").status_code == 302
    assert client.post("/").status_code in (302, 403, 405)


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.GOVERNANCE])
def test_record_that_is_there_is_refused_like_one_that_is_not(signed_in, adviser, role):
    customer = factories.make_customer(by=adviser)
    enquiry = factories.make_enquiry(by=adviser, customer=customer, outcome="open")
    client = signed_in(factories.make_user(role))

    for address in GUARDED:
        path = address.path.replace("CUS-2222-222", customer.reference)
        path = path.replace("ENQ-2222-222", enquiry.reference)
        if path != address.path:
            assert set(answers(client, path).values()) <= {403, 405}


@each([a for a in ADDRESSES if a.name not in FOR_EVERYBODY])
def test_account_that_may_no_longer_sign_in_is_let_in_nowhere(signed_in, address):
    user = factories.make_user(Role.MANAGER)
    client = signed_in(user)
    user.is_active = False
    user.save()

    assert set(answers(client, address.path).values()) <= {302, 403, 405}


def test_form_from_elsewhere_changes_nothing(adviser):
    """Every POST asks for its token."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(adviser)

    for address in ADDRESSES:
        assert client.post(address.path).status_code in (403, 405), address.name


@pytest.mark.parametrize("path", ["/admin/", "/static/../settings.py", "/__debug__/", "/api/", "/.env", "/metrics"])
def test_what_nobody_serves_is_not_found(client, path):
    assert client.get(path).status_code == 404


def test_no_address_takes_free_text():
    """Names stay out of addresses: what varies in one is a reference or a number."""
    assert {what for address in ADDRESSES for what in address.varies} <= {
        "CUS-2222-222",
        "ENQ-2222-222",
        *NUMBERS.values(),
    }
