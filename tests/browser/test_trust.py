"""What must never happen at the desk: words lost, on the wrong person, or under the wrong author."""

from __future__ import annotations

from typing import Any

import pytest

from drafts.models import Draft
from staff.models import Role
from tests import factories
from visits.models import Customer, Enquiry


@pytest.fixture
def housing(transactional_db: None) -> Any:
    factories.make_service(code="benefits", name_en="Benefits", name_cy="Budd-daliadau")
    return factories.make_service(code="housing", name_en="Housing", name_cy="Tai")


@pytest.fixture
def counter(page, sign_in, live_server, adviser, housing, search_is_whole):
    sign_in(adviser)
    page.goto(live_server.url)
    return page


@pytest.fixture
def sian(adviser) -> Customer:
    return factories.make_customer(by=adviser)


def choose_housing(page: Any) -> None:
    page.fill("#id_about", "hou")
    page.press("#id_about", "Enter")


def log(page: Any) -> None:
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".cw-toast")


def find(page: Any, name: str) -> None:
    page.fill("#q", name)
    page.press("#q", "Enter")
    page.wait_for_selector(f".cw-banner >> text={name}")


def shown(page: Any) -> str:
    return page.input_value("#id_narrative")


# --- one person's words and another's record --------------------------------------------------------------------------


def test_note_that_was_refused_once_is_gone_from_the_counter_when_it_is_logged(counter, sian):
    counter.fill("#id_narrative", "of the first person")
    counter.keyboard.press("Control+Enter")
    counter.wait_for_selector(".govuk-error-summary")
    choose_housing(counter)
    log(counter)

    assert shown(counter) == ""
    assert not Draft.objects.exists()
    find(counter, "Jones")
    assert shown(counter) == ""
    choose_housing(counter)
    log(counter)
    assert Enquiry.objects.get(customer=sian).narrative == ""


def test_new_customer_who_was_refused_once_does_not_fill_the_next_one_in(counter, live_server):
    counter.goto(live_server.url + "/customers/new/")
    counter.fill("#id_given_names", "Eve")
    counter.fill("#id_born_on", "nonsense")
    choose_housing(counter)
    counter.keyboard.press("Control+Enter")
    counter.wait_for_selector(".govuk-error-summary")
    counter.fill("#id_born_on", "")
    log(counter)

    counter.goto(live_server.url + "/customers/new/")

    assert counter.input_value("#id_given_names") == ""
    assert counter.locator(".cw-offer").count() == 0
    assert not Draft.objects.exists()


def test_what_was_typed_at_the_counter_is_offered_and_never_filled_in(counter, live_server):
    counter.fill("#id_narrative", "of somebody who left")
    counter.wait_for_selector("text=Draft kept")

    counter.goto(live_server.url)

    assert shown(counter) == ""
    assert "of somebody who left" in counter.inner_text(".cw-offer")
    counter.keyboard.press("Shift+F2")
    counter.wait_for_url("**/?draft=*")
    assert shown(counter) == "of somebody who left"


def test_what_was_typed_for_one_person_is_offered_to_the_next_and_taken_along_by_one_key(counter, sian, adviser):
    factories.make_customer(by=adviser, family_name="Evans", given_names="Rhys")
    find(counter, "Jones")
    counter.fill("#id_narrative", "meant for Evans")
    counter.wait_for_selector("text=Draft kept")

    find(counter, "Evans")

    assert shown(counter) == ""
    assert "meant for Evans" in counter.inner_text(".cw-offer")
    counter.keyboard.press("Shift+F2")
    counter.wait_for_selector(".cw-offer", state="detached")
    counter.wait_for_selector("[role=combobox]")
    assert shown(counter) == "meant for Evans"
    choose_housing(counter)
    log(counter)
    assert Enquiry.objects.get().customer.family_name == "Evans"
    assert not Draft.objects.exists()


def test_todays_words_about_a_person_come_back_by_themselves(counter, sian, live_server):
    find(counter, "Jones")
    counter.fill("#id_narrative", "of Jones today")
    counter.wait_for_selector("text=Draft kept")

    counter.goto(live_server.url)
    find(counter, "Jones")

    assert shown(counter) == "of Jones today"


# --- another account --------------------------------------------------------------------------------------------------


