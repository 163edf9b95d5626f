"""Guardian: every address refuses whoever may not use it, and none is forgotten."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from sharing.access import PERMISSIONS
from staff.models import Role
from tests import factories
from tests.addresses import ADDRESSES, NUMBERS, Address, records_for

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
GUARDED = [address for address in ADDRESSES if address.permission]


def each(addresses: list[Address]) -> Any:
    return pytest.mark.parametrize("address", addresses, ids=lambda address: address.name)


def answers(client: Client, path: str, **posted: str) -> dict[str, int]:
    """The status by method. Where a POST is empty, what is allowed answers that something is missing, never 403."""
    return {"GET": got(client, path), "POST": client.post(path, posted).status_code}


def got(client: Client, path: str) -> int:
    """The status of a GET; 405 where the address is a form's action only, and sends to the page above it."""
    answer = client.get(path)
    parts = path.rstrip("/").split("/")
    above = {"/".join(parts[:number]) + "/" for number in range(1, len(parts))}
    is_sent_up = answer.status_code == 302 and answer["Location"] in above and path != "/"
    return 405 if is_sent_up else answer.status_code


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

    if got(client, address.path) != 405:
        assert answer.status_code == 302
        assert answer["Location"].startswith(f"{reverse(settings.LOGIN_URL)}?next=")
    posted = client.post(address.path)
    assert posted.status_code in (403, 405) or posted["Location"].startswith(reverse(settings.LOGIN_URL))


@pytest.mark.parametrize("role", Role)
@each(GUARDED)
def test_role_is_let_in_as_the_table_says(signed_in, whole_search, role, address):
    user = factories.make_user(role)
    path = address.path_of(records_for(address, user))
    person = factories.make_customer(by=user)

    statuses = answers(signed_in(user), path, customer=person.reference)

    if role in PERMISSIONS[address.permission]:
        assert statuses["GET"] in (200, 405)
        assert statuses["POST"] in (200, 302, 422, 405)
        assert set(statuses.values()) != {405}
    else:
        refused = {403, 405} | ({302} if address.name in LEADING_ELSEWHERE else set())
        assert set(statuses.values()) <= refused
        assert {302, 403} & set(statuses.values())


# Where a page may write while it is only looked at.
WRITTEN_BY_LOOKING = ("sharing_accessevent", "django_session")


@each(GUARDED)
def test_address_answers_a_get_with_a_page_that_changes_nothing_or_not_at_all(signed_in, whole_search, address):
    user = factories.make_user(sorted(PERMISSIONS[address.permission])[0])
    path = address.path_of(records_for(address, user))
    client = signed_in(user)

    with CaptureQueriesContext(connection) as queries:
        status = got(client, path)

    assert status in (200, 405), "what sends elsewhere has changed something, or changes nothing by chance"
    assert not [
        query["sql"]
        for query in queries
        if any(word in query["sql"].upper() for word in ("INSERT ", "UPDATE ", "DELETE ", "NEXTVAL"))
        and not any(table in query["sql"] for table in WRITTEN_BY_LOOKING)
    ]


@each(GUARDED)
@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_address_answers_no_method_that_no_page_sends(signed_in, whole_search, address, method):
    client = signed_in(factories.make_user(sorted(PERMISSIONS[address.permission])[0]))

    assert client.generic(method, address.path).status_code == 405


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


@each(GUARDED)
@pytest.mark.parametrize("where", ["path", "query", "cookie", "header", "field"])
def test_nul_is_refused_wherever_it_stands(signed_in, whole_search, address, where):
    """PostgreSQL refuses it; no browser of ours sends one in a head. In a field it is refused with words."""
    browser = signed_in(factories.make_user(next(iter(PERMISSIONS[address.permission]))))
    if where == "cookie":
        browser.cookies["language"] = "c%00y"
    path = f"{address.path}%00" if where == "path" else address.path
    headers = {"X-Zyxw": "a\0b"} if where == "header" else {}
    fields = {name: "a\0b" for name in ("q", "record", "customer", "submission", "made_for", "to", "came", "text")}

    if where == "field":
        assert browser.post(path, fields).status_code < 500
    else:
        assert browser.get(path + ("?logged=a%00b" if where == "query" else ""), headers=headers).status_code == 400


@each(GUARDED)
@pytest.mark.parametrize("method", ["get", "head"])
def test_address_of_a_forms_action_leads_to_the_page_above(signed_in, whole_search, address, method):
    """Whoever presses Enter in the address bar after a refused form sees a page."""
    user = factories.make_user(next(iter(PERMISSIONS[address.permission])))

    answer = getattr(signed_in(user), method)(address.path, follow=True)

    assert answer.status_code in (200, 404)
    assert answer.status_code == 200 or address.varies
