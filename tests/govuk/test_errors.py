"""Every page that was refused says so before its title and in a summary, in words that are understood alone."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from html import unescape
from typing import Any

import pytest
from django import forms
from django.contrib.auth.hashers import make_password
from django.template import Context
from django.test import Client
from django.utils.functional import SimpleLazyObject

from govuk.templatetags.errors import faults, refused_in
from privacy.dates import london_today
from retention.actions import place_hold
from services.models import Service
from staff.models import Role
from tests import factories

pytestmark = pytest.mark.django_db

WORDS = {"en-gb": ("Error: ", "There is a problem"), "cy": ("Gwall: ", "Mae problem")}


def summary(page: str) -> list[tuple[str, str]]:
    """The summary's lines: where each leads, and its words."""
    block = re.search(r'<div class="govuk-error-summary".*?</ul>', page, re.DOTALL)
    lines = re.findall(r"<li>(?:<a href=\"#([^\"]*)\">)?(.*?)(?:</a>)?</li>", block[0] if block else "", re.DOTALL)
    return [(target, unescape(words)) for target, words in lines]


def title(page: str) -> str:
    return unescape(re.findall(r"<title>(.*?)</title>", page, re.DOTALL)[0])


def enquiry(**fields: Any) -> Any:
    return factories.make_enquiry(**fields)


def a_hold() -> Any:
    details = {"reason": "dispute", "authority": "C/1", "review_on": london_today() + dt.timedelta(days=7)}
    manager = factories.make_user(Role.MANAGER)
    return place_hold(enquiry(), **details, responsible=manager, by=manager)


def release_twice(client: Client) -> Any:
    path = f"/retention/holds/{a_hold().pk}/release/"
    client.post(path)
    return client.post(path)


REFUSED: dict[str, tuple[Role | None, Any]] = {
    "sign in": (None, lambda client: client.post("/accounts/login/", {"login": "", "password": ""})),
    "signing in failed": (None, lambda client: client.post("/accounts/login/", {"login": "x", "password": "y"})),
    "password": (Role.ADVISER, lambda client: client.post("/accounts/password/change/", {})),
    "confirm password": (Role.ADVISER, lambda client: client.post("/accounts/reauthenticate/", {"password": "no"})),
    "enquiry": (Role.ADVISER, lambda client: client.post("/enquiries/", factories.posted(about=""))),
    "page too old": (
        Role.ADVISER,
        lambda client: client.post("/enquiries/", factories.posted(about="s:here") | {"submission": ""}),
    ),
    "new customer": (Role.ADVISER, lambda client: client.post("/customers/", factories.posted("new"))),
    "customer change": (
        Role.ADVISER,
        lambda client: client.post(
            factories.make_customer().get_absolute_url() + "change/",
            factories.posted(version="1", postcode="nowhere"),
        ),
    ),
    "closing": (Role.ADVISER, lambda client: client.post(enquiry(outcome="open").get_absolute_url() + "close/", {})),
    "adding": (
        Role.ADVISER,
        lambda client: client.post(enquiry().get_absolute_url() + "amend/", {"submission": str(uuid.uuid4())}),
    ),
    "closing twice": (
        Role.ADVISER,
        lambda client: client.post(
            enquiry().get_absolute_url() + "close/", {"submission": str(uuid.uuid4()), "outcome": "resolved"}
        ),
    ),
    "hold": (Role.GOVERNANCE, lambda client: client.post("/retention/holds/place/", {})),
    "review of a hold": (Role.GOVERNANCE, lambda client: client.post(f"/retention/holds/{a_hold().pk}/review/", {})),
    "released twice": (Role.GOVERNANCE, lambda client: release_twice(client)),
    "access log": (Role.GOVERNANCE, lambda client: client.get("/access-log/", {"record": "abc"})),
}


def refused(name: str, signed_in: Any, language: str = "en-gb") -> str:
    role, ask = REFUSED[name]
    client = signed_in(factories.make_user(role, password=make_password("right"))) if role else Client()
    client.cookies["django_language"] = language
    if not Service.objects.filter(code="here").exists():
        factories.make_service(code="here")
    answer = ask(client)
    assert answer.status_code == 422 or "/accounts/" in answer.request["PATH_INFO"]
    return answer.content.decode()


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize("name", REFUSED)
def test_refused_page_says_so_in_title_and_summary(signed_in, whole_search, name, language):
    page = refused(name, signed_in, language)

    prefix, heading = WORDS[language]
    assert title(page).startswith(prefix)
    assert heading in page
    assert page.count("data-error-summary") == 1
    assert re.search(r'class="govuk-error-summary" tabindex="-1"', page)
    assert summary(page)


