"""Every page in both languages: accessible, within the policy, in one column at 320 px, usable by keyboard."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import override_settings
from django.utils import timezone

from privacy.dates import london_today
from privacy.keyring import keyring
from privacy.models import SearchMarker
from retention.actions import place_hold, purge
from retention.ledger import ledger
from retention.models import CanaryRun
from staff.models import Role
from tests import emptying, factories
from tests.browser.conftest import axe, violations
from tests.conftest import own_keys, own_ledger
from tests.retention.canary_runs import in_a_column, made, mark, purged, searched
from visits import actions

# All pages of one language on one worker: they share one world.
ENGLISH, WELSH = (pytest.param(code, marks=pytest.mark.xdist_group(f"pages in {code}")) for code in ("en-gb", "cy"))
ADVISER, GOVERNANCE, ADMINISTRATOR = Role.ADVISER, Role.GOVERNANCE, Role.ADMINISTRATOR


PAGES: dict[str, tuple[Role | None, Callable[[dict[str, Any]], str]]] = {
    "sign in": (None, lambda world: "/accounts/login/"),
    "counter": (ADVISER, lambda world: "/"),
    "counter after logging": (ADVISER, lambda world: f"/?logged={world['enquiry'].reference}"),
    "customer": (ADVISER, lambda world: world["customer"].get_absolute_url()),
    "customer change": (ADVISER, lambda world: world["customer"].get_absolute_url() + "change/"),
    "new customer": (ADVISER, lambda world: "/customers/new/"),
    "enquiry closed": (ADVISER, lambda world: world["enquiry"].get_absolute_url()),
    "enquiry open": (ADVISER, lambda world: world["open"].get_absolute_url()),
    "today": (ADVISER, lambda world: "/enquiries/today/"),
    "open enquiries": (ADVISER, lambda world: "/enquiries/open/"),
    "services": (ADMINISTRATOR, lambda world: "/services/"),
    "access log": (GOVERNANCE, lambda world: "/access-log/"),
    "access log refused": (GOVERNANCE, lambda world: "/access-log/?record=abc"),
    "retention": (GOVERNANCE, lambda world: "/retention/"),
    "holds": (GOVERNANCE, lambda world: "/retention/holds/"),
    "purges": (GOVERNANCE, lambda world: "/retention/purges/"),
    "canary": (GOVERNANCE, lambda world: "/retention/canary/"),
    "shortcuts": (ADVISER, lambda world: "/shortcuts/"),
    "sign out": (ADVISER, lambda world: "/accounts/logout/"),
    "password": (ADVISER, lambda world: "/accounts/password/change/"),
    "forbidden": (ADMINISTRATOR, lambda world: "/enquiries/today/"),
    "not found": (ADVISER, lambda world: "/nothing/"),
    # The last one: what it makes stays.
    "canary that was found": (GOVERNANCE, lambda world: after_a_night()),
}


def after_a_night() -> str:
    """The page of the canary when one was found after its purge, and another one lives."""
    run = made()
    purged(run)
    in_a_column(f"Office {mark(run)}")
    searched(run)
    CanaryRun.objects.create(due_on=run.due_on + dt.timedelta(days=1))
    return "/retention/canary/"


@pytest.fixture(scope="module", params=[ENGLISH, WELSH])
def language(request) -> str:
    return request.param


@pytest.fixture(scope="module")
def keys(language, tmp_path_factory) -> Iterator[None]:
    """The keyring of all tests in one language, not of one test as elsewhere."""
    with override_settings(**own_keys(tmp_path_factory.mktemp("keys"))):
        keyring.cache_clear()
        yield
    keyring.cache_clear()


@pytest.fixture(scope="module")
def book(language, tmp_path_factory) -> Iterator[None]:
    """The ledger of all tests in one language."""
    with override_settings(**own_ledger(tmp_path_factory.mktemp("ledgers"))):
        ledger.cache_clear()
        yield
    ledger.cache_clear()


@pytest.fixture(scope="module")
def transactional_db(keys, book, django_db_setup, django_db_blocker) -> Iterator[None]:
    """The database, emptied after all tests in one language. `live_server` asks for it by this name."""
    with django_db_blocker.unblock():
        yield
        emptying.empty()


@pytest.fixture(scope="module")
def world(transactional_db) -> dict[str, Any]:
    """Something on every page, once a language: tests only look at it."""
    SearchMarker.objects.create(rebuilt_at=timezone.now())
    adviser = factories.make_user(name="Nia Sample")
    service = factories.make_service(code="council-tax", name_en="Council Tax", name_cy="Treth y Cyngor")
    topic = factories.make_topic(service, code="band", name_en="Valuation band", name_cy="Band prisio")
    customer = factories.make_customer(
        by=adviser,
        postcode="LL12 7DX",
        address="1 Stryd Invented, Rhosllannerchrugog",
        phone="01978 0354435",
        email="sian.jones.with.a.long.address@example.org",
        national_insurance_number="AB123456C",
        language="cy",
    )
    long = "A long note, " * 30 + "with-a-word-without-any-break-" * 6
    enquiry = factories.make_enquiry(
        by=adviser, customer=customer, service=service, topic=topic, summary="Band query", narrative=long
    )
    actions.amend_enquiry(enquiry, text="Rang back.", submission=uuid.uuid4(), by=adviser)
    for _ in range(6):
        latest = factories.make_enquiry(by=adviser, customer=customer, service=service, topic=topic, summary="Again")
    left_open = factories.make_enquiry(by=adviser, caller_name="Mr Sample", service=service, outcome="open")
    review_on = london_today() + dt.timedelta(days=7)
    place_hold(left_open, reason="dispute", authority="C/1", responsible=adviser, review_on=review_on, by=adviser)
    purge(london_today())
    return {"adviser": adviser, "customer": customer, "enquiry": latest, "open": left_open}


def visit(page, sign_in, live_server, world, name, language):
    role, path = PAGES[name]
    if role is not None:
        user = world["adviser"] if role == ADVISER else factories.make_user(role)
        sign_in(user, language)
    else:
        page.context.add_cookies([{"name": "django_language", "value": language, "url": live_server.url}])
    page.goto(live_server.url + path(world))


@pytest.mark.slow("reads a page twice and walks through all of it by keyboard")
@pytest.mark.parametrize("name", PAGES)
def test_page_is_accessible_in_both_sizes(page, sign_in, live_server, world, name, language):
    visit(page, sign_in, live_server, world, name, language)

    assert page.locator("html").get_attribute("lang") == ("cy" if language == "cy" else "en-GB")
    assert violations(page) == []
    assert axe(page) == []
    assert small_targets(page) == []

    page.set_viewport_size({"width": 320, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert axe(page) == []
    assert unreachable(page) == []


def small_targets(page) -> list[str]:
    """Controls under 24 by 24 CSS pixels; links within a line of text are allowed (WCAG 2.2, 2.5.8)."""
    return page.evaluate(
        """() => [...document.querySelectorAll("button, input:not([type=hidden]), select, summary, nav a, .cw-hit")]
          .filter((control) => control.checkVisibility() && !control.closest(".govuk-skip-link"))
          .map((control) => [control, control.getBoundingClientRect()])
          .filter(([, box]) => box.width > 0 && (box.width < 24 || box.height < 24))
          .map(([control, box]) => `${control.outerHTML.slice(0, 120)} ${box.width}x${box.height}`)"""
    )


def unreachable(page) -> list[str]:
    """Controls that Tab does not reach, or that show nothing when it does. In a group of radios the arrows go on."""
    controls = page.evaluate(
        """() => {
          const kinds = "a[href], button, input:not([type=hidden]), select, textarea, summary";
          const all = [...document.querySelectorAll(kinds)]
            .filter((control) => control.checkVisibility() && control.tabIndex >= 0 && !control.disabled)
            .filter((control) => control.type !== "radio" || control.checked);
          all.forEach((control, at) => control.dataset.walk = at);
          document.activeElement.blur();
          window.getSelection().removeAllRanges();
          return all.length;
        }"""
    )
    page.evaluate("document.body.tabIndex = -1; document.body.focus(); document.body.removeAttribute('tabindex')")
    seen = set()
    for _ in range(controls + 3):
        page.keyboard.press("Tab")
        at = page.evaluate(
            """() => {
              const control = document.activeElement;
              const style = getComputedStyle(control);
              const shown = style.outlineStyle !== "none" || style.boxShadow !== "none"
                || style.backgroundColor !== "rgba(0, 0, 0, 0)";
              return shown ? control.dataset.walk : null;
            }"""
        )
        if at is not None:
            seen.add(int(at))
    missed = sorted(set(range(controls)) - seen)
    return page.evaluate(
        "missed => missed.map((at) => document.querySelector(`[data-walk='${at}']`).outerHTML.slice(0, 120))", missed
    )


def test_banner_is_in_view_at_every_scroll_position(page, sign_in, live_server, world, language):
    sign_in(world["adviser"], language)
    page.goto(live_server.url + world["customer"].get_absolute_url())
    page.set_viewport_size({"width": 1366, "height": 500})

    for place in (0, 200, 10_000):
        page.evaluate("place => window.scrollTo(0, place)", place)
        box = page.locator(".cw-banner").bounding_box()
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= 500


def test_desk_fits_one_screen(page, sign_in, live_server, world, language):
    sign_in(world["adviser"], language)
    page.goto(live_server.url + world["customer"].get_absolute_url())

    for wanted in (
        "#q",
        ".cw-banner",
        "#id_about",
        "#id_narrative",
        "[data-submit]",
        ".cw-timeline__item:nth-child(5)",
    ):
        box = page.locator(wanted).first.bounding_box()
        assert box is not None, wanted
        assert box["y"] + box["height"] <= 768, wanted


@pytest.mark.slow("axe reads a long page")
def test_refused_form_is_accessible_and_focused(page, sign_in, live_server, world, language):
    sign_in(world["adviser"], language)
    page.goto(live_server.url + "/customers/new/")
    page.fill("#id_born_on", "1/1/1850")
    page.fill("#id_family_name", "Jones")
    page.click("[data-submit]")
    page.wait_for_selector(".govuk-error-summary")

    assert axe(page) == []
    assert page.title().startswith("Gwall: " if language == "cy" else "Error: ")
    assert page.evaluate("document.activeElement.className") == "govuk-error-summary"
    assert page.input_value("#id_born_on") == "1/1/1850"
    assert page.input_value("#id_family_name") == "Jones"


@pytest.mark.parametrize(("link", "field"), [(1, "id_born_on"), (2, "id_about")])
def test_error_summary_leads_into_its_fields(page, sign_in, live_server, world, link, field):
    sign_in(world["adviser"])
    page.goto(live_server.url + "/customers/new/")
    page.fill("#id_born_on", "1/1/1850")
    page.fill("#id_family_name", "Jones")
    page.click("[data-submit]")
    page.wait_for_selector(".govuk-error-summary:focus")

    for _ in range(link):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    assert page.evaluate("document.activeElement.id") == field
    box = page.locator(f"#{field}").bounding_box()
    assert box["y"] > page.locator(".cw-banner").bounding_box()["height"]


def test_refused_sign_in_is_accessible_and_focused(page, live_server, transactional_db):
    page.goto(live_server.url + "/accounts/login/")
    page.keyboard.press("Enter")
    page.wait_for_selector(".govuk-error-summary:focus")

    assert page.title().startswith("Error: ")
    assert axe(page) == []
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "id_login"


def test_head_of_a_long_table_stays_in_view(page, sign_in, live_server, world):
    sign_in(world["adviser"])
    page.goto(live_server.url + "/enquiries/today/")
    page.set_viewport_size({"width": 1366, "height": 300})

    page.locator(".cw-table tbody tr").last.scroll_into_view_if_needed()

    assert page.evaluate("window.scrollY") > 0
    assert abs(page.locator(".cw-table thead th").first.bounding_box()["y"]) < 1


@pytest.mark.slow("axe reads two pages")
def test_results_are_accessible_while_typing_and_without_scripts(page, sign_in, live_server, world, language):
    sign_in(world["adviser"], language)
    page.goto(live_server.url)
    page.fill("#q", "jones")
    page.wait_for_selector("[data-hit]")

    assert axe(page) == []
    assert small_targets(page) == []

    page.evaluate("document.querySelector('[data-search]').submit()")
    page.wait_for_selector("main [data-hit]")
    assert page.url.endswith("/customers/search/")
    assert axe(page) == []


def test_page_that_gives_the_text_back_is_accessible(page, sign_in, live_server, world, language):
    sign_in(world["adviser"], language)
    page.goto(live_server.url)
    page.fill("#id_narrative", "a long note, " * 10)
    page.context.clear_cookies(name="session")
    page.evaluate("document.querySelector('[data-draft]').form.submit()")
    page.wait_for_selector("main textarea[name=narrative]")

    assert axe(page) == []
    assert page.input_value("textarea[name=narrative]") == "a long note, " * 10
    page.set_viewport_size({"width": 320, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize("language", [ENGLISH], indirect=True, scope="module")
def test_checks_find_what_is_wrong(page, live_server, language):
    """A page spoilt on purpose: each check must say so, or it says nothing about the others."""
    page.goto(live_server.url + "/accounts/login/")
    page.evaluate(
        """() => {
          const spoil = document.createElement("div");
          spoil.innerHTML = "<img src='/static/icon.svg'><button id='tiny'>x</button>"
            + "<div inert><button>y</button></div>";
          Object.assign(spoil.querySelector("#tiny").style, {width: "9px", height: "9px", padding: 0, minHeight: 0});
          spoil.style.width = "1500px";
          document.querySelector("main").append(spoil);
        }"""
    )

    assert any(line.startswith("image-alt") for line in axe(page))
    assert any("tiny" in line for line in small_targets(page))
    assert any(">y<" in line for line in unreachable(page))
    page.set_viewport_size({"width": 320, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") > 320
