"""The access log as the information governance officer reads it."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sharing.actions import looking
from sharing.models import AccessEvent
from sharing.views import ROWS
from staff.models import Role
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(signed_in):
    return signed_in(factories.make_user(Role.GOVERNANCE))


def look_at(record, by, place="visits:customer_detail") -> None:
    with looking(factories.request_by(by, place)) as viewer:
        viewer.visible_fields(record)


def text(answer) -> str:
    return answer.content.decode()


def references(page: str) -> list[str]:
    """The references in the rows of the log, from the top."""
    return re.findall(r"<td[^>]*>((?:CUS|ENQ)-[^<]*)</td>", page)


def test_log_says_who_looked_at_which_record_and_what_was_shown(officer):
    colleague = factories.make_user(name="Gwilym Sample")
    customer = factories.make_customer(by=colleague, **factories.MARKED)
    look_at(customer, colleague, place="visits:customer_likeness")

    page = text(officer.get("/access-log/"))

    assert references(page) == [customer.reference]
    for piece in ("Gwilym Sample", "Possible matches", "Contact details", "Identifying details"):
        assert piece.lower() in page.lower()
    assert not [mark for mark in factories.MARKS if mark in page.lower()]


def test_log_is_newest_first_and_paged(officer, adviser):
    customers = [factories.make_customer(by=adviser) for _ in range(ROWS + 3)]
    for customer in customers:
        look_at(customer, adviser)

    first = officer.get("/access-log/")
    second = officer.get("/access-log/" + re.search(r'rel="next" href="([^"]+)"', text(first))[1])

    newest_first = [customer.reference for customer in reversed(customers)]
    assert references(text(first)) == newest_first[:ROWS]
    assert references(text(second)) == newest_first[ROWS:]


def test_log_of_one_record_shows_its_looks_only(officer, adviser):
    asked, other = (factories.make_customer(by=adviser) for _ in range(2))
    enquiry = factories.make_enquiry(by=adviser)
    for record in (asked, other, enquiry, asked):
        look_at(record, adviser)

    page = text(officer.get("/access-log/", {"record": f" {asked.reference.lower()} "}))

    assert references(page) == [asked.reference, asked.reference]


def test_numbers_of_two_kinds_are_not_mixed_up(officer, adviser):
    customer = factories.make_customer(by=adviser)
    AccessEvent.objects.create(
        by=adviser, record_type="enquiry", record_ids=[customer.pk], categories=[], place="visits:enquiry_today"
    )

    page = officer.get("/access-log/", {"record": customer.reference})

    assert page.status_code == 200
    assert "<td" not in text(page)


@pytest.mark.parametrize("typed", ["CUS-2222-222", "Jones", "1", "' OR 1=1 --", "x" * 5000, "😀"])
def test_log_of_an_unknown_record_says_so(officer, adviser, typed):
    look_at(factories.make_customer(by=adviser), adviser)

    answer = officer.get("/access-log/", {"record": typed})

    assert answer.status_code == 422
    assert references(text(answer)) == []


@pytest.mark.parametrize("typed", ["", " "])
def test_log_of_nothing_asked_is_the_whole_log(officer, adviser, typed):
    look_at(factories.make_customer(by=adviser), adviser)

    answer = officer.get("/access-log/", {"record": typed})

    assert (answer.status_code, len(references(text(answer)))) == (200, 1)


@pytest.mark.parametrize("page", ["0", "-1", "999", "x", "' OR 1=1"])
def test_page_that_is_none_is_answered(officer, page):
    assert officer.get("/access-log/", {"page": page}).status_code == 200


def test_look_at_a_record_that_is_gone_keeps_its_number(officer, adviser):
    customer = factories.make_customer(by=adviser)
    look_at(customer, adviser)
    number = customer.pk
    customer.delete()

    assert re.search(rf"<td[^>]*>{number}</td>", text(officer.get("/access-log/")))


def test_log_asks_as_many_queries_for_many_rows_as_for_one(officer, adviser):
    counts = []
    for rows in (1, 3):
        for _ in range(rows):
            look_at(factories.make_customer(by=adviser), adviser)
            look_at(factories.make_enquiry(by=adviser), factories.make_user())
        officer.get("/access-log/")
        with CaptureQueriesContext(connection) as queries:
            officer.get("/access-log/")
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_reading_the_log_leaves_it_as_it_is(officer, adviser):
    look_at(factories.make_customer(by=adviser), adviser)
    before = list(AccessEvent.objects.values())

    officer.get("/access-log/")
    refused = officer.post("/access-log/")

    assert refused.status_code == 405
    assert list(AccessEvent.objects.values()) == before
