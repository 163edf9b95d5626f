"""The thread of an enquiry in a browser: what is chosen is shown, said on the button, and done."""

from __future__ import annotations

import os
from typing import Any

import pytest

from staff.models import Role
from tests import factories
from tests.browser.conftest import axe
from visits import actions
from visits.models import Enquiry, EnquiryEntry, Presence

SHOTS = os.environ.get("SHOTS")


def shot(page: Any, name: str) -> None:
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


@pytest.fixture
def opened(adviser: Any, search_is_whole: None) -> Enquiry:
    rhys = factories.make_user(name="Rhys Demo")
    customer = factories.make_customer(by=adviser, postcode="LL13 7TF")
    service = factories.make_service(code="benefits", name_en="Benefits", name_cy="Budd-daliadau")
    enquiry = factories.make_enquiry(
        by=adviser, customer=customer, service=service, outcome="open", narrative="Starts work on Thursday."
    )
    note = factories.uuid.uuid4()
    actions.amend_enquiry(enquiry, text="Rang: the start is put off to 1 December.", submission=note, by=rhys)
    return enquiry


@pytest.mark.parametrize("language", ["en-gb", "cy"])
@pytest.mark.parametrize("width", [1366, 320])
def test_only_what_belongs_to_the_choice_is_shown(page, live_server, sign_in, adviser, opened, language, width):
    sign_in(adviser, language)
    page.set_viewport_size({"width": width, "height": 768})
    page.goto(live_server.url + opened.get_absolute_url())
    button = page.locator("[data-submit]")

    assert page.evaluate("document.activeElement.name") == "text"
    assert not page.locator("[name=outcome]").is_visible()
    assert not page.locator("[name=to]").is_visible()
    said = {button.inner_text()}
    shot(page, f"thread-{language}-{width}")
    page.check("[name=then][value=close]")
    assert page.locator("[name=outcome]").is_visible()
    assert not page.locator("[name=referred_to]").is_visible()
    said.add(button.inner_text())
    page.select_option("[name=outcome]", "referred")
    assert page.locator("[name=referred_to]").is_visible()
    shot(page, f"thread-close-{language}-{width}")
    page.check("[name=then][value=hand_over]")
    assert page.locator("[name=to]").is_visible()
    assert not page.locator("[name=outcome]").is_visible()
    said.add(button.inner_text())
    assert len(said) == 3
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert axe(page) == []


def test_ctrl_enter_does_what_is_chosen_and_a_refusal_keeps_it(page, live_server, sign_in, adviser, opened):
    sign_in(adviser)
    page.goto(live_server.url + opened.get_absolute_url())
    page.keyboard.type("All is settled")
    page.check("[name=then][value=close]")

    page.keyboard.press("Control+Enter")
    page.wait_for_selector("[data-error-summary]")

    assert page.input_value("[name=text]") == "All is settled"
    assert page.is_checked("[name=then][value=close]")
    assert not page.locator("[name=referred_to]").is_visible()
    page.select_option("[name=outcome]", "resolved")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("text=Closed: Resolved")
    assert not Enquiry.objects.get().is_open
    assert EnquiryEntry.objects.filter(kind="closing").get().text == "All is settled"


def test_enter_attaches_only_a_sole_exact_hit(page, live_server, sign_in, adviser, search_is_whole):
    for given in ("Rhys", "Mair"):
        factories.make_customer(by=adviser, family_name="Parry", given_names=given)
    enquiry = factories.make_enquiry(by=adviser)
    sign_in(adviser)
    page.goto(live_server.url + enquiry.get_absolute_url())

    for typed in ("parry", "parru rhys"):  # two, and a guess
        page.fill("#q", typed)
        page.wait_for_selector(f"[data-results][data-for='{typed}'] .cw-hit")
        page.press("#q", "Enter")
        page.wait_for_timeout(300)
        enquiry.refresh_from_db()
        assert enquiry.customer is None
    page.fill("#q", "parry rhys")
    page.wait_for_selector("[data-results][data-for='parry rhys'] [data-hit]")
    page.press("#q", "Enter")
    page.wait_for_selector(".cw-banner")

    enquiry.refresh_from_db()
    assert enquiry.customer.given_names == "Rhys"
    shot(page, "attached")
    page.keyboard.press("F8")
    page.wait_for_selector(".cw-banner", state="detached")
    enquiry.refresh_from_db()
    assert enquiry.customer is None


def test_colleague_who_has_it_open_is_said_within_moments(page, live_server, sign_in, adviser, opened):
    factories.make_presence(factories.make_user(Role.MANAGER, name="Mair Demo"), opened)
    sign_in(adviser)
    page.goto(live_server.url + opened.get_absolute_url())

    page.wait_for_selector("#present >> text=Mair Demo")
    page.wait_for_load_state("networkidle")
    assert Presence.objects.filter(by=adviser, reference=opened.reference).exists()


def test_two_changes_of_one_customer_are_shown_side_by_side(page, live_server, sign_in, adviser):
    customer = factories.make_customer(by=adviser, phone="01978 111111", address="1 Old Road")
    sign_in(adviser)
    page.goto(live_server.url + customer.get_absolute_url() + "change/")
    factories.change(customer, by=factories.make_user(), phone="01978 333333", address="2 New Street")

    page.fill("#id_phone", "01978 222222")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("[name=keep_phone]")

    assert page.input_value("#id_address") == "2 New Street"
    assert axe(page) == []
    shot(page, "side-by-side")
    page.check("[name=keep_phone][value=mine]")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#details")
    customer.refresh_from_db()
    assert (customer.phone, customer.address) == ("01978 222222", "2 New Street")


def test_list_of_open_enquiries(page, live_server, sign_in, adviser, opened):
    sign_in(adviser)
    for width in (1366, 320):
        page.set_viewport_size({"width": width, "height": 768})
        page.goto(live_server.url + "/enquiries/open/")
        shot(page, f"open-{width}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert axe(page) == []
