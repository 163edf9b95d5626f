"""Sealed fields in queries: read by all of them, written by saving only, searched by none."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from django.core.exceptions import FieldError
from django.db import IntegrityError, connection
from django.db.models import F, Value
from django.forms import modelform_factory

from drafts.models import Draft
from privacy.sealed import BODY, HEADER, NotSealed, SealedField
from tests import factories
from tests.privacy.columns import again, make_draft, raw
from visits.models import Customer, Enquiry

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "change",
    [
        {"family_name": "Evans"},
        {"born_on": dt.date(1950, 1, 1)},
        {"address": b"bytes"},
        {"address": ""},
        {"address": Value("x")},
        {"address": F("family_name")},
        {"language": "cy", "postcode": "LL11 1AY"},
    ],
)
def test_update_of_a_sealed_field_raises(adviser, change):
    customer = factories.make_customer(by=adviser)

    with pytest.raises(NotSealed):
        Customer.objects.filter(pk=customer.pk).update(**change)


@pytest.mark.parametrize("manager", ["_base_manager", "_default_manager"])
def test_update_by_any_manager_of_a_sealed_field_raises(adviser, manager):
    customer = factories.make_customer(by=adviser)

    with pytest.raises(NotSealed):
        getattr(Customer, manager).filter(pk=customer.pk).update(family_name="Evans")


def test_update_of_other_fields_works_as_ever(adviser):
    customer = factories.make_customer(by=adviser)

    assert Customer.objects.filter(pk=customer.pk).update(language="cy") == 1


def test_update_of_a_json_field_raises(adviser):
    draft = make_draft(adviser, {"a": "b"})

    with pytest.raises(NotSealed):
        Draft.objects.filter(pk=draft.pk).update(content={"a": "c"})


def test_bulk_update_of_a_sealed_field_raises(adviser):
    customer = factories.make_customer(by=adviser)
    customer.family_name = "Evans"

    with pytest.raises(NotSealed):
        Customer.objects.bulk_update([customer], ["family_name"])


@pytest.mark.parametrize("lookup", ["", "__exact", "__iexact", "__contains", "__startswith", "__in", "__gt", "__regex"])
def test_filter_on_a_sealed_field_raises(lookup):
    value = ["Jones"] if lookup == "__in" else "Jones"

    with pytest.raises(FieldError, match="sealed"):
        list(Customer.objects.filter(**{f"family_name{lookup}": value}))


def test_filter_on_a_part_of_a_sealed_field_raises():
    for lookup in ("born_on__year", "born_on__month__gt", "family_name__lower"):
        with pytest.raises(FieldError):
            list(Customer.objects.filter(**{lookup: 1}))


def test_filled_and_null_are_all_that_can_be_asked(adviser):
    filled = factories.make_customer(by=adviser, address="High Street")
    bare = factories.make_customer(by=adviser, address="", born_on=None)

    assert list(Customer.objects.filter(address__filled=True)) == [filled]
    assert list(Customer.objects.filter(address__filled=False)) == [bare]
    assert list(Customer.objects.filter(born_on__isnull=True)) == [bare]


def test_only_and_defer_open_what_they_read(adviser):
    customer = factories.make_customer(by=adviser, address="High Street")
    named = Customer.objects.filter(pk=customer.pk)

    assert named.only("family_name").get().address == "High Street"
    assert named.defer("address").get().address == "High Street"


def test_values_outside_their_record_stay_sealed(adviser):
    """Only a record knows what its values are sealed as: without it there is nothing to read, not even its length."""
    customer = factories.make_customer(by=adviser, address="High Street")
    named = Customer.objects.filter(pk=customer.pk)

    found = [*named.values("family_name", "born_on").get().values(), named.annotate(also=F("address")).get().also]

    assert [str(value) for value in found] == [repr(value) for value in found] == ["<sealed>"] * 3


def test_only_and_save_seal_under_the_rows_own_day(adviser):
    customer = factories.make_customer(by=adviser)
    part = Customer.objects.only("family_name").get(pk=customer.pk)
    part.family_name = "Evans"

    part.save(update_fields=["family_name"])

    assert again(customer).family_name == "Evans"
    assert HEADER.unpack_from(raw(customer, "family_name"))[1] == customer.sealed_until.toordinal()


def test_refresh_from_db_opens_what_was_saved_meanwhile(adviser):
    customer = factories.make_customer(by=adviser)
    other = Customer.objects.get(pk=customer.pk)
    other.family_name = "Evans"
    other.save()

    customer.refresh_from_db()

    assert customer.family_name == "Evans"


def test_bulk_create_seals_every_row_under_its_own_day(adviser):
    today = dt.date(2026, 5, 4)
    Customer.objects.bulk_create(
        Customer(
            reference=f"CUS-{n}", family_name=f"Zyxw{n}", last_contact_on=today + dt.timedelta(n), created_by=adviser
        )
        for n in range(3)
    )

    for n, customer in enumerate(Customer.objects.order_by("pk")):
        assert customer.family_name == f"Zyxw{n}"
        assert customer.expires_on == dt.date(2032, 5, 4) + dt.timedelta(n)
        assert HEADER.unpack_from(raw(customer, "family_name"))[1] == customer.expires_on.toordinal()
        assert b"zyxw" not in raw(customer, "family_name").lower()


def test_null_in_a_field_that_must_be_filled_is_refused(adviser):
    with pytest.raises(IntegrityError):
        make_draft(adviser, None)


def test_model_forms_read_and_clean_sealed_fields(adviser):
    customer = factories.make_customer(by=adviser)
    form_class = modelform_factory(Customer, fields=["family_name", "born_on"])

    shown = form_class(instance=customer)
    typed = form_class({"family_name": "x" * 101, "born_on": "1950-01-01"}, instance=customer)

    assert (shown["family_name"].value(), shown["born_on"].value()) == ("Jones", dt.date(1938, 2, 13))
    assert list(typed.errors) == ["family_name"]


def test_every_sealed_column_is_bytes():
    columns = [
        (field.model._meta.db_table, field.column)
        for model in (Customer, Enquiry, Draft)
        for field in model._meta.concrete_fields
        if isinstance(field, SealedField)
    ]

    with connection.cursor() as cursor:
        for table, column in columns:
            cursor.execute(
                "SELECT data_type FROM information_schema.columns WHERE table_name = %s AND column_name = %s",
                [table, column],
            )
            assert cursor.fetchone() == ("bytea",)
    assert len(columns) == 14


def test_sealed_json_is_written_without_escapes(adviser):
    assert (
        len(raw(make_draft(adviser, "ŵ" * 100), "content"))
        == BODY + len(json.dumps("ŵ" * 100, ensure_ascii=False).encode()) + 16
    )
