"""Promising to call somebody back."""

from __future__ import annotations

import pytest

from tests import factories
from visits.models import Callback

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("whole_search")]


def test_promise_is_made_once_however_often_it_is_sent(desk, adviser):
    customer = factories.make_customer(by=adviser)
    address = f"/customers/{customer.reference}/callback/"
    sent = factories.posted(f"callback:{customer.reference}", phone="01978 000111", note="after five")

    assert desk.get(address).status_code == 200
    answers = [desk.post(address, sent) for _ in range(2)]

    made = Callback.objects.get()
    assert [answer["Location"] for answer in answers] == [made.get_absolute_url()] * 2
    assert (made.phone, made.note, str(made)) == ("01978 000111", "after five", made.reference)
    assert "after five" in desk.get(made.get_absolute_url()).content.decode()
    assert made.reference in desk.get("/callbacks/").content.decode()


def test_refused_promise_keeps_what_was_typed(desk, adviser):
    customer = factories.make_customer(by=adviser)

    answer = desk.post(f"/customers/{customer.reference}/callback/", factories.posted(phone="none", note="after five"))

    assert answer.status_code == 422
    assert "after five" in answer.content.decode()
