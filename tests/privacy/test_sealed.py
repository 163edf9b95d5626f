"""Sealed fields: plain in Python, noise in the column, and of no use anywhere but in their own place."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy.keyring import KeyMissing, keyring
from privacy.sealed import BODY, HEADER, seal, unseal
from tests import factories
from tests.privacy.columns import again, make_draft, put, raw
from visits.models import Outcome

pytestmark = pytest.mark.django_db

DAY = dt.date(2032, 3, 14)
TEXTS = [
    "plain words",
    "Siân Llŷr Ŵyn",
    "😀 👩🏽‍🦽 flags 🏴󠁧󠁢󠁷󠁬󠁳󠁿",
    "مرحبا بالعالم",
    "a\nb\tc",
    " ",
    "x" * 20_000,
    "'; DROP TABLE visits_customer;--",
]


@pytest.mark.parametrize("text", ["", *TEXTS])
def test_text_comes_back_as_it_went_in(adviser, text):
    customer = factories.make_customer(by=adviser, address=text)

    assert again(customer).address == text


@pytest.mark.parametrize("day", [None, dt.date(1, 1, 1), dt.date(1938, 2, 13), dt.date(2024, 2, 29)])
def test_date_comes_back_as_it_went_in(adviser, day):
    customer = factories.make_customer(by=adviser, born_on=day)

    assert again(customer).born_on == day


@pytest.mark.parametrize("content", [{}, [], 0, False, "", {"a": [1, None, {"ŵ": "😀"}]}, {"مرحبا": TEXTS}])
def test_json_comes_back_as_it_went_in(adviser, content):
    assert again(make_draft(adviser, content)).content == content


@pytest.mark.slow("the first time, Hypothesis makes its tables of Unicode")
@given(text=st.text())
def test_any_text_is_opened_as_it_was_sealed(text):
    assert unseal(seal(text, until=DAY, label=b"a.B.c"), label=b"a.B.c") == text


@pytest.mark.slow("the first time, Hypothesis makes its tables of Unicode")
@settings(max_examples=30)
@given(
    content=st.recursive(
        st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(exclude_categories=["Cs"])),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=8,
    ).filter(lambda content: content is not None),
    day=st.dates(),
)
def test_any_json_and_date_come_back_through_the_database(content, day):
    adviser = factories.make_user()
    draft = make_draft(adviser, content)
    customer = factories.make_customer(by=adviser, born_on=day)

    assert again(draft).content == content
    assert again(customer).born_on == day


def test_column_holds_none_of_the_words(adviser):
    customer = factories.make_customer(by=adviser, **factories.MARKED)
    draft = make_draft(adviser, {"narrative": "zyxwdraft"})

    columns = [raw(customer, name) for name in factories.MARKED] + [raw(draft, "content")]

    for stored in columns:
        assert len(stored) > BODY
        for mark in (*factories.MARKS, "1931", "zyxwdraft", "narrative"):
            assert mark.encode() not in stored.lower()


def test_the_search_for_words_in_a_column_would_find_them_unsealed(adviser):
    customer = factories.make_customer(by=adviser, family_name="Zyxwfamily")
    put(customer, "family_name", b"Zyxwfamily")

    assert b"zyxw" in raw(customer, "family_name").lower()


def test_same_text_is_never_sealed_alike(adviser):
    one, other = (factories.make_customer(by=adviser, family_name="Jones", address="Jones") for _ in range(2))

    stored = [raw(one, "family_name"), raw(other, "family_name"), raw(one, "address")]
    one.save()

    assert len({*stored, raw(one, "family_name")}) == 4


def test_value_is_sealed_under_the_day_of_its_row(adviser):
    customer = factories.make_customer(by=adviser)

    form, day, version = HEADER.unpack_from(raw(customer, "family_name"))

    assert (form, dt.date.fromordinal(day), version) == (1, customer.sealed_until, 1)
    assert {day for day, _ in keyring().names(keyring().directories[0])} == {customer.sealed_until}


def test_value_copied_to_another_column_does_not_open(adviser):
    customer = factories.make_customer(by=adviser)
    put(customer, "given_names", raw(customer, "family_name"))

    with pytest.raises(KeyMissing, match=r"visits.Customer.given_names"):
        again(customer)


def test_value_copied_to_another_model_does_not_open(adviser):
    enquiry = factories.make_enquiry(by=adviser, outcome=Outcome.OPEN, caller_name="Siân")
    customer = factories.make_customer(by=adviser)
    put(enquiry, "caller_name", raw(customer, "family_name"))

    with pytest.raises(KeyMissing):
        again(enquiry)


def test_value_dated_for_another_day_does_not_open(adviser):
    customer = factories.make_customer(by=adviser)
    stored = raw(customer, "family_name")
    form, day, version = HEADER.unpack_from(stored)
    keyring().sealing_key(dt.date.fromordinal(day + 1))
    put(customer, "family_name", HEADER.pack(form, day + 1, version) + stored[HEADER.size :])

    with pytest.raises(KeyMissing):
        again(customer)


@pytest.mark.parametrize("place", [0, HEADER.size, BODY, -1])
def test_value_with_one_bit_changed_does_not_open(place):
    stored = bytearray(seal("words", until=DAY, label=b"label"))
    stored[place] ^= 1

    with pytest.raises(KeyMissing):
        unseal(bytes(stored), label=b"label")


@pytest.mark.parametrize("length", [1, 6, HEADER.size, HEADER.size + 3])
def test_value_cut_short_does_not_open(length):
    stored = seal("words", until=DAY, label=b"label")

    with pytest.raises(KeyMissing):
        unseal(stored[:length], label=b"label")


def test_value_of_an_impossible_day_does_not_open():
    stored = seal("words", until=DAY, label=b"label")

    with pytest.raises(KeyMissing):
        unseal(HEADER.pack(1, 0, 1) + stored[HEADER.size :], label=b"label")


def test_value_without_its_key_is_missing_not_empty(adviser):
    customer = factories.make_customer(by=adviser)
    for directory in keyring().directories:
        (directory / f"{customer.sealed_until.isoformat()}.1.key").unlink()

    with pytest.raises(KeyMissing):
        again(customer)
