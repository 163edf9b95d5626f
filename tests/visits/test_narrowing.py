"""Each list of enquiries can be narrowed by typing whom they are of."""

from __future__ import annotations

import pytest

from privacy.models import SearchMarker
from tests import factories
from visits.models import Outcome

LISTS = ["/enquiries/today/", "/enquiries/open/"]


@pytest.fixture
def two(adviser, whole_search):
    service = factories.make_service()
    jones, evans = (factories.make_customer(by=adviser, family_name=name) for name in ("Jones", "Evans"))
    return [
        factories.make_enquiry(by=adviser, customer=customer, service=service, outcome=Outcome.OPEN, **more)
        for customer, more in ((jones, {}), (evans, {}), (None, {"caller_name": "Rhys Parry"}))
    ]


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize(("typed", "which"), [("jones", 0), ("evans", 1), ("parry", 2)])
def test_list_is_narrowed_to_whom_was_typed(desk, two, path, typed, which):
    page = desk.post(path, {"narrow": typed}).content.decode()

    assert [enquiry.reference in page for enquiry in two] == [number == which for number in range(3)]
    assert f'value="{typed}"' in page


@pytest.mark.parametrize("path", LISTS)
def test_list_is_narrowed_to_a_reference_in_any_spelling(desk, two, path):
    for typed in (two[0].reference.lower().replace("-", " "), two[0].customer.reference):
        page = desk.post(path, {"narrow": typed}).content.decode()
        assert [enquiry.reference in page for enquiry in two] == [True, False, False]


@pytest.mark.parametrize("path", LISTS)
def test_words_in_the_address_narrow_nothing(desk, two, path):
    page = desk.get(path, {"narrow": "jones"}).content.decode()

    assert all(enquiry.reference in page for enquiry in two)


@pytest.mark.parametrize("path", LISTS)
def test_search_that_is_not_whole_is_said(desk, two, path):
    SearchMarker.objects.all().delete()

    page = desk.post(path, {"narrow": "jones"}).content.decode()

    assert "Search is being rebuilt" in page
