"""Two people change one customer: what each changed stays, and what both changed is asked."""

from __future__ import annotations

import json
import re
import uuid

import pytest
from django.urls import reverse

from tests import factories
from visits.models import Customer

pytestmark = pytest.mark.django_db


@pytest.fixture
def customer(adviser):
    return factories.make_customer(by=adviser, address="1 Old Road", phone="01978 111111", email="old@example.org")


@pytest.fixture
def url(customer):
    return reverse("visits:customer_change", args=[customer.reference])


def shown_on(page):
    """The fields of the form of a page, as a browser would send them."""
    found = dict(re.findall(r'<input[^>]*\bname="(\w+)"[^>]*?\bvalue="([^"]*)"', page))
    return {name: value.replace("&quot;", '"').replace("&#x27;", "'") for name, value in found.items()}


def opened(client, url):
    fields = shown_on(client.get(url).content.decode())
    return {name: fields[name] for name in ("version", "seen", *json.loads(fields["seen"])) if name in fields}


def save(client, url, fields, **typed):
    return client.post(url, {"submission": str(uuid.uuid4()), "language": ""} | fields | typed)


def colleague_changes(customer, **details):
    now = Customer.objects.get(pk=customer.pk)
    given = {name: getattr(now, name) for name in Customer.CHANGED_AT_THE_DESK} | details
    return factories.change(customer, by=factories.make_user(), **given)


def test_what_a_colleague_changed_and_i_did_not_touch_stays_theirs(desk, customer, url):
    fields = opened(desk, url)
    colleague_changes(customer, address="2 New Street")

    answer = save(desk, url, fields, phone="01978 222222")

    saved = Customer.objects.get()
    assert answer.status_code == 302
    assert (saved.address, saved.phone, saved.email) == ("2 New Street", "01978 222222", "old@example.org")
    assert "it is kept: Address" in desk.get(answer["Location"]).content.decode()


def test_what_both_changed_is_asked_field_by_field(desk, customer, url):
    fields = opened(desk, url)
    colleague_changes(customer, address="2 New Street", phone="01978 333333")

    answer = save(desk, url, fields, phone="01978 222222", email="mine@example.org")

    page = answer.content.decode()
    assert answer.status_code == 422
    assert re.findall(r'name="keep_(\w+)"', page) == ["phone", "phone"]
    for words in ("01978 333333", "01978 222222", "2 New Street", "mine@example.org"):
        assert words in page
    assert "Keep theirs" in page
    assert 'value="2 New Street"' in page
    assert Customer.objects.get().phone == "01978 333333"


@pytest.mark.parametrize(("keep", "phone"), [("mine", "01978 222222"), ("theirs", "01978 333333")])
def test_answer_decides_and_the_rest_of_both_is_kept(desk, customer, url, keep, phone):
    fields = opened(desk, url)
    colleague_changes(customer, address="2 New Street", phone="01978 333333")
    asked = save(desk, url, fields, phone="01978 222222", email="mine@example.org").content.decode()
    again = {name: value for name, value in shown_on(asked).items() if name in fields}

    assert save(desk, url, again).status_code == 422  # nothing was said yet
    assert save(desk, url, again, keep_phone=keep).status_code == 302

    saved = Customer.objects.get()
    assert (saved.address, saved.phone, saved.email) == ("2 New Street", phone, "mine@example.org")


def test_answer_about_an_earlier_change_is_asked_again(desk, customer, url):
    fields = opened(desk, url)
    colleague_changes(customer, phone="01978 333333")
    asked = save(desk, url, fields, phone="01978 222222").content.decode()
    again = {name: value for name, value in shown_on(asked).items() if name in fields}
    factories.actions.change_customer(
        customer, version=2, submission=uuid.uuid4(), by=factories.make_user(), phone="01978 444444"
    )

    assert save(desk, url, again, keep_phone="mine").status_code == 422

    assert Customer.objects.get().phone == "01978 444444"


def test_draft_of_yesterdays_page_restores_nothing_that_a_colleague_changed_since(desk, adviser, customer, url):
    fields = opened(desk, url)
    kept = {"page": f"customer:{customer.reference}", "revision": "1", "submission": str(uuid.uuid4())}
    page = {"page": f"change:{customer.reference}"}
    assert desk.post("/drafts/", kept | page | fields | {"phone": "01978 222222"}).status_code == 200
    colleague_changes(customer, address="2 New Street")

    again = opened(desk, url)
    assert again["address"] == "1 Old Road"
    save(desk, url, again)

    saved = Customer.objects.get()
    assert (saved.address, saved.phone) == ("2 New Street", "01978 222222")


def test_same_change_by_both_is_no_clash(desk, customer, url):
    fields = opened(desk, url)
    colleague_changes(customer, address="2 New Street")

    assert save(desk, url, fields, address="2 New Street").status_code == 302


@pytest.mark.parametrize("seen", ["", "x", "[]", "1", '{"phone": 1}'])
def test_page_that_does_not_say_what_it_saw_overwrites_nothing(desk, customer, url, seen):
    fields = opened(desk, url) | {"seen": seen}
    colleague_changes(customer, address="2 New Street")

    assert save(desk, url, fields, phone="01978 222222").status_code == 422

    assert Customer.objects.get().address == "2 New Street"