def test_page_of_another_account_is_not_sent_and_goes_when_that_person_is_back(counter, adviser, sign_in):
    counter.fill("#id_narrative", "of the adviser")
    choose_housing(counter)
    counter.wait_for_selector("text=Draft kept")
    manager = factories.make_user(Role.MANAGER, name="Tomos Other")
    sign_in(manager)
    counter.type("#id_narrative", ", and more")

    counter.keyboard.press("Control+Enter")
    counter.wait_for_selector("[data-state=other]:visible")

    assert "Tomos Other" in counter.inner_text("[data-state=other]")
    assert "Nia Sample" in counter.inner_text("[data-state=other]")
    assert not Enquiry.objects.exists()
    assert not Draft.objects.filter(adviser=manager).exists()
    sign_in(adviser)
    counter.wait_for_selector(".cw-toast")
    enquiry = Enquiry.objects.get()
    assert (enquiry.adviser, enquiry.narrative) == (adviser, "of the adviser, and more")


# --- session and connection -------------------------------------------------------------------------------------------


def test_old_tab_goes_on_after_signing_in_again_elsewhere(counter, adviser, sign_in):
    counter.fill("#id_narrative", "before")
    counter.wait_for_selector("text=Draft kept")
    counter.context.clear_cookies()
    counter.type("#id_narrative", ", between")
    counter.wait_for_selector("[data-state=out]:visible")

    sign_in(adviser)
    counter.wait_for_selector("text=Draft kept", timeout=8000)

    assert counter.locator("[data-state]:visible").count() == 0
    counter.type("#id_narrative", ", after")
    choose_housing(counter)
    log(counter)
    assert Enquiry.objects.get().narrative == "before, between, after"


@pytest.mark.slow("waits for the connection to come back")
def test_form_sent_without_a_connection_waits_and_goes_by_itself(counter):
    choose_housing(counter)
    counter.context.set_offline(True)
    counter.fill("#id_narrative", "typed without a connection")
    counter.keyboard.press("Control+Enter")
    counter.wait_for_selector("[data-state=offline]:visible")
    assert shown(counter) == "typed without a connection"

    counter.context.set_offline(False)
    counter.wait_for_selector(".cw-toast", timeout=10_000)

    assert Enquiry.objects.get().narrative == "typed without a connection"
    assert not Draft.objects.exists()


@pytest.mark.slow("waits for the connection to come back")
def test_words_typed_without_a_connection_survive_a_reload(counter):
    counter.fill("#id_narrative", "before")
    counter.wait_for_selector("text=Draft kept")
    counter.route("**/drafts/", lambda route: route.abort())
    counter.type("#id_narrative", ", zyxw without")
    counter.wait_for_selector("[data-state=offline]:visible")
    assert "zyxw" not in counter.evaluate("JSON.stringify({...sessionStorage})")

    counter.unroute("**/drafts/")
    counter.reload()
    counter.wait_for_selector("text=Draft kept")

    assert shown(counter) == "before, zyxw without"
    assert "typed:" not in counter.evaluate("JSON.stringify({...sessionStorage})")


def test_words_typed_a_moment_before_a_reload_are_there_again(counter):
    counter.type("#id_narrative", "in the middle of a wo")

    counter.reload()
    counter.wait_for_selector("text=Draft kept")

    assert shown(counter) == "in the middle of a wo"


def test_words_left_behind_by_a_link_are_offered_and_not_filled_in(counter, live_server):
    counter.type("#id_narrative", "for somebody who was here")
    counter.click("text=Logged today")
    counter.wait_for_url("**/today/")

    counter.goto(live_server.url)

    assert "for somebody who was here" in counter.inner_text(".cw-offer")
    counter.wait_for_timeout(300)
    assert shown(counter) == ""


@pytest.mark.slow("waits for the connection to come back")
def test_form_on_its_way_survives_a_reload_and_is_logged_once(counter):
    """The server has it, and the answer was lost."""
    choose_housing(counter)
    counter.fill("#id_narrative", "logged, and nobody heard")

    def lose(route: Any) -> None:
        route.fetch(max_redirects=0)
        route.abort()

    counter.route("**/enquiries/", lose, times=1)
    counter.keyboard.press("Control+Enter")
    counter.wait_for_selector("[data-state=offline]:visible")

    counter.reload()
    counter.wait_for_selector(".cw-toast")

    assert Enquiry.objects.get().narrative == "logged, and nobody heard"
    assert not Draft.objects.exists()


def test_words_of_another_account_do_not_open_in_this_tab(counter, adviser, sign_in, live_server):
    counter.route("**/drafts/", lambda route: route.abort())
    counter.fill("#id_narrative", "of the adviser")
    counter.wait_for_selector("[data-state=offline]:visible")

    counter.unroute("**/drafts/")
    sign_in(factories.make_user())
    counter.goto(live_server.url)
    counter.wait_for_timeout(500)
    assert shown(counter) == ""

    sign_in(adviser)
    counter.goto(live_server.url)
    counter.wait_for_selector("text=Draft kept")
    assert shown(counter) == "of the adviser"


