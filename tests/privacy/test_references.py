"""References are unique, opaque, and know a slip."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.references import SIGNS, SPACE, make_reference, read_reference, record_with
from tests import factories


def test_references_do_not_repeat():
    made = {make_reference("ENQ", number) for number in range(50_000)}

    assert len(made) == 50_000


def test_stride_walks_the_whole_space():
    assert make_reference("ENQ", 0) == make_reference("ENQ", SPACE)
    assert make_reference("ENQ", 0) != make_reference("ENQ", SPACE // 2)


@given(st.integers(min_value=0, max_value=SPACE - 1), st.integers(0, 6), st.sampled_from(SIGNS))
def test_one_wrong_sign_is_noticed(number, place, sign):
    reference = make_reference("CUS", number)
    at = [4, 5, 6, 7, 9, 10, 11][place]
    wrong = reference[:at] + sign + reference[at + 1 :]

    assert read_reference(wrong) == (reference if wrong == reference else None)


@pytest.mark.parametrize("spelling", ["{0}", " {0} ", "{1}", "{2}", "{3}"])
def test_reference_is_read_however_it_is_typed(spelling):
    reference = make_reference("ENQ", 77)
    forms = (reference, reference.lower(), reference.replace("-", ""), reference.replace("-", " "))

    assert read_reference(spelling.format(*forms)) == reference


@pytest.mark.parametrize("text", ["", "ENQ", "ENQ-0000-000", "XYZ-2222-222", "ENQ-2222-2222", "ENQ-2222-22\x00"])
def test_other_text_is_no_reference(text):
    assert read_reference(text) is None


def test_references_of_neighbours_look_nothing_alike():
    made = [make_reference("ENQ", number) for number in range(1000, 1050)]

    for one, other in itertools.pairwise(made):
        assert sum(a == b for a, b in zip(one[4:8], other[4:8], strict=True)) <= 2


@pytest.mark.django_db
def test_record_is_found_by_the_kind_of_its_reference_in_one_query(adviser, django_assert_num_queries):
    enquiry, customer = factories.make_enquiry(by=adviser), factories.make_customer(by=adviser)

    for record, kind in ((enquiry, "enquiry"), (customer, "customer")):
        with django_assert_num_queries(1):
            assert record_with(record.reference) == (kind, record.pk)
    with django_assert_num_queries(0):
        assert record_with("XYZ-2222-222") is None
