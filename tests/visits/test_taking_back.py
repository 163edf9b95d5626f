"""A new customer just added in error can be taken back, while nothing hangs on them."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.db.models.functions import Now
from django.urls import reverse

from drafts.models import Draft
from privacy.dates import london_today
from privacy.models import SearchEntry
from retention.actions import place_hold
from tests import factories
from tests.rows import set_columns
from visits import actions
from visits.models import Customer

pytestmark = pytest.mark.django_db


def take_back(customer, by):
    return actions.take_back_customer(customer, content={"family_name": "Jones"}, submission=uuid.uuid4(), by=by)


def test_customer_taken_back_is_gone_and_what_was_typed_is_a_draft(desk, adviser, whole_search):
    typed = factories.posted("new", family_name="Jones", given_names="Siân", phone="01978 111111", narrative="said")
    place = desk.post("/customers/", typed)["Location"]
    customer = Customer.objects.get()
    url = reverse("visits:customer_take_back", args=[customer.reference])
    assert url in desk.get(place).content.decode()
    submission = str(uuid.uuid4())

    places = [desk.post(url, {"submission": submission})["Location"] for _ in range(2)]

    draft = Draft.objects.get()
    assert not Customer.objects.exists()
    assert not SearchEntry.objects.exists()
    assert draft.page == "new"
    assert draft.content["given_names"] == "Siân"
    assert draft.content["narrative"] == "said"
    assert places == [draft.get_absolute_url()] * 2
    assert 'value="01978 111111"' in desk.get(places[0]).content.decode()


def log(customer, adviser):
    factories.make_enquiry(by=adviser, customer=customer)


def be_named(customer, adviser):
    enquiry, other = factories.make_enquiry(by=adviser, customer=customer), factories.make_customer(by=adviser)
    actions.move_enquiry(enquiry, customer=other, reason="", submission=uuid.uuid4(), by=adviser)


def hold(customer, adviser):
    review = london_today() + dt.timedelta(days=30)
    place_hold(customer, reason="dispute", authority="C/1", responsible=adviser, review_on=review, by=adviser)


HANGING = {
    "late": lambda customer, adviser: set_columns(customer, created_at=Now() - dt.timedelta(minutes=1)),
    "enquiry": log,
    "named in an entry": be_named,
    "held": hold,
    "changed": lambda customer, adviser: factories.change(customer, by=factories.make_user(), family_name="Evans"),
}


@pytest.mark.parametrize("why", HANGING)
def test_taking_back_is_refused_when_it_is_late_or_something_hangs_on_the_customer(desk, adviser, why):
    customer = factories.make_customer(by=adviser)
    HANGING[why](customer, adviser)

    with pytest.raises(actions.TooLateToUndo):
        take_back(customer, adviser)
    answer = desk.post(
        reverse("visits:customer_take_back", args=[customer.reference]), {"submission": str(uuid.uuid4())}
    )

    assert answer.status_code == 422
    assert Customer.objects.filter(pk=customer.pk).exists()


def test_taking_back_a_colleagues_customer_is_refused(adviser):
    customer = factories.make_customer(by=factories.make_user())

    with pytest.raises(actions.TooLateToUndo):
        take_back(customer, adviser)
