"""A desk gone mad: two accounts, three tabs, two customers, and every word ends up where it belongs.

The tabs speak to the server as `drafts.js` does: they save what is typed under their submission, go on with the
submission and revision that they are told of, keep what could not be saved until it can, and send a form once.
"""

from __future__ import annotations

import html
import re
import uuid
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, settings, strategies
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from drafts.models import Draft
from tests import factories
from tests.thinning import times
from visits.models import Enquiry

TABS = strategies.integers(0, 2)
PEOPLE = strategies.integers(0, 1)


def hidden(page: str, name: str) -> str:
    """The value of a hidden field of a page."""
    return html.unescape(re.search(rf'name="{name}" value="([^"]*)"', page)[1])


@dataclass
class Tab:
    """One tab: the page that it shows, what is typed there, and what it could not save, by the page's address."""

    place: str = ""
    owner: Any = None
    fields: dict[str, str] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)
    is_dirty: bool = False
    is_offline: bool = False
    # Sent, and no answer heard: it goes on trying.
    is_waiting: bool = False
    logged: str = ""
    store: dict[str, Any] = field(default_factory=dict)

    def show(self, page: str, place: str, owner: Any) -> None:
        """Show a page of the desk as it came."""
        self.place, self.owner = place, owner
        self.fields = {name: hidden(page, name) for name in ("submission", "revision", "writer", "made_for")}
        text = re.search(r'<textarea[^>]*name="narrative"[^>]*>([^<]*)</textarea>', page)[1]
        self.words = html.unescape(text).split()
        self.is_dirty = self.is_waiting = False
        undo = re.search(r'action="/enquiries/(ENQ-\w+-\w+)/undo/"', page)
        self.logged = undo[1] if undo else ""

    def posted(self) -> dict[str, str]:
        return self.fields | {
            "narrative": " ".join(self.words),
            "outcome": "resolved",
            "source": "self",
            "channel": "walk_in",
            "language_offered": "on",
        }


