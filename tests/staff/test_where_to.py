"""Where somebody is after signing in, and what a page that is refused still offers."""

from __future__ import annotations

import pytest

from tests.factories import PASSWORD
from tests.staff.signing_in import LOGIN

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("asked", "comes_to"),
    [
        ("/enquiries/today/", "/enquiries/today/"),
        ("/retention/holds/", "/"),  # another role's page, which a colleague left
        ("/enquiries/today/?after=1-1", "/enquiries/today/?after=1-1"),
        ("/nowhere/", "/nowhere/"),
        ("https://evil.example/", "/first-page/"),
    ],
)
def test_page_that_was_asked_for_is_shown_if_the_role_may(nia, client, asked, comes_to):
    answer = client.post(LOGIN, {"login": "nia.sample", "password": PASSWORD, "next": asked})

    assert answer["Location"] == comes_to


@pytest.mark.parametrize(("path", "status"), [("/retention/holds/", 403), ("/nowhere/", 404)])
def test_refused_page_has_menu_name_and_sign_out(desk, adviser, path, status):
    answer = desk.get(path, headers={"Sec-Fetch-Site": "none"})  # as it was typed into the address bar

    assert answer.status_code == status
    page = answer.content.decode()
    for part in ('aria-label="Main menu"', adviser.name, 'action="/accounts/logout/"', 'name="language"'):
        assert part in page


def test_refused_page_of_nobody_has_none(client):
    page = client.get("/nowhere/").content.decode()

    assert "/accounts/logout/" not in page
