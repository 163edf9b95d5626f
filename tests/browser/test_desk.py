"""The adviser's job by keyboard, with JavaScript, as it is done all day."""

from __future__ import annotations

from typing import Any

import pytest

from drafts.models import Draft
from privacy.actions import rebuild_search
from tests import factories
from visits.models import Enquiry


class Keys:
    """Presses keys and counts them: one for each stroke, as a hand does."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.count = 0

    def press(self, *keys: str) -> None:
        for key in keys:
            self.count += 1
            self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        self.press(*("Space" if letter == " " else letter for letter in text))


@pytest.fixture
def services(transactional_db: None) -> None:
    for code, english, welsh in (
        ("council-tax", "Council Tax", "Treth y Cyngor"),
        ("benefits", "Benefits", "Budd-daliadau"),
        ("blue-badges", "Blue Badges", "Bathodynnau Glas"),
        ("housing", "Housing", "Tai"),
    ):
        service = factories.make_service(code=code, name_en=english, name_cy=welsh)
        factories.make_topic(service, code=f"{code}-new", name_en="New application", name_cy="Cais newydd")


@pytest.fixture
def counter(page, sign_in, live_server, adviser, services, search_is_whole):
    sign_in(adviser)
    page.goto(live_server.url)
    return page


def logged(page) -> Enquiry:
    page.wait_for_selector(".cw-toast")
    return Enquiry.objects.get()


def test_known_customer_is_logged_in_fourteen_presses(page, sign_in, live_server, adviser, services, search_is_whole):
    customer = factories.make_customer(by=adviser)
    factories.make_customer(by=adviser, given_names="Tomos", family_name="Evans")
    sign_in(adviser)
    page.goto(live_server.url)
    keys = Keys(page)

    keys.type("jones s")
    keys.press("Enter")
    page.wait_for_selector(".cw-banner >> text=Jones")
    page.wait_for_selector("#id_about:focus")
    keys.type("bl")
    keys.press("Control+Enter")

    enquiry = logged(page)
    assert enquiry.customer == customer
    assert enquiry.service.code == "blue-badges"
    assert keys.count <= 14


def test_anonymous_quick_question_is_logged_in_six_presses(counter):
    keys = Keys(counter)

    keys.press("F2")
    keys.type("ben")
    keys.press("Control+Enter")

    assert logged(counter).service.code == "benefits"
    assert keys.count <= 6
    assert counter.evaluate("document.activeElement.id") == "q"


def test_service_is_found_by_its_other_language(counter):
    keys = Keys(counter)

    keys.press("F2")
    keys.type("bath")
    keys.press("Enter", "Control+Enter")

    assert logged(counter).service.code == "blue-badges"


def test_undo_by_keyboard_brings_the_text_back(counter):
    counter.fill("#id_narrative", "what was said")
    keys = Keys(counter)
    keys.press("F2")
    keys.type("hou")
    keys.press("Control+Enter")
    logged(counter)

    keys.press("F8")
    counter.wait_for_selector("[data-discard]:visible")

    assert not Enquiry.objects.exists()
    assert counter.input_value("#id_narrative") == "what was said"
    assert counter.input_value("#id_about") == "Housing"


def test_draft_is_on_the_server_within_a_second_and_survives_reload(counter):
    counter.locator("#id_narrative").press_sequentially("half a sentence")
    counter.wait_for_timeout(1000)

    assert Draft.objects.get().content["narrative"] == "half a sentence"
    counter.reload()
    assert counter.input_value("#id_narrative") == "half a sentence"


def test_draft_survives_a_language_switch_at_once(counter):
    counter.fill("#id_narrative", "half a sentence")
    counter.click("button[value=cy]")
    counter.wait_for_selector("html[lang=cy]")

    assert counter.input_value("#id_narrative") == "half a sentence"


def test_draft_survives_sign_out_and_in_as_oneself(counter, adviser, sign_in, live_server):
    counter.fill("#id_narrative", "half a sentence")
    counter.get_by_role("button", name="Sign out").click()
    counter.wait_for_selector("input[name=login]")

    sign_in(adviser)
    counter.goto(live_server.url)

    assert counter.input_value("#id_narrative") == ""
    assert "half a sentence" in counter.inner_text(".cw-offer")
    counter.keyboard.press("Shift+F2")
    counter.wait_for_url("**/?draft=*")
    assert counter.input_value("#id_narrative") == "half a sentence"


def test_text_goes_along_to_the_customer_chosen_afterwards(counter, adviser, live_server):
    factories.make_customer(by=adviser)
    counter.fill("#id_narrative", "began before the name was asked")
    counter.fill("#q", "jones")
    counter.press("#q", "Enter")
    counter.wait_for_selector(".cw-banner >> text=Jones")

    assert counter.input_value("#id_narrative") == "began before the name was asked"


@pytest.mark.slow("types in two tabs, and waits until each has saved")
def test_two_tabs_never_write_over_each_other(counter, live_server):
    counter.fill("#id_narrative", "from the first tab")
    counter.wait_for_selector("text=Draft kept")
    second = counter.context.new_page()
    second.goto(live_server.url)
    second.fill("#id_narrative", "from the second tab")
    second.wait_for_selector("text=Draft kept")
    counter.fill("#id_narrative", "from the first tab, more")
    counter.wait_for_timeout(1000)

    kept = {draft.content["narrative"] for draft in Draft.objects.all()}
    assert kept == {"from the second tab", "from the first tab, more"}


@pytest.mark.slow("waits until the browser has tried to save")
def test_session_that_ends_in_a_note_leaves_the_text_on_the_page(counter):
    counter.context.clear_cookies()
    counter.fill("#id_narrative", "a long note")
    counter.fill("#id_about", "hou")
    counter.press("#id_about", "Enter")
    counter.keyboard.press("Control+Enter")
    counter.wait_for_selector("[data-state=out]:visible")

    assert counter.input_value("#id_narrative") == "a long note"
    assert not Enquiry.objects.exists()


def test_double_click_on_log_makes_one(counter):
    counter.fill("#id_about", "hou")
    counter.press("#id_about", "Enter")
    counter.dblclick("[data-submit]")

    logged(counter)


def test_likeness_is_hinted_while_typing_and_does_not_block(counter, adviser, live_server):
    factories.make_customer(by=adviser, postcode="LL12 7DX")
    counter.goto(live_server.url + "/customers/new/")
    counter.fill("#id_given_names", "Sian")
    counter.fill("#id_family_name", "Jones")
    counter.fill("#id_postcode", "LL127DX")

    counter.wait_for_selector("#likeness >> text=like name, same postcode")


def test_search_found_after_a_rebuild(counter, adviser):
    factories.make_customer(by=adviser, given_names="Siân", family_name="ap Rhys")
    rebuild_search()

    counter.fill("#q", "sian rees")
    counter.wait_for_selector("#results >> text=ap Rhys")


def test_shortcuts_can_be_turned_off(counter, live_server):
    counter.goto(live_server.url + "/shortcuts/")
    counter.get_by_role("button", name="Turn the shortcuts off").click()
    counter.goto(live_server.url)

    counter.keyboard.press("F2")

    assert counter.evaluate("document.activeElement.id") == "q"


def test_nothing_typed_is_in_the_browsers_stores(counter):
    counter.fill("#id_narrative", "zyxw")
    counter.fill("#q", "zyxw")
    counter.wait_for_timeout(800)

    stores = counter.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, location.href, history.state])")
    assert "zyxw" not in stores


def test_long_paste_is_refused_whole_not_cut(counter):
    counter.fill("#id_narrative", "y" * 100_000)
    counter.keyboard.press("Control+Enter")
    counter.wait_for_selector(".govuk-error-summary")

    assert len(counter.input_value("#id_narrative")) == 100_000


def test_search_has_the_focus_though_a_draft_waits(counter):
    counter.fill("#id_narrative", "half a sentence")
    counter.wait_for_selector("text=Draft kept")
    counter.reload()

    counter.wait_for_selector("#q:focus")
