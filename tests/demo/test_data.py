"""Demonstration data: the same for the same arguments, consistent like what people wrote, sealed and searchable."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import Max, Min

from demo.load import load
from privacy.actions import search_is_whole
from privacy.dates import london_date
from privacy.references import make_reference, read_reference
from sharing.actions import looking
from staff.models import Role, User
from tests import factories
from visits import finding
from visits.models import Customer, Enquiry, EnquiryEntry

# A Friday noon: half of that day's contacts are still to come.
NOON = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)


@pytest.fixture
def services(db: None, settings: Any) -> Any:
    call_command("load_services", verbosity=0)
    return json.loads((settings.BASE_DIR / "services" / "services.json").read_text(encoding="utf-8"))


@pytest.fixture
def advisers(db: None) -> list[User]:
    return [factories.make_user(Role.ADVISER), factories.make_user(Role.ADVISER)]


@pytest.fixture
def loaded(services: Any, advisers: list[User]) -> int:
    return load(customers=50, years=0.05, seed=1, services=services, advisers=advisers, now=NOON)


def rows() -> list[Any]:
    """Everything that was written, without what is random on purpose: keys, and what rows are sealed as."""
    references = dict(Customer.objects.values_list("pk", "reference"))
    made = []
    for model in (Customer, Enquiry):
        for record in model.objects.order_by("reference"):
            row = {field.attname: getattr(record, field.attname) for field in model._meta.concrete_fields}
            made.append(row | {"id": None, "seal_id": None, "customer_id": references.get(row.get("customer_id"))})
    return made


@pytest.mark.slow("makes the data three times over")
def test_same_arguments_give_the_same_rows(services: Any, advisers: list[User]) -> None:
    given = {"customers": 20, "years": 0.05, "services": services, "advisers": advisers, "now": NOON}
    made = []
    for seed in (1, 1, 2):
        with connection.cursor() as cursor:
            cursor.execute("ALTER SEQUENCE privacy_reference RESTART")
        load(**given, seed=seed)
        made.append(rows())
        EnquiryEntry.objects.all().delete()
        Enquiry.objects.all().delete()
        Customer.objects.all().delete()

    assert made[0] == made[1]
    assert made[0] != made[2]


def test_each_customer_goes_by_their_last_contact(loaded: int) -> None:
    for customer in Customer.objects.annotate(last=Max("enquiries__contact_on"), first=Min("enquiries__started_at")):
        assert customer.last_contact_on == (customer.last or customer.last_contact_on)
        assert customer.created_at == (customer.first or customer.created_at)
        assert customer.expires_on == customer.sealed_until == customer.data_policy.due_on(customer)
        assert london_date(customer.created_at) <= customer.last_contact_on <= london_date(NOON)


def test_open_enquiries_have_notes_and_some_were_handed_over(services: Any, advisers: list[User]) -> None:
    load(customers=100, years=0.01, seed=1, services=services, advisers=advisers, now=NOON)

    entries = list(EnquiryEntry.objects.select_related("enquiry"))

    assert {entry.kind for entry in entries} == {"note", "handed_over"}
    for entry in entries:
        assert entry.enquiry.is_open
        assert entry.enquiry.started_at <= entry.added_at <= NOON
        assert entry.text
        assert entry.handed_to in (None, entry.enquiry.owner)


def test_contacts_end_with_the_present(loaded: int) -> None:
    assert Enquiry.objects.count() == loaded > 50
    times = Enquiry.objects.aggregate(first=Min("started_at"), last=Max("started_at"), ended=Max("ended_at"))
    assert london_date(times["last"]) == london_date(NOON)
    assert times["last"] <= NOON
    assert times["ended"] <= NOON
    assert NOON - times["first"] < dt.timedelta(days=19)


def test_references_are_valid_and_numbers_are_not_given_out_again(loaded: int) -> None:
    given = {
        *Customer.objects.values_list("reference", flat=True),
        *Enquiry.objects.values_list("reference", flat=True),
    }
    assert len(given) == 50 + loaded
    assert all(read_reference(reference) == reference for reference in given)

    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('privacy_reference')")
        number = cursor.fetchone()[0]
    assert make_reference("ENQ", number) not in given
    assert make_reference("CUS", number) not in given


def test_personal_values_are_sealed(loaded: int) -> None:
    customer = Customer.objects.order_by("pk").first()
    with connection.cursor() as cursor:
        cursor.execute("SELECT family_name FROM visits_customer WHERE id = %s", [customer.pk])
        stored = bytes(cursor.fetchone()[0])
    assert customer.family_name
    assert customer.family_name.encode() not in stored


def test_enquiries_say_who_was_at_the_desk(loaded: int, advisers: list[User]) -> None:
    assert {enquiry.adviser for enquiry in Enquiry.objects.select_related("adviser")} == set(advisers)
    assert not Enquiry.objects.filter(ended_at__isnull=False, closed_by__isnull=True).exists()


@pytest.mark.slow("the whole command, for fifty people")
@pytest.mark.django_db(transaction=True)  # the command ends with a VACUUM
def test_command_makes_people_who_are_found(settings: Any, capsys: Any) -> None:
    settings.DEMO = True

    call_command("demo_data", customers=50, years=0.05, seed=1)

    assert "50 customers" in capsys.readouterr().out
    assert Customer.objects.current().count() == 50
    assert search_is_whole()
    customer = Customer.objects.order_by("pk").first()
    with looking(factories.request_by(User.objects.get(username="adviser"))) as viewer:
        hits = finding.find(f"{customer.given_names} {customer.family_name}", viewer=viewer)
    assert customer.reference in [hit.reference for hit in hits.customers]
    with pytest.raises(CommandError, match="customers already"):
        call_command("demo_data", customers=50, years=0.05, seed=1)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("demo", "arguments", "words"),
    [
        (False, {}, "DEMO=1"),
        (True, {"customers": 0}, "one customer"),
        (True, {"years": 0.0}, "six years"),
        (True, {"years": 6.1}, "six years"),
    ],
)
def test_command_refuses(settings: Any, demo: bool, arguments: dict[str, Any], words: str) -> None:
    settings.DEMO = demo
    with pytest.raises(CommandError, match=words):
        call_command("demo_data", **arguments)
    assert not Customer.objects.exists()