class Desk(RuleBasedStateMachine):
    """What people do at two accounts' three tabs."""

    service: Any = None

    @initialize()
    def begin(self) -> None:
        self.accounts = [factories.make_user(), factories.make_user()]
        self.people = [factories.make_customer(by=self.accounts[0]) for _ in range(2)]
        self.browser = Client()
        self.now: Any = None
        self.tabs = [Tab(), Tab(), Tab()]
        # Where each word may end up: (account, address of the page). One that two tabs showed may be in two drafts.
        self.allowed: dict[str, set[tuple[Any, str]]] = {}
        self.shown_in: dict[str, set[int]] = {}
        self.sent_again: set[str] = set()
        self.sign_in(0)

    # --- what a tab does ---

    def shows(self, tab: Tab) -> None:
        for word in tab.words:
            self.shown_in.setdefault(word, set()).add(self.tabs.index(tab))

    def flush(self, tab: Tab) -> bool:
        if tab.is_waiting and self.may_send(tab):
            self.send(tab)
        if not tab.is_dirty:
            return True
        if tab.is_offline or self.now is None:
            self.keep(tab)
            return False
        answer = self.browser.post("/drafts/", tab.posted() | {"revision": str(int(tab.fields["revision"]) + 1)})
        assert answer.status_code == (200 if self.now == tab.owner else 409)
        saved = answer.json()
        tab.fields |= {name: str(saved[name]) for name in ("submission", "revision")}
        tab.is_dirty = False
        if answer.status_code == 200:
            tab.store.pop(tab.place, None)
        else:
            self.keep(tab)
        return True

    def keep(self, tab: Tab) -> None:
        tab.store[tab.place] = (tab.owner, dict(tab.fields), list(tab.words), tab.is_waiting)

    def load(self, tab: Tab, address: str) -> None:
        page = self.browser.get(address, follow=True)
        assert page.status_code == 200
        place = page.redirect_chain[-1][0].partition("?")[0] if page.redirect_chain else address.partition("?")[0]
        tab.show(page.content.decode(), place, self.now)
        self.bring_back(tab)
        self.shows(tab)

    def bring_back(self, tab: Tab) -> None:
        owner, fields, words, is_waiting = tab.store.get(tab.place, (None, {}, [], False))
        if owner is None or owner != self.now:
            return
        tab.is_waiting = is_waiting
        tab.fields |= {name: fields[name] for name in ("submission", "revision", "writer")}
        tab.words, tab.is_dirty = words, True
        self.flush(tab)

    def may_send(self, tab: Tab) -> bool:
        return bool(tab.place) and not tab.is_offline and self.now is not None and self.now == tab.owner

    # --- what people do ---

    @rule(which=TABS, place=strategies.sampled_from(["counter", "first", "second"]))
    def opens(self, which: int, place: str) -> None:
        tab = self.tabs[which]
        if tab.is_offline or self.now is None:
            return
        self.flush(tab)
        address = {"counter": "/"} | {
            name: person.get_absolute_url() for name, person in zip(("first", "second"), self.people, strict=True)
        }
        self.load(tab, address[place])

    @rule(which=TABS)
    def types(self, which: int) -> None:
        tab = self.tabs[which]
        if not tab.place:
            return
        word = f"w{uuid.uuid4().hex[:10]}"
        tab.words.append(word)
        tab.is_dirty = True
        self.allowed[word] = {(tab.owner, tab.place)}
        self.shows(tab)

    @rule(which=TABS)
    def saves(self, which: int) -> None:
        if self.tabs[which].place:
            self.flush(self.tabs[which])

    @rule(which=TABS)
    def is_refused(self, which: int) -> None:
        tab = self.tabs[which]
        if not self.may_send(tab):
            return
        self.flush(tab)
        answer = self.browser.post("/enquiries/", tab.posted())
        if answer.status_code == 422:
            tab.show(answer.content.decode(), tab.place, tab.owner)
        else:
            assert answer.status_code == 409

    @rule(which=TABS)
    def logs_and_never_hears_of_it(self, which: int) -> None:
        tab = self.tabs[which]
        if self.may_send(tab):
            self.flush(tab)
            self.browser.post("/enquiries/", tab.posted() | {"about": f"s:{self.service.code}"})
            tab.is_waiting = True
            self.keep(tab)

    @rule(which=TABS)
    def logs(self, which: int) -> None:
        tab = self.tabs[which]
        if not tab.place or tab.is_offline:
            return
        self.flush(tab)
        self.send(tab)

    def send(self, tab: Tab) -> None:
        tab.is_waiting = False
        answer = self.browser.post("/enquiries/", tab.posted() | {"about": f"s:{self.service.code}"})
        if answer.status_code == 302:
            tab.store.pop(tab.place, None)
            self.load(tab, answer["Location"])
        elif answer.status_code == 409 and "X-Sent-Before" in answer.headers:
            tab.fields |= {"submission": str(uuid.uuid4()), "revision": "0"}
            self.sent_again |= set(tab.words)
            tab.is_dirty = True
            self.flush(tab)
        else:
            assert self.now != tab.owner
            assert answer.status_code == (403 if self.now is None else 409)

    @rule(which=TABS)
    def undoes(self, which: int) -> None:
        tab = self.tabs[which]
        if not tab.logged or self.now is None or self.now != tab.owner or tab.is_offline:
            return
        self.flush(tab)
        answer = self.browser.post(f"/enquiries/{tab.logged}/undo/", {"submission": str(uuid.uuid4())})
        assert answer.status_code == 302
        self.load(tab, answer["Location"])

    @rule(which=TABS, who=PEOPLE)
    def takes_along(self, which: int, who: int) -> None:
        tab, person = self.tabs[which], self.people[who]
        if not self.may_send(tab) or not self.flush(tab) or tab.fields["revision"] == "0":
            return
        address = person.get_absolute_url()
        for word in tab.words:
            self.allowed[word] |= {(tab.owner, address)}
        answer = self.browser.post("/drafts/carry/", tab.fields | {"to": address})
        self.load(tab, answer["Location"])

    @rule(which=TABS)
    def reloads(self, which: int) -> None:
        tab = self.tabs[which]
        if not tab.place or tab.is_offline or self.now is None:
            return
        self.flush(tab)
        # The address of a page names the draft that it last heard of.
        named = f"?draft={tab.fields['submission']}" if tab.fields["revision"] != "0" else ""
        self.load(tab, tab.place + named)

    @rule(which=TABS)
    def goes_offline_or_comes_back(self, which: int) -> None:
        self.tabs[which].is_offline = not self.tabs[which].is_offline

    @precondition(lambda self: self.now is not None)
    @rule()
    def signs_out(self) -> None:
        self.browser.post("/accounts/logout/")
        self.now = None

    @rule(who=PEOPLE)
    def sign_in(self, who: int) -> None:
        self.browser.force_login(self.accounts[who])
        self.now = self.accounts[who]

    # --- where everything ended up ---

    def teardown(self) -> None:
        if not hasattr(self, "tabs"):
            return
        for account in self.accounts:
            self.browser.force_login(account)
            self.now = account
            for tab in self.tabs:
                tab.is_offline = False
                if tab.place:
                    self.flush(tab)
                for place, (owner, *_) in list(tab.store.items()):
                    if owner == account:
                        self.load(tab, place)
        for word, allowed in self.allowed.items():
            drafts, records = self.drafts_with(word), self.records_with(word)
            assert drafts or records, "a word was lost"
            assert set(drafts + records) <= allowed, "a word is on the wrong person, or under the wrong author"
            if word not in self.sent_again:
                assert len(records) <= 1, "a word was logged twice"
                if len(self.shown_in[word]) == 1:
                    assert len(drafts + records) == 1, "a word is in a record and still a draft"

    def drafts_with(self, word: str) -> list[tuple[Any, str]]:
        mine = Draft.objects.filter(adviser__in=self.accounts)
        return [
            (draft.adviser, draft.typed_on.get_absolute_url())
            for draft in mine
            if word in draft.content.get("narrative", "").split()
        ]

    def records_with(self, word: str) -> list[tuple[Any, str]]:
        mine = Enquiry.objects.filter(adviser__in=self.accounts).select_related("customer")
        return [
            (enquiry.adviser, enquiry.customer.get_absolute_url() if enquiry.customer else "/")
            for enquiry in mine
            if word in enquiry.narrative.split()
        ]


@pytest.mark.slow("lives through many days")
@pytest.mark.django_db
def test_every_word_ends_up_once_on_its_person_under_its_author(whole_search, monkeypatch):
    monkeypatch.setattr(Desk, "service", factories.make_service())
    run_state_machine_as_test(
        Desk,
        settings=settings(
            max_examples=times(300, part=25),
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )
