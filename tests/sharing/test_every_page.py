"""Guardian: whatever page shows somebody's words writes to the access log whose, and under the page's own name."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, NamedTuple

import pytest
from django.db.models.functions import Now

from privacy.naming import name_of
from privacy.references import ReferenceField
from privacy.sealed import SealedDateField, SealedJSONField
from retention.relations import retained_models
from sharing.access import PERMISSIONS
from sharing.models import AccessEvent
from tests import factories
from tests.addresses import ADDRESSES, Address, records_for
from tests.rows import set_columns
from visits import actions

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("whole_search"),
    pytest.mark.slow("makes a world for every page"),
]

GUARDED = [address for address in ADDRESSES if address.permission]
# What one is typing oneself is one's own: a draft is shown to nobody else, and no look at a record.
OWN_WORDS = {"draft"}
# On these pages the test below must find what it looks for, or it would be blind. New ones are found without a line.
SHOWING = {
    ("visits:counter", "GET"): {"customer", "enquiry"},
    ("visits:customer_detail", "GET"): {"customer", "enquiry"},
    ("visits:customer_new", "GET"): {"enquiry"},
    ("visits:customer_change", "GET"): {"customer"},
    ("visits:customer_change", "POST"): {"customer"},
    ("visits:customer_search", "POST"): {"customer", "enquiry"},
    ("visits:customer_likeness", "POST"): {"customer"},
    ("visits:customer_add", "POST"): {"enquiry"},
    ("visits:enquiry_open", "POST"): {"customer", "enquiry"},
    ("visits:enquiry_today", "GET"): {"customer", "enquiry"},
    ("visits:enquiry_pending", "GET"): {"customer", "enquiry"},
    ("visits:enquiry_detail", "GET"): {"customer", "enquiry", "enquiry_entry"},
    ("visits:enquiry_close", "POST"): {"customer", "enquiry", "enquiry_entry"},
    ("visits:enquiry_amend", "POST"): {"customer", "enquiry", "enquiry_entry"},
    ("visits:enquiry_hand_over", "POST"): {"customer", "enquiry", "enquiry_entry"},
    ("visits:enquiry_take_back", "POST"): {"customer", "enquiry", "enquiry_entry"},
    ("visits:enquiry_attach", "POST"): {"customer", "enquiry", "enquiry_entry"},
    ("visits:enquiry_undo", "POST"): {"customer", "enquiry", "enquiry_entry"},
}


def words_of(model: Any) -> list[str]:
    """The marks that a record of `model` alone bears, as they stand on a page."""
    told = {}
    for name, value in factories.marked(model).items():
        if not isinstance(model._meta.get_field(name), SealedDateField | SealedJSONField):
            told[name] = str(value).lower()
    return list(told.values())


class World(NamedTuple):
    """A person with two enquiries, one of them closed and added to; one of nobody; a person with none. All marked."""

    records: dict[str, list[Any]]

    def shown_on(self, page: str, sent: str = "") -> dict[str, list[Any]]:
        """The records of which a word is on the page, by kind. What was sent may come back, and is nobody's record."""
        return {
            name_of(model): self.records[name_of(model)]
            for model in retained_models()
            if name_of(model) not in OWN_WORDS
            and any(word in page and word not in sent.lower() for word in words_of(model))
        }


def make_world(by: Any) -> World:
    """One record of each kind, and what belongs together put together."""
    records: dict[str, list[Any]] = {}
    for model in retained_models():
        records[name_of(model)] = [factories.make_marked(model, by)]
    customer, enquiry = records["customer"][0], records["enquiry"][0]
    actions.attach_customer(enquiry, customer=customer, submission=uuid.uuid4(), by=by)
    closed = records["enquiry_entry"][0].enquiry
    set_columns(closed, customer=customer)
    # Too long ago to be taken back: the answer is the page of the enquiry.
    for record in (enquiry, closed):
        set_columns(record, logged_at=Now() - dt.timedelta(minutes=5))
    records["enquiry"].append(factories.make_marked(type(enquiry), by))
    records["customer"].append(factories.make_marked(type(customer), by))
    return World(records)


def posts(world: World) -> list[dict[str, str]]:
    """What is sent to an address that takes a form: enough for an answer with people on it, too little to be saved."""
    customer = world.records["customer"][0]
    person = {name: str(getattr(customer, name)) for name in ("national_insurance_number", "phone")}
    return [
        {"q": "zyxwfamily", "customer": customer.reference},
        {"q": world.records["enquiry"][0].reference},
        {"submission": str(uuid.uuid4()), "customer": customer.reference},
        person | {"family_name": "Else"},
    ]


def paths(address: Address, world: World) -> list[str]:
    """The address of each marked record that it can be of, or the one address."""
    if any(not hasattr(converter, "prefix") for converter in address.converters.values()):
        return [address.path_of(records_for(address, world.records["customer"][0].created_by))]
    if not address.converters:
        return [address.path]
    prefixes = {converter.prefix for converter in address.converters.values()}
    found = [record for records in world.records.values() for record in records]
    found += [world.records["enquiry_entry"][0].enquiry]
    return [
        address.path_of(dict.fromkeys(address.converters, record.reference))
        for record in found
        for field in record._meta.concrete_fields
        if isinstance(field, ReferenceField) and field.prefix in prefixes
    ]


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("address", GUARDED, ids=lambda address: address.name)
def test_page_that_shows_a_person_is_in_the_access_log(signed_in, address, method):
    role = min(PERMISSIONS[address.permission], key=list(factories.Role).index)
    user = factories.make_user(role)
    world = make_world(user)
    client = signed_in(user)
    for customer in world.records["customer"]:
        client.get(customer.get_absolute_url())  # among the recent ones from now on
    seen: set[str] = set()

    for path in paths(address, world):
        for posted in posts(world) if method == "POST" else [{}]:
            AccessEvent.objects.all().delete()
            answer = client.post(path, posted) if method == "POST" else client.get(path)
            page = answer.content.decode(errors="replace").lower()
            shown = world.shown_on(page, sent=str(posted))
            for kind, records in shown.items():
                events = AccessEvent.objects.filter(place=address.name, record_type=kind, by=user)
                logged = {pk for event in events for pk in event.record_ids}
                on_page = [record for record in records if kind == "enquiry_entry" or record.reference.lower() in page]
                assert logged, f"{address.name} shows a word of a {kind} and logs no look at one"
                assert {record.pk for record in on_page} <= logged
            seen |= shown.keys()
            assert not AccessEvent.objects.exclude(place=address.name).exists()

    assert SHOWING.get((address.name, method), set()) <= seen, "the test is blind to what this page shows"


def test_pages_that_are_known_to_show_people_are_there():
    assert {name for name, _ in SHOWING} <= {address.name for address in GUARDED}


def test_marks_tell_the_kinds_apart(adviser):
    world = make_world(adviser)

    for model in retained_models():
        if name_of(model) not in OWN_WORDS:
            assert list(world.shown_on(" ".join(words_of(model)))) == [name_of(model)]
    assert world.shown_on("nobody's words") == {}
