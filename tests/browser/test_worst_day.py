"""The worst day at the desk: everything that may go wrong between two contacts, at 70 ms a key.

Each contact has words of its own. At the end every word stands once, in the record of the person for whom it was typed,
under the adviser who typed it, and no draft is left.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from typing import Any

import pytest

from drafts.models import Draft
from staff.models import Role
from tests import factories
from tests.thinning import times
from visits.models import Customer, Enquiry

KEY = 70
# No hand is at the mouse sooner than this after it saw a page.
HAND = 200
PATIENCE = 15_000
ABOUT = {"en-gb": "hou", "cy": "tai"}
# Words that a search finds by one name alone.
NAMES = ["Jones", "Evans", "Ffoulkes", "Okafor", "Llewelyn"]
NOTES = [
    "asked about the bins",
    "yn holi am y dreth",
    "came twice",
    "papers seen",
    "to come back Monday",
    "wedi ffonio",
]


class Day:
    """One adviser's day at one browser; `told` is what the records must say at its end."""

    def __init__(self, page: Any, sign_in: Any, live_server: Any, adviser: Any, language: str) -> None:
        self.page, self.adviser, self.language = page, adviser, language
        self.sign_in, self.url = sign_in, live_server.url
        self.colleague = factories.make_user(Role.MANAGER, name="Tomos Other")
        self.people = [factories.make_customer(by=adviser, family_name=name, given_names="Nia") for name in NAMES]
        self.chance = random.Random(f"worst day {language}")
        self.number = 0
        self.told: list[tuple[str, str, str]] = []
        # The submission that each tab sent last, until it shows another page.
        self.sent: dict[Any, str] = {}
        sign_in(adviser, language)
        page.goto(self.url)

    # --- hands ---

    def type(self, text: str) -> None:
        self.page.keyboard.type(text, delay=KEY)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.page.wait_for_timeout(KEY)

    def note(self) -> str:
        """Write words that nobody else's note has, in the box for notes."""
        self.hears()
        self.number += 1
        words = f"{self.chance.choice(NOTES)} no {self.number}"
        self.page.focus("#id_narrative")
        self.type(words)
        return words

    def choose_service(self) -> None:
        self.press("F2")
        self.type(ABOUT[self.language])
        self.press("Enter")

    def find(self, person: Customer) -> None:
        """Find somebody as fast as a hand can: what is typed right after is meant for the next field."""
        self.press("F4")
        self.type(person.family_name)
        self.press("Enter")

    def find_and_choose_service(self, person: Customer) -> None:
        self.find(person)
        self.type(ABOUT[self.language])
        self.page.wait_for_selector(f".cw-banner >> text={person.family_name}", timeout=PATIENCE)
        self.page.wait_for_selector("#id_about:focus")
        self.press("Enter")

    def wait_for_person(self, person: Customer) -> None:
        self.page.wait_for_selector(f".cw-banner >> text={person.family_name}", timeout=PATIENCE)
        self.page.wait_for_selector("#id_about:focus")

    def submission(self) -> str:
        return self.page.input_value("form:has([data-draft]) > [name=submission]")

    def send(self) -> None:
        self.sent[self.page] = self.submission()
        self.press("Control+Enter")

    def is_logged(self, words: str, person: Customer | None = None) -> None:
        """Remember what the record must say. A hand goes on without waiting for the answer, as long as it types."""
        self.told.append((words, person.family_name if person else "", self.adviser.username))

    def hears(self) -> None:
        """Wait until the page has gone on after what was sent last."""
        sent = self.sent.pop(self.page, "")
        gone = "sent => (document.querySelector('[data-draft]')?.form.elements.submission.value ?? sent) !== sent"
        self.page.wait_for_function(gone, arg=sent, timeout=PATIENCE)
        self.page.wait_for_timeout(HAND)

    def log(self, words: str, person: Customer | None = None) -> None:
        self.send()
        self.is_logged(words, person)

    def kept(self) -> None:
        self.page.wait_for_function("() => document.querySelector('[data-save-state]')?.textContent", timeout=PATIENCE)

    def somebody(self) -> Customer:
        return self.chance.choice(self.people)

    def banner(self, state: str) -> None:
        self.page.wait_for_selector(f"[data-state={state}]:visible", timeout=PATIENCE)

    # --- contacts ---

    def anonymous(self) -> None:
        self.choose_service()
        self.log(self.note())

    def known(self) -> None:
        person = self.somebody()
        self.find_and_choose_service(person)
        self.log(self.note(), person)

    def refused_first(self) -> None:
        words = self.note()
        self.press("Control+Enter")
        self.page.wait_for_selector(".govuk-error-summary")
        self.choose_service()
        self.log(words)

    def new_customer_refused_first(self) -> None:
        self.hears()
        self.page.click(".cw-banner__leave")
        self.page.wait_for_selector("#id_given_names:focus")
        name = f"Newcomer{self.number}"
        self.type("Alys")
        self.press("Tab")
        self.type(name)
        self.page.focus("#id_born_on")
        self.type("32/1/1980")
        self.choose_service()
        words = self.note()
        self.press("Control+Enter")
        self.page.wait_for_selector(".govuk-error-summary")
        self.page.fill("#id_born_on", "")
        self.type("12/1/1980")
        self.send()
        self.is_logged(words, Customer(family_name=name))

    def told_before_it_was_clear_who(self) -> None:
        person, words = self.somebody(), self.note()
        self.find(person)
        self.wait_for_person(person)
        self.choose_service()
        self.log(words, person)

    def another_than_was_thought(self) -> None:
        first, second = self.chance.sample(self.people, 2)
        self.find(first)
        self.wait_for_person(first)
        words = self.note()
        self.find(second)
        self.wait_for_person(second)
        self.press("Shift+F2")
        self.page.wait_for_selector(".cw-offer", state="detached")
        self.page.wait_for_function("words => document.querySelector('#id_narrative')?.value === words", arg=words)
        self.choose_service()
        self.log(words, second)

    def without_a_connection(self) -> None:
        self.choose_service()
        self.hears()
        self.page.context.set_offline(True)
        words = self.note()
        self.send()
        self.banner("offline")
        self.page.context.set_offline(False)
        self.is_logged(words)
        self.hears()

    def answer_that_was_lost_and_a_reload(self) -> None:
        self.choose_service()
        words = self.note()

        def lose(route: Any) -> None:
            route.fetch(max_redirects=0)
            route.abort()

        self.page.route("**/enquiries/", lose, times=1)
        self.send()
        self.banner("offline")
        self.page.reload()
        self.is_logged(words)
        self.hears()

    def reload_in_a_word(self) -> None:
        words = self.note()
        self.page.reload()
        self.page.wait_for_function("words => document.querySelector('#id_narrative')?.value === words", arg=words)
        self.choose_service()
        self.log(words)

    def other_language_and_back(self) -> None:
        words = self.note()
        for _ in range(2):
            before = self.page.get_attribute("html", "lang")
            self.page.click("[name=language]")
            self.page.wait_for_function("before => document.documentElement.lang !== before", arg=before)
        self.page.wait_for_function("words => document.querySelector('#id_narrative')?.value === words", arg=words)
        self.choose_service()
        self.log(words)

    def back_after_logging(self) -> None:
        self.anonymous()
        self.hears()
        self.page.go_back()
        self.page.wait_for_selector("[role=combobox]")
        self.page.wait_for_timeout(300)
        self.press("Control+Enter")
        self.page.wait_for_selector(".govuk-error-summary")
        self.page.goto(self.url)

    def signed_out_meanwhile(self) -> None:
        person = self.somebody()
        self.find_and_choose_service(person)
        words = self.note()
        self.kept()
        self.page.context.clear_cookies()
        self.page.focus("#id_narrative")
        self.type(", more")
        self.banner("out")
        self.send()
        self.sign_in(self.adviser, self.language)
        self.is_logged(f"{words}, more", person)
        self.hears()

    def colleague_signed_in_meanwhile(self) -> None:
        self.choose_service()
        words = self.note()
        self.sign_in(self.colleague, self.language)
        self.send()
        self.banner("other")
        self.sign_in(self.adviser, self.language)
        self.is_logged(words)
        self.hears()

    def double_click(self) -> None:
        self.choose_service()
        words = self.note()
        self.sent[self.page] = self.submission()
        self.page.dblclick("[data-submit]")
        self.is_logged(words)

    def undone_and_logged_again(self) -> None:
        person = self.somebody()
        self.find_and_choose_service(person)
        words = self.note()
        self.send()
        self.hears()
        self.press("F8")
        self.page.wait_for_function("words => document.querySelector('#id_narrative')?.value === words", arg=words)
        self.page.focus("#id_narrative")
        self.press("End")
        self.type(", again")
        self.log(f"{words}, again", person)

    def guess_that_is_not_opened(self) -> None:
        self.press("F4")
        self.type("jonse")
        self.press("Enter")
        self.page.wait_for_selector("[data-results]")
        self.page.wait_for_timeout(300)
        self.choose_service()
        self.log(self.note())

    def two_tabs(self) -> None:
        first = self.page
        second = first.context.new_page()
        second.goto(self.url)
        self.choose_service()
        words = self.note()
        self.page = second
        self.choose_service()
        others = self.note()
        self.page = first
        self.log(words)
        self.page = second
        self.log(others)
        self.hears()
        second.close()
        self.page = first

    def discarded_and_brought_back(self) -> None:
        words = self.note()
        self.kept()
        self.page.click("[data-discard]")
        self.page.wait_for_selector("form[data-undo][action$='/restore/']")
        self.press("F8")
        self.page.wait_for_function("words => document.querySelector('#id_narrative')?.value === words", arg=words)
        self.choose_service()
        self.log(words)


