"""The retention pages: figures, holds, a purge that waits for confirmation, and what the next one deletes."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from privacy.dates import london_today
from retention import actions, stats
from retention.models import Hold
from staff.models import Role
from tests import factories
from tests.retention.records import contact, due_day, person
from tests.retention.restoring import days_ago_of_what_is_due_soon, soon
from tests.rows import set_columns
from visits.models import Customer, Enquiry

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def officer(db):
    return factories.make_user(Role.GOVERNANCE, name="Officer Owen")


@pytest.fixture
def page(officer, signed_in, whole_search):
    return signed_in(officer)


def words(answer) -> str:
    return " ".join(answer.content.decode().split())


def hold_form(record, by, **fields):
    review = london_today() + dt.timedelta(days=100)
    given = {"reference": str(record), "reason": "legal_claim", "authority": "CLAIM/7", "responsible": str(by.pk)}
    return given | {"review_on": review.strftime("%d/%m/%Y")} | fields


def test_page_is_green_after_the_night(page, adviser):
    actions.purge_if_due()

    text = page.get("/retention/").content.decode()

    assert "Records past their date: 0" in text
    assert "cw-verdict--alarm" not in text


def test_page_draws_the_next_30_days_above_a_table_that_says_the_same(page, adviser):
    ago = days_ago_of_what_is_due_soon()
    for _ in range(3):
        contact(adviser, days_ago=ago)
    contact(adviser, days_ago=ago - 20)

    text = words(page.get("/retention/"))

    assert "most on one day: 3" in text
    assert text.count("<rect ") == 2
    assert 'height="100"><title>' in text
    assert 'height="34"><title>' in text
    day = f"{soon().day} {soon():%B}"
    row = re.search(rf"<tr><th [^>]*>{day}</th>(.*?)</tr>", text)
    assert re.findall(r">(\d+)<", row[1]) == ["3", "3"]


def test_page_is_red_by_itself_when_no_purge_ran(page):
    text = page.get("/retention/").content.decode()

    assert "cw-verdict--alarm" in text
    assert "has not run" in text


def test_page_is_red_while_a_record_is_past_its_date(page, adviser, client):
    contact(adviser)
    actions.purge_if_due()
    set_columns(Enquiry.objects.get(), expires_on=london_today() - dt.timedelta(days=3))

    text = page.get("/retention/").content.decode()

    assert "Records past their date: 1" in text
    assert "cw-verdict--alarm" in text
    assert client.get("/readyz").json()["retention"] is False


PAGES = {name: f"/retention/{path}" for name, path in [("Overview", ""), ("Holds", "holds/"), ("Purges", "purges/")]}
PAGES["Canary"] = "/retention/canary/"


@pytest.mark.parametrize("name", PAGES)
def test_each_page_leads_to_the_others(page, name):
    text = words(page.get(PAGES[name]))

    for other, path in PAGES.items():
        mark = ' aria-current="page"' if other == name else ""
        assert f'<a class="govuk-link" href="{path}"{mark}>{other}</a>' in text


def test_pages_show_nobody(page, adviser, officer):
    person(adviser)
    person(adviser)
    set_columns(Enquiry.objects.latest("pk"), expires_on=london_today())
    actions.place_hold(
        Enquiry.objects.order_by("pk").first(),
        reason="dispute",
        authority="C/1",
        responsible=officer,
        review_on=london_today() + dt.timedelta(days=9),
        by=officer,
    )
    answers = [page.get(path) for path in PAGES.values()] + [page.post("/retention/purges/rehearsal/")]

    text = " ".join(answer.content.decode().lower() for answer in answers)

    for enquiry in Enquiry.objects.all():
        assert enquiry.reference.lower() in text
    assert not [mark for mark in factories.MARKS if mark in text]


@pytest.mark.parametrize(
    ("now", "cut_off"),
    [
        ("2026-11-25T03:14", "2026-11-25"),
        ("2026-11-25T03:15", "2026-11-26"),
        ("2026-11-25T23:59", "2026-11-26"),
        ("2026-06-30T23:30", "2026-07-01"),  # half past midnight in London: the purge of 1 July is to come
        ("2026-07-01T02:14", "2026-07-01"),
        ("2026-07-01T02:15", "2026-07-02"),
    ],
)
def test_next_cut_off_is_that_of_the_coming_purge_in_london(now, cut_off):
    assert stats.next_cut_off(dt.datetime.fromisoformat(f"{now}+00:00")) == dt.date.fromisoformat(cut_off)


def test_rehearsal_is_of_the_coming_purge(page, adviser):
    cut_off = stats.next_cut_off(timezone.now())
    records = [contact(adviser) for _ in range(2)]
    set_columns(records[0], expires_on=cut_off)
    set_columns(records[1], expires_on=cut_off + dt.timedelta(days=1))

    text = words(page.post("/retention/purges/rehearsal/"))

    assert f"What a purge of all that is due up to {cut_off.day} {cut_off:%B %Y} would delete" in text
    assert records[0].reference in text
    assert records[1].reference not in text


def test_hold_is_looked_at_first_then_placed(page, adviser, officer):
    person(adviser)
    enquiry = Enquiry.objects.get()

    looked = page.post("/retention/holds/place/", hold_form(enquiry, officer, look="1"))
    assert looked.status_code == 200
    assert "A hold on this record would keep: Customer (1), Enquiry (1), Enquiry entry (1)." in words(looked)
    assert "It would not keep: nothing else about the same person." in words(looked)
    assert not Hold.objects.exists()

    placed = page.post("/retention/holds/place/", hold_form(enquiry, officer))
    assert placed["Location"] == "/retention/holds/"
    assert "The hold is in force." in words(page.get("/retention/holds/"))
    hold = Hold.objects.get()
    assert (hold.record, hold.placed_by, Customer.objects.get().hold) == (enquiry.reference, officer, hold)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("reason", ""), ("reason", "because"), ("authority", ""), ("authority", "x1" * 31), ("authority", "a1\x00b")),
        *(
            ("authority", "Mrs Jones"),
            ("authority", "POL/9 \u202e"),
            ("authority", "1 <script>"),
            ("authority", "9 😀"),
        ),
        *(("responsible", ""), ("responsible", "99999"), ("responsible", "'; DROP TABLE")),
        *(("review_on", ""), ("review_on", "01/01/2020"), ("review_on", "31/02/2027"), ("review_on", "soon")),
        *(("review_on", "01/01/2031"), ("review_on", "x" * 100_000)),
        *(("reference", ""), ("reference", "ENQ-2222-222"), ("reference", "<script>"), ("reference", "CUS-\x00")),
    ],
)
def test_hold_that_cannot_be_is_refused_with_the_text_kept(page, adviser, officer, field, value):
    enquiry = contact(adviser)

    answer = page.post("/retention/holds/place/", hold_form(enquiry, officer, **{field: value}))

    assert answer.status_code == 422
    text = answer.content.decode()
    assert 'aria-invalid="true"' in text
    assert "autofocus" in text
    if field != "authority":
        assert "CLAIM/7" in text
    assert not Hold.objects.exists()


def test_hold_is_reviewed_and_released(page, adviser, officer):
    page.post("/retention/holds/place/", hold_form(contact(adviser), officer))
    hold = Hold.objects.get()
    later = london_today() + dt.timedelta(days=200)

    refused = page.post(f"/retention/holds/{hold.pk}/review/", {"review_on": "yesterday"})
    assert refused.status_code == 422
    box = re.search(r"<input[^>]*yesterday[^>]*>", refused.content.decode())[0]
    assert f'id="review_{hold.pk}_review_on"' in box
    assert "autofocus" in box
    reviewed = page.post(f"/retention/holds/{hold.pk}/review/", {"review_on": later.strftime("%d/%m/%Y")})
    assert reviewed["Location"] == "/retention/holds/"
    hold.refresh_from_db()
    assert hold.review_on == later

    assert page.post(f"/retention/holds/{hold.pk}/release/")["Location"] == "/retention/holds/"
    assert page.post(f"/retention/holds/{hold.pk}/release/").status_code == 422
    assert Enquiry.objects.get().hold is None


def test_refused_purge_waits_for_a_word(page, adviser):
    contact(adviser)
    actions.purge(london_today())
    run = actions.purge(due_day())

    for path in ("/retention/", "/retention/purges/"):
        assert "more than seven days" in page.get(path).content.decode()
    assert 'href="/retention/purges/">See what it would delete' in page.get("/retention/").content.decode()
    assert "Confirm this purge" in page.get("/retention/purges/").content.decode()
    rehearsal = words(page.post("/retention/purges/rehearsal/"))
    assert f"due up to {due_day().day} {due_day():%B %Y} would delete" in rehearsal
    assert Enquiry.objects.get().reference in rehearsal
    assert page.post(f"/retention/purges/{run.identity}/confirm/")["Location"] == "/retention/purges/"
    assert "it begins within five minutes" in page.get("/retention/purges/").content.decode()

    run.refresh_from_db()
    assert run.confirmed_at is not None
    assert actions.purge(due_day()).state == "done"


def test_purge_that_no_word_can_mend_is_not_confirmed(page, adviser, keys):
    keys.directories[0].rename(keys.directories[0].with_name("away"))
    run = actions.purge(london_today())

    assert "a key directory cannot be read" in page.get("/retention/").content.decode()
    for path in ("/retention/", "/retention/purges/"):
        text = page.get(path).content.decode()
        assert "Confirming cannot solve this" in text
        assert "onfirm this purge" not in text
    assert page.post(f"/retention/purges/{run.identity}/confirm/").status_code == 422


@pytest.mark.parametrize("path", PAGES.values())
def test_page_takes_as_many_queries_for_three_holds_and_purges_as_for_one(page, adviser, officer, path):
    counts = []
    for number in (1, 2):
        for _ in range(number):
            page.post("/retention/holds/place/", hold_form(contact(adviser), officer))
            actions.purge(london_today())
        page.get(path)
        with CaptureQueriesContext(connection) as queries:
            assert page.get(path).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_record_that_is_held_says_so_instead_of_its_day(adviser, officer, signed_in, whole_search):
    customer = person(adviser)
    adviser_page = signed_in(adviser)
    enquiry = Enquiry.objects.get()
    for record in (enquiry, customer):
        assert "Will be deleted on" in words(adviser_page.get(record.get_absolute_url()))

    signed_in(officer).post("/retention/holds/place/", hold_form(enquiry, officer))

    for record in (enquiry, customer):
        text = words(adviser_page.get(record.get_absolute_url()))
        assert "until the hold is released" in text
        assert "Will be deleted on" not in text
