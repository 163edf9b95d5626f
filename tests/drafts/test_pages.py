"""Which page a draft belongs to: what is no page is refused, and no page fails for a draft."""

from __future__ import annotations

import uuid

import pytest

from drafts.models import Draft
from drafts.pages import MadeFor, page_at, read_page
from tests import factories
from tests.rows import set_columns
from visits.pages import COUNTER, CUSTOMER

pytestmark = pytest.mark.django_db

# Another kind's reference, signs that no reference has, a kind that needs one, one that has none, and no kind.
NO_PAGES = [
    "customer:ENQ-2222-222",
    "customer:CUS-ILOU-222",
    "customer",
    "counter:CUS-2222-222",
    "nowhere",
    "",
    "a:b:c",
]


def sending(made_for: str) -> dict[str, str]:
    """What a page that says it was made for this sends to be kept."""
    return factories.posted(narrative="kept", writer=str(uuid.uuid4()), made_for=made_for)


@pytest.mark.parametrize("name", NO_PAGES)
def test_what_names_no_page_is_none(name):
    assert read_page(name) is None


@pytest.mark.parametrize("path", ["/customers/CUS-ILOU-222/x/", "/nowhere/", "", "//", "/today/"])
def test_address_on_which_nothing_is_typed_is_no_page(path):
    assert page_at(path) is None


@pytest.mark.parametrize("name", NO_PAGES)
def test_draft_of_what_names_no_page_is_refused(desk, adviser, name):
    class Forged(str):
        reference = ""

    sent = sending(MadeFor(adviser.pk, Forged(name)).sign())  # type: ignore[arg-type]

    assert desk.post("/drafts/", sent).status_code == 422
    assert not Draft.objects.exists()


def test_page_and_account_of_a_form_cannot_be_written_anew(desk, adviser):
    colleague = factories.make_user()
    signed = MadeFor(adviser.pk, COUNTER.page()).sign()
    forged = signed.replace(f"{adviser.pk}:", f"{colleague.pk}:", 1)

    for made_for in (forged, f"{adviser.pk}:counter", signed.replace("counter", "new_customer")):
        assert desk.post("/drafts/", sending(made_for)).status_code == 422
    assert not Draft.objects.exists()

    assert desk.post("/drafts/", sending(signed)).status_code == 200


@pytest.mark.parametrize("name", NO_PAGES)
def test_no_page_fails_for_a_draft_of_no_page(desk, adviser, whole_search, name):
    """SQL can write what no form would send."""
    customer = factories.make_customer(by=adviser)
    enquiry = factories.make_enquiry(by=adviser, customer=customer)
    set_columns(factories.make_draft(by=adviser, page=CUSTOMER.page(customer.reference)), page=name)

    lists = ("/", "/customers/new/", "/enquiries/open/", "/enquiries/today/")
    for path in (*lists, customer.get_absolute_url(), enquiry.get_absolute_url()):
        assert desk.get(path).status_code == 200