def test_refusal_while_typing_keeps_the_page_and_says_why(counter, sian):
    find(counter, "Jones")
    counter.fill("#id_narrative", "about somebody who is no more")
    choose_housing(counter)
    counter.wait_for_selector("text=Draft kept")
    sian.delete()

    counter.keyboard.press("Control+Enter")
    counter.wait_for_selector("[data-error-summary]")

    assert "no longer there" in counter.inner_text("[data-error-summary]")
    assert counter.locator(".cw-banner--nobody").is_visible()
    assert shown(counter) == "about somebody who is no more"


def test_answer_that_is_no_page_of_the_desk_keeps_the_page_and_says_why(counter, sian):
    find(counter, "Jones")
    counter.fill("#id_narrative", "kept")
    choose_housing(counter)
    counter.wait_for_selector("text=Draft kept")
    said = "<main><h1>There is no such page</h1><p>It may have been deleted.</p></main>"
    counter.route("**/enquiries/", lambda route: route.fulfill(status=404, content_type="text/html", body=said))

    counter.keyboard.press("Control+Enter")
    counter.wait_for_selector("[data-state=refused]:visible")

    assert "may have been deleted" in counter.inner_text("[data-state=refused]")
    assert shown(counter) == "kept"


# --- the browser ------------------------------------------------------------------------------------------------------


def test_after_logging_and_going_back_box_and_choice_agree(counter):
    choose_housing(counter)
    counter.fill("#id_narrative", "once")
    counter.wait_for_selector("text=Draft kept")
    log(counter)

    counter.go_back()
    counter.wait_for_selector("#id_about")
    counter.wait_for_timeout(300)

    assert (counter.input_value("#id_about"), shown(counter)) == ("", "")
    counter.keyboard.press("Control+Enter")
    counter.wait_for_selector(".govuk-error-summary")
    assert Enquiry.objects.count() == 1


@pytest.mark.slow("types at the speed of a hand, ten times")
def test_keys_typed_right_after_choosing_a_customer_reach_about(counter, sian):
    for _ in range(10):
        counter.fill("#q", "")
        counter.focus("#q")
        counter.keyboard.type("jones", delay=70)
        counter.keyboard.press("Enter")
        counter.wait_for_timeout(70)
        counter.keyboard.type("hou", delay=70)
        counter.wait_for_selector(".cw-banner >> text=Jones")
        about = "() => document.activeElement.id === 'id_about' && document.activeElement.value === 'hou'"
        counter.wait_for_function(about)
        counter.keyboard.press("Escape")
        counter.click(".cw-banner__leave")
        counter.wait_for_selector(".cw-banner >> text=Nobody chosen")
        assert counter.input_value("#q") == "jones"


def test_choosing_a_customer_does_not_leave_the_page(counter, sian):
    counter.evaluate("window.stayed = true")

    find(counter, "Jones")

    assert counter.evaluate("window.stayed")
    assert counter.url.endswith(sian.get_absolute_url())
    counter.go_back()
    counter.wait_for_selector(".cw-banner >> text=Nobody chosen")


def test_one_tab_leads_on_from_about_however_long_its_list(counter, live_server):
    for number in range(12):
        factories.make_service(code=f"house-{number}", name_en=f"House {number}", name_cy=f"Tŷ {number}")
    counter.goto(live_server.url)
    counter.keyboard.press("F2")
    counter.keyboard.type("hou", delay=70)
    counter.wait_for_selector("[role=option]")

    counter.keyboard.press("Tab")

    assert counter.evaluate("document.activeElement.id") == "id_outcome"


def test_enter_opens_no_guess(counter, sian):
    counter.fill("#q", "jonse")
    counter.press("#q", "Enter")
    counter.wait_for_selector("[data-results]")
    counter.wait_for_timeout(300)

    assert "Nobody chosen" in counter.inner_text(".cw-banner")


def test_discard_is_undone_by_one_key(counter):
    counter.fill("#id_narrative", "thrown away in error")
    counter.wait_for_selector("text=Draft kept")
    counter.click("[data-discard]")
    counter.wait_for_selector(".cw-toast")
    assert shown(counter) == ""

    counter.keyboard.press("F8")
    counter.wait_for_url("**/?draft=*")

    assert shown(counter) == "thrown away in error"