@pytest.mark.parametrize("name", REFUSED)
def test_summary_leads_to_fields_whose_own_words_it_says(signed_in, whole_search, name):
    page = refused(name, signed_in)

    for target, words in summary(page):
        if target:
            assert page.count(f'id="{target}"') == 1
            beside = re.search(rf'id="{target}_error">(.*?)</p>', page, re.DOTALL)
            assert beside
            assert 'class="govuk-visually-hidden">Error:</span>' in beside[1]
            said = unescape(beside[1])
            assert words in said or words.split(": ", 1)[1] in said


def test_words_of_each_page_are_understood_alone(signed_in, whole_search):
    said = {name: summary(refused(name, signed_in)) for name in ("sign in", "enquiry", "access log", "adding")}

    assert said["sign in"] == [("id_login", "Type your username."), ("id_password", "Type your password.")]
    assert said["enquiry"] == [("id_about", "Choose a service or a topic: type its first letters.")]
    assert said["access log"][0][0] == "id_record"
    assert said["adding"] == [("id_text", "Type what is to be added.")]


def test_page_with_two_forms_names_the_customer_first(signed_in, whole_search):
    client = signed_in(factories.make_user())
    page = client.post("/enquiries/", factories.posted("new", about="", postcode="nowhere") | {"page": "new"})

    targets = [target for target, _words in summary(page.content.decode())]
    assert targets in (["id_postcode", "id_about"], ["id_about"])


@pytest.mark.parametrize(
    ("role", "path"),
    [
        (None, "/accounts/login/"),
        (Role.ADVISER, "/"),
        (Role.ADVISER, "/customers/new/"),
        (Role.GOVERNANCE, "/retention/"),
        (Role.GOVERNANCE, "/access-log/"),
    ],
)
def test_page_that_was_not_refused_says_nothing(client, signed_in, whole_search, role, path):
    page = (signed_in(factories.make_user(role)) if role else client).get(path).content.decode()

    assert not title(page).startswith("Error")
    assert "govuk-error-summary" not in page


def test_two_fields_with_the_same_words_are_told_apart(signed_in, whole_search):
    client = signed_in(factories.make_user())
    page = client.post("/customers/", factories.posted("new", phone="abc", other_phone="xyz")).content.decode()

    (first, said), (second, said_too) = summary(page)
    assert (first, second) == ("id_phone", "id_other_phone")
    assert said.startswith("Telephone: A telephone number has")
    assert said_too.startswith("Other telephone: A telephone number has")


class Every(forms.Form):
    """A form with each kind of error."""

    plain = forms.CharField(label="Plain")
    own = forms.CharField(label="Own", error_messages={"required": "Type your own."})
    short = forms.CharField(label="Short", max_length=2)
    chosen = forms.ChoiceField(label="Chosen", choices=[("a", "A")])
    hidden = forms.CharField(widget=forms.HiddenInput, label="Hidden")

    def clean(self) -> None:
        self.add_error("own", "Something else.")
        raise forms.ValidationError("The whole is wrong.")


def test_words_of_django_are_said_with_their_field():
    found = [(fault.target, fault.words) for fault in faults(Every({"short": "long", "chosen": "b"}))]

    assert found[0] == ("", "The whole is wrong.")
    assert found[1] == ("id_plain", "Plain: This field is required.")
    assert found[2:4] == [("id_own", "Type your own."), ("id_own", "Something else.")]
    assert found[4][1].startswith("Short: Ensure this value has at most 2 characters")
    assert found[5][1].startswith("Chosen: Select a valid choice")
    assert found[6] == ("", "Hidden: This field is required.")


def test_looking_for_refused_forms_wakes_no_lazy_object():
    """An error page may be shown in a transaction that has failed: asking who is signed in would fail again."""

    def wake():
        raise AssertionError("woken")

    assert refused_in(Context({"user": SimpleLazyObject(wake)})) == []
