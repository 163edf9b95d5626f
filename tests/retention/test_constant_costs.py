"""The watchman and the pages of retention ask as many statements with more kinds of record as with few."""

from __future__ import annotations

from contextlib import ExitStack

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from privacy.dates import london_today
from retention.actions import purge
from staff.models import Role
from tests import factories
from tests.retention.new_models import made

pytestmark = pytest.mark.django_db(transaction=True)


def statements(client: Client, path: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as asked:
        answer = client.get(path)
    assert answer.status_code == 200
    return len(asked)


@pytest.mark.parametrize(
    "path", ["/readyz", "/retention/", "/retention/holds/", "/retention/purges/", "/retention/canary/"]
)
def test_number_of_statements_does_not_grow_with_the_kinds_of_record(signed_in, whole_search, monkeypatch, path):
    monkeypatch.setattr("retention.ledger_state.CHECK_EVERY", 0)  # what is asked now and then is asked each time
    client = signed_in(factories.make_user(Role.GOVERNANCE))
    purge(london_today())
    statements(client, path)
    few = statements(client, path)

    with ExitStack() as stack:
        for name in ("Clip", "Payment", "Ticket"):
            stack.enter_context(made(name))
        many = statements(client, path)

    assert many == few <= 40
