"""Which days' keys are lost: those that no directory has, not those that one directory lacks."""

from __future__ import annotations

import pytest

from privacy.keyring import keyring
from privacy.sealed import lost_days
from tests import factories
from visits.models import Customer

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("place", [0, 1])
def test_day_is_not_lost_while_one_directory_has_its_key(adviser, place):
    customer = factories.make_customer(by=adviser)
    (keyring().directories[place] / f"{customer.sealed_until.isoformat()}.1.key").unlink()

    assert lost_days(Customer.objects.all()) == []


def test_day_is_lost_when_no_directory_has_its_key(adviser, caplog):
    customer = factories.make_customer(by=adviser)
    for directory in keyring().directories:
        (directory / f"{customer.sealed_until.isoformat()}.1.key").unlink()

    assert lost_days(Customer.objects.all()) == [customer.sealed_until]
    assert "1 records of customer cannot be opened" in caplog.text
