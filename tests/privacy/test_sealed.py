"""Sealed fields: plain in Python, noise in the column, and of no use anywhere but in their own place."""

from __future__ import annotations

import datetime as dt

import pytest
from auditlog.context import disable_auditlog
from django.db import IntegrityError, connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy.keyring import KeyMissing, keyring
from privacy.sealed import BODY, HEADER, DoesNotOpen, lost_days, seal, unseal
from retention.actions import move_due_date
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

    with pytest.raises(DoesNotOpen):
        _ = again(customer).given_names
    assert again(customer).family_name == customer.family_name


def test_value_copied_to_another_model_does_not_open(adviser):
    enquiry = factories.make_enquiry(by=adviser, outcome=Outcome.OPEN, caller_name="Siân")
    customer = factories.make_customer(by=adviser)
    put(enquiry, "caller_name", raw(customer, "family_name"))

    with pytest.raises(DoesNotOpen):
        _ = again(enquiry).caller_name


def test_value_copied_to_another_row_does_not_open_and_is_logged_by_number(adviser, caplog):
    one, other = (factories.make_customer(by=adviser, family_name=name) for name in ("Zyxwfamily", "Jones"))
    put(other, "family_name", raw(one, "family_name"))

    with pytest.raises(DoesNotOpen):
        _ = again(other).family_name

    assert f"family_name of customer {other.pk} does not open" in caplog.text
    assert "zyxw" not in caplog.text.lower()
    assert again(one).family_name == "Zyxwfamily"


def test_row_never_takes_the_seal_id_of_another(adviser):
    one, other = (factories.make_customer(by=adviser) for _ in range(2))

    for change in ("seal_id = gen_random_uuid()", f"seal_id = '{one.seal_id}'"):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE visits_customer SET {change} WHERE id = %s", [other.pk])  # noqa: S608
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE visits_customer SET version = 2, seal_id = %s WHERE id = %s", [one.seal_id, other.pk])


def test_value_that_does_not_open_stays_what_it_is_when_its_record_is_saved(adviser):
    one, other = (factories.make_customer(by=adviser, family_name=name) for name in ("Evans", "Jones"))
    put(other, "family_name", raw(one, "family_name"))
    stranger = again(other)

    move_due_date(stranger, since=stranger.last_contact_on + dt.timedelta(days=1))

    assert raw(other, "family_name") == raw(one, "family_name")
    assert again(other).given_names == other.given_names


def test_value_that_was_not_read_is_not_sealed_again(adviser):
    customer = factories.make_customer(by=adviser)
    stored = raw(customer, "family_name")

    with disable_auditlog():  # which reads every field, to tell what was changed
        again(customer).save()

    assert raw(customer, "family_name") == stored


def test_value_dated_for_another_day_does_not_open(adviser):
    customer = factories.make_customer(by=adviser)
    stored = raw(customer, "family_name")
    form, day, version = HEADER.unpack_from(stored)
    keyring().sealing_key(dt.date.fromordinal(day + 1))
    put(customer, "family_name", HEADER.pack(form, day + 1, version) + stored[HEADER.size :])

    with pytest.raises(DoesNotOpen):
        _ = again(customer).family_name


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

    with pytest.raises(KeyMissing) as raised:
        _ = again(customer).family_name
    assert not isinstance(raised.value, DoesNotOpen)


def test_day_is_lost_only_when_no_directory_has_its_key(adviser):
    customer = factories.make_customer(by=adviser)
    records, name = type(customer).objects.all(), f"{customer.sealed_until.isoformat()}.1.key"
    assert lost_days(records) == []

    for directory in keyring().directories:
        kept = (directory / name).read_bytes()
        (directory / name).unlink()
        assert lost_days(records) == [], directory.name
        (directory / name).write_bytes(kept)
    for directory in keyring().directories:
        (directory / name).unlink()
    assert lost_days(records) == [customer.sealed_until]
