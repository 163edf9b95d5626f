"""What a sealed value is bound to: the pinned name of its kind, its field, its row."""

from __future__ import annotations

import pytest

from privacy.naming import name_of
from privacy.policy import our_models
from privacy.sealed import SealedField
from tests import factories
from visits.models import Customer

pytestmark = pytest.mark.django_db
SEALED = [field for model in our_models() for field in model._meta.concrete_fields if isinstance(field, SealedField)]


@pytest.mark.parametrize("field", SEALED, ids=str)
def test_associated_data_are_pinned_name_field_and_row(adviser, field):
    record = factories.make_marked(field.model, adviser)

    expected = f"{name_of(field.model)}.{field.name}|".encode() + record.seal_id.bytes

    assert field.associated_data(record) == expected


def test_no_two_rows_and_no_two_fields_have_the_same(adviser):
    records = [factories.make_customer(by=adviser) for _ in range(2)]
    fields = [Customer._meta.get_field(name) for name in ("family_name", "given_names")]

    assert len({field.associated_data(record) for field in fields for record in records}) == 4
