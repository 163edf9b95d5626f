"""A value that was put there by SQL is shown as one that does not open, never as somebody's words."""

from __future__ import annotations

import pytest

from privacy.actions import index_record
from tests import factories
from tests.privacy.columns import put, raw
from tests.rows import unguarded
from visits.models import Customer, Enquiry, EnquiryEntry

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("whole_search")]


def test_customer_with_the_details_of_another_shows_that_they_do_not_open(desk, adviser):
    one = factories.make_customer(by=adviser, **factories.MARKED)
    other = factories.make_customer(by=adviser, family_name="Evans", given_names="Nia", born_on=None)
    for column in ("family_name", "born_on", "phone"):
        put(other, column, raw(one, column))

    page = desk.get(other.get_absolute_url()).content.decode()

    assert "These details do not open: family name, date of birth, telephone." in page
    assert "does not open" in page
    assert not [mark for mark in factories.MARKS if mark in page.lower()]


def test_words_of_one_enquiry_under_another_are_never_shown(desk, adviser):
    one = factories.make_enquiry(by=adviser, **factories.MARKED_WORDS)
    other = factories.make_enquiry(by=adviser, narrative="said here")
    added, mine = factories.make_enquiry_entry(adviser, one, "zyxwtext"), factories.make_enquiry_entry(adviser, other)
    with unguarded(Enquiry, EnquiryEntry):
        put(other, "narrative", raw(one, "narrative"))
        put(mine, "text", raw(added, "text"))

    page = desk.get(other.get_absolute_url()).content.decode()

    assert "These details do not open: what was said." in page
    assert page.count("does not open") >= 2
    assert not [mark for mark in factories.MARKS if mark in page.lower()]


def test_enquiry_is_logged_for_a_customer_whose_details_do_not_open(desk, adviser):
    one, other = (factories.make_customer(by=adviser, family_name=name) for name in ("Evans", "Jones"))
    put(other, "family_name", raw(one, "family_name"))
    factories.make_service(code="housing")

    sent = factories.posted(f"customer:{other.reference}", customer=other.reference, about="s:housing")

    assert desk.post("/enquiries/", sent).status_code == 302
    assert other.enquiries.count() == 1


def test_search_finds_by_what_still_opens(desk, adviser):
    one, other = (factories.make_customer(by=adviser, family_name=name) for name in ("Evans", "Jones"))
    put(other, "family_name", raw(one, "family_name"))
    index_record(Customer.objects.get(pk=other.pk))

    assert other.reference in desk.post("/customers/search/", {"q": "sian 13/2/1938"}).content.decode()


def test_details_that_do_not_open_cannot_be_changed_and_the_page_says_why(desk, adviser):
    one, other = (factories.make_customer(by=adviser, family_name=name) for name in ("Evans", "Jones"))
    put(other, "family_name", raw(one, "family_name"))
    address = f"{other.get_absolute_url()}change/"

    opened = desk.get(address)
    sent = desk.post(address, factories.posted(version="1", family_name="Rees"))

    assert opened.status_code == 409
    assert "A part of this record does not open" in opened.content.decode()
    assert sent.status_code in (302, 409)
    assert "Evans" not in opened.content.decode() + sent.content.decode()
