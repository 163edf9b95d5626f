"""What was typed and not sent: where it fills a page in, where it is offered, and of which day it is logged."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from typing import Any

import pytest

from drafts.models import Draft
from privacy.dates import database_now
from sharing.models import AccessEvent
from tests import factories
from tests.rows import set_columns
from visits import actions
from visits.models import Enquiry
from visits.pages import COUNTER, CUSTOMER, NEW_CUSTOMER

pytestmark = pytest.mark.django_db


def narrative(answer: Any) -> str:
    """What stands in the box for notes."""
    return re.search(r'<textarea[^>]*name="narrative"[^>]*>\s*([^<]*)</textarea>', answer.content.decode())[1]


def typed(by: Any, page: Any, words: str = "half a sentence", *, ago: dt.timedelta = dt.timedelta()) -> Draft:
    """A draft that was begun `ago` and typed in since, until a moment ago."""
    draft = factories.make_draft(by=by, page=page, content={"narrative": words})
    set_columns(draft, started_at=database_now() - ago)
    draft.refresh_from_db()
    return draft


@pytest.fixture
def sian(adviser):
    return factories.make_customer(by=adviser)


def test_todays_words_about_a_person_fill_their_page_in(desk, adviser, sian):
    typed(adviser, CUSTOMER.page(sian.reference))

    assert narrative(desk.get(sian.get_absolute_url())) == "half a sentence"


def test_words_about_a_person_that_were_begun_on_an_earlier_day_are_offered(desk, adviser, sian):
    draft = typed(adviser, CUSTOMER.page(sian.reference), ago=dt.timedelta(days=1))

    page = desk.get(sian.get_absolute_url())
    assert narrative(page) == ""
    assert "“half a sentence”" in page.content.decode()
    assert narrative(desk.get(draft.get_absolute_url())) == "half a sentence"


@pytest.mark.parametrize("kind", [COUNTER, NEW_CUSTOMER])
def test_page_about_nobody_yet_offers_and_is_not_filled_in(desk, adviser, kind):
    draft = typed(adviser, kind.page())

    page = desk.get(kind.page().get_absolute_url())
    assert narrative(page) == ""
    assert "“half a sentence”" in page.content.decode()
    assert narrative(desk.get(draft.get_absolute_url())) == "half a sentence"


def test_words_about_one_person_never_fill_another_in(desk, adviser, sian):
    other = factories.make_customer(by=adviser, family_name="Evans")
    draft = typed(adviser, CUSTOMER.page(sian.reference))

    page = desk.get(f"{other.get_absolute_url()}?draft={draft.submission}")
    assert narrative(page) == ""
    assert "Bring it to this person" in page.content.decode()


def test_all_that_was_not_sent_is_listed_newest_first_with_its_person(desk, adviser, sian):
    for number in range(14):
        typed(adviser, CUSTOMER.page(sian.reference), f"words{number}")

    page = desk.get("/").content.decode()
    assert "Not sent yet: 14" in page
    listed = page[page.index("Not sent yet") :]
    assert re.findall(r"words(\d+)", listed) == [str(number) for number in reversed(range(14))]
    assert listed.count("Siân Mair Jones") >= 14 or listed.count("Jones") >= 14


def test_whose_name_stands_in_the_list_is_in_the_access_log(desk, adviser, sian):
    typed(adviser, CUSTOMER.page(sian.reference))

    desk.get("/")

    assert AccessEvent.objects.get(place="visits:counter", record_type="customer").record_ids == [sian.pk]


# --- the day ----------------------------------------------------------------------------------------------------------


def log(adviser: Any, draft: Draft, **details: Any) -> Enquiry:
    return actions.open_enquiry(submission=draft.submission, by=adviser, **factories.enquiry_details(**details))


def test_what_was_begun_on_an_earlier_day_is_not_logged_until_somebody_says_which(adviser):
    draft = typed(adviser, COUNTER.page(), ago=dt.timedelta(days=1))

    with pytest.raises(actions.WhichDay) as asked:
        log(adviser, draft)

    assert asked.value.day == draft.started_at.date()
    assert Draft.objects.get() == draft
    assert not Enquiry.objects.exists()


def test_whoever_came_today_is_logged_as_of_now(adviser):
    draft = typed(adviser, COUNTER.page(), ago=dt.timedelta(days=1))

    enquiry = log(adviser, draft, came_today=True)

    assert enquiry.started_at == enquiry.ended_at == enquiry.logged_at


def test_whoever_came_then_is_logged_from_when_it_was_begun_until_it_was_last_typed_in(adviser):
    draft = typed(adviser, COUNTER.page(), ago=dt.timedelta(days=1))
    last = draft.started_at + dt.timedelta(minutes=7)
    set_columns(draft, updated_at=last)

    enquiry = log(adviser, draft, came_today=False)

    assert (enquiry.started_at, enquiry.ended_at) == (draft.started_at, last)
    assert enquiry.logged_at > last + dt.timedelta(hours=20)
    assert enquiry.contact_on == draft.started_at.date()


def test_page_of_an_earlier_day_asks_and_logs_what_is_said(desk, adviser):
    factories.make_service(code="housing", name_en="Housing")
    draft = typed(adviser, COUNTER.page(), ago=dt.timedelta(days=1))
    posted = factories.posted(about="s:housing", narrative="half a sentence") | {"submission": str(draft.submission)}

    assert 'name="came"' in desk.get(draft.get_absolute_url()).content.decode()
    refused = desk.post("/enquiries/", posted)
    assert refused.status_code == 422
    assert "Which day did the person come?" in refused.content.decode()
    assert narrative(refused) == "half a sentence"

    assert desk.post("/enquiries/", posted | {"came": "then"}).status_code == 302
    assert Enquiry.objects.get().contact_on == draft.started_at.date()
    assert not Draft.objects.exists()


def test_page_of_today_asks_no_day(desk, adviser):
    draft = typed(adviser, COUNTER.page())

    assert 'name="came"' not in desk.get(draft.get_absolute_url()).content.decode()


# --- putting away -----------------------------------------------------------------------------------------------------


def test_discarded_words_are_brought_back_from_the_page_that_discarded_them(desk, adviser):
    draft = typed(adviser, COUNTER.page())
    sent = {"submission": str(draft.submission), "page": "counter"}

    after = desk.post("/drafts/discard/", sent)
    page = desk.get(after["Location"]).content.decode()
    assert "“half a sentence”" not in page
    assert "/drafts/restore/" in page

    back = desk.post("/drafts/restore/", sent)
    assert narrative(desk.get(back["Location"])) == "half a sentence"


def test_discarding_what_is_no_draft_begins_the_page_anew(desk):
    after = desk.post("/drafts/discard/", {"submission": str(uuid.uuid4()), "page": "counter"})

    assert (after.status_code, after["Location"]) == (302, "/")