NAMED = [name for name in vars(Day) if not name.startswith("_")]
# The methods below "contacts".
CONTACTS: list[Callable[[Day], None]] = [getattr(Day, name) for name in NAMED[NAMED.index("banner") + 1 :]]


@pytest.fixture
def services(transactional_db: None) -> None:
    factories.make_service(code="benefits", name_en="Benefits", name_cy="Budd-daliadau")
    factories.make_service(code="housing", name_en="Housing", name_cy="Tai")


def test_keys_of_a_fast_hand_reach_the_page_after_the_one_that_was_sent(
    page, sign_in, live_server, adviser, services, search_is_whole
):
    day = Day(page, sign_in, live_server, adviser, "en-gb")

    for _ in range(3):
        day.known()
    day.hears()

    assert Enquiry.objects.filter(service__code="housing").count() == 3


@pytest.mark.parametrize("language", ["en-gb", "cy"])
def test_worst_day_loses_no_word_and_mistakes_nobody(
    page, sign_in, live_server, adviser, services, search_is_whole, language
):
    day = Day(page, sign_in, live_server, adviser, language)
    number = times(60, part=len(CONTACTS))
    contacts = (CONTACTS * (number // len(CONTACTS) + 1))[:number]
    day.chance.shuffle(contacts)

    for contact in contacts:
        contact(day)
    day.hears()

    found = [
        (enquiry.narrative, enquiry.customer.family_name if enquiry.customer else "", enquiry.adviser.username)
        for enquiry in Enquiry.objects.select_related("customer", "adviser").order_by("pk")
    ]
    assert sorted(found) == sorted(day.told)
    assert {enquiry.service.code for enquiry in Enquiry.objects.select_related("service")} == {"housing"}
    assert not Draft.objects.exists()
    assert not re.search(r"typed:", page.evaluate("JSON.stringify({...sessionStorage})"))
