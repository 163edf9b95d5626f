"""Lists are paged by the last row shown: what others change meanwhile moves nobody's place."""

from __future__ import annotations

import re

import pytest
from django.conf import settings
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from govuk.paging import part_of
from tests import factories
from visits.models import Enquiry, Outcome

pytestmark = pytest.mark.django_db


def part(key: str = "", *, by: str = "started_at", size: int = 3):
    return part_of(RequestFactory().get("/", {"after": key}), Enquiry.objects.still_open(), by=by, size=size)


@pytest.fixture
def opened(adviser) -> list[Enquiry]:
    service = factories.make_service()
    return [factories.make_enquiry(by=adviser, service=service, outcome=Outcome.OPEN) for _ in range(8)]


@pytest.mark.parametrize("by", ["started_at", "-started_at"])
def test_parts_are_the_whole_in_its_order(opened, by):
    wanted = opened if by == "started_at" else opened[::-1]
    seen, key, parts = [], "", 0
    while True:
        now = part(key, by=by)
        seen += now.rows
        parts += 1
        assert now.is_first == (parts == 1)
        if not now.after:
            break
        key = now.after

    assert seen == wanted
    assert parts == 3


def test_rows_that_go_meanwhile_hide_none(opened, adviser):
    """As by number: of 75 that were open five were closed, and rows 26 to 30 were never shown."""
    first = part()
    for enquiry in first.rows[:2]:
        factories.close(enquiry, submission=factories.uuid.uuid4(), by=adviser)

    assert part(first.after).rows == opened[3:6]


def test_rows_of_one_moment_are_told_apart(opened):
    Enquiry.objects.update(started_at=opened[0].started_at)

    assert part(part().after).rows == opened[3:6]


@pytest.mark.parametrize(
    "key", ["x", "-", "1-", "-1-2-3", "9" * 17 + "-1", "-" + "9" * 17 + "-1", "1-" + "9" * 30, "\u0661-1", "0-0"]
)
def test_what_is_no_key_gives_rows_and_no_error(opened, key):
    assert part(key).rows in (opened[:3], [])


def test_part_takes_one_query_wherever_it_begins(opened):
    key = part().after
    for asked in ("", key):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            part(asked)
        assert len(queries) == 1


def test_nothing_pages_by_number():
    for app in [*settings.OUR_APPS, "contactwrexham"]:
        for path in (settings.BASE_DIR / app).rglob("*.py"):
            assert not re.search(r"Paginator|get_page\(", path.read_text(encoding="utf-8")), path
