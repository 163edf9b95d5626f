"""What the scripts of the desk must not do: send twice, lose what is typed, believe an old answer, write HTML."""

from __future__ import annotations

import time
from typing import Any

import pytest

from drafts.models import Draft
from tests import factories
from visits.models import Enquiry


@pytest.fixture
def counter(page, sign_in, live_server, adviser, search_is_whole):
    service = factories.make_service(code="housing", name_en="Housing", name_cy="Tai")
    factories.make_topic(service, code="odd", name_en="<b id=x>Odd</b>", name_cy="Od")
    factories.make_service(code="benefits", name_en="Benefits", name_cy="Budd-daliadau")
    sign_in(adviser)
    page.goto(live_server.url)
    return page


def choose_housing(page: Any) -> None:
    page.fill("#id_about", "hou")
    page.press("#id_about", "Enter")


def posts_to(page: Any, path: str) -> list[str]:
    """The POSTs that the page sends to a path from now on."""
    seen: list[str] = []
    page.on("request", lambda asked: asked.method == "POST" and asked.url.endswith(path) and seen.append(asked.url))
    return seen


def test_double_click_on_log_is_sent_once(counter):
    choose_housing(counter)
    sent = posts_to(counter, "/enquiries/")

    counter.dblclick("[data-submit]")
    counter.wait_for_selector(".cw-toast")

    assert len(sent) == 1
    assert Enquiry.objects.count() == 1


def test_failed_saving_of_a_draft_is_tried_again(counter):
    answers = iter([500])
    counter.route(
        "**/drafts/",
        lambda route: route.fulfill(status=status) if (status := next(answers, None)) else route.continue_(),
    )

    counter.fill("#id_narrative", "kept at the second try")
    counter.wait_for_selector("[data-state=failed]:visible")
    counter.wait_for_selector("[data-save-state] >> text=Draft kept")

    assert counter.locator("[data-state]:visible").count() == 0
    assert Draft.objects.get().content["narrative"] == "kept at the second try"


def test_one_draft_is_saved_at_a_time_and_the_newest_last(counter):
    under_way, most = [0], [0]

    def count(asked: Any, by: int) -> None:
        if asked.url.endswith("/drafts/"):
            under_way[0] += by
            most[0] = max(most[0], under_way[0])

    counter.on("request", lambda asked: count(asked, 1))
    counter.on("requestfinished", lambda asked: count(asked, -1))

    def hold_back(route: Any) -> None:
        answer = route.fetch()
        time.sleep(0.6)
        route.fulfill(response=answer)

    counter.route("**/drafts/", hold_back)
    for text in ("first", " second", " third"):
        counter.type("#id_narrative", text)
        counter.wait_for_timeout(500)
    counter.wait_for_selector("[data-save-state] >> text=Draft kept")
    counter.wait_for_timeout(1500)

    assert most[0] == 1
    assert [draft.content["narrative"] for draft in Draft.objects.all()] == ["first second third"]


def test_what_was_typed_a_moment_before_the_page_is_left_is_kept(counter, live_server):
    counter.type("#id_narrative", "typed and gone")

    counter.goto(live_server.url + "/shortcuts/")
    counter.wait_for_timeout(500)

    assert Draft.objects.get().content["narrative"] == "typed and gone"


def test_what_was_typed_for_a_new_customer_comes_along_to_the_one_who_is_found(counter, adviser, live_server):
    factories.make_customer(by=adviser)
    counter.goto(live_server.url + "/customers/new/")
    counter.fill("#id_narrative", "said before it was clear who")
    counter.wait_for_selector("[data-save-state] >> text=Draft kept")

    counter.fill("#q", "jones")
    counter.click("[data-hit]")
    counter.wait_for_selector(".cw-banner >> text=Jones")

    assert counter.input_value("#id_narrative") == "said before it was clear who"


def test_suggestions_are_text_and_never_html(counter):
    counter.fill("#id_about", "odd")
    counter.wait_for_selector("[role=option] >> text=Odd")

    assert counter.query_selector("#x") is None
    assert "<b id=x>Odd</b>" in counter.inner_text("[role=option]")


def test_choice_that_was_cleared_is_not_sent(counter):
    choose_housing(counter)
    assert counter.input_value("#id_about") == "Housing"

    counter.fill("#id_about", "")
    counter.press("#id_about", "Escape")
    counter.click("[data-submit]")
    counter.wait_for_selector(".govuk-error-summary")

    assert not Enquiry.objects.exists()
