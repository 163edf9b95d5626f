"""The one door: what a role may see leaves, the rest is None, and nothing leaves without its entry."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.transaction import TransactionManagementError

from privacy.policy import Category
from sharing.access import CATEGORIES
from sharing.actions import Visible, looking
from sharing.models import AccessEvent
from staff.models import Role, User
from tests import factories
from visits.models import Customer

pytestmark = pytest.mark.django_db

PERSONAL = {category for category in Category if category != Category.OPERATIONAL}
SEES_PERSONS = [Role.ADVISER, Role.MANAGER]
SEES_NOBODY = [Role.ADMINISTRATOR, Role.GOVERNANCE]


def show(record, to, place: str = "visits:customer_detail") -> Visible:
    """One record on a page of its own."""
    with looking(factories.request_by(to, place)) as viewer:
        return viewer.visible_fields(record)


@pytest.fixture
def customer(adviser) -> Customer:
    return factories.make_customer(by=adviser, **factories.MARKED)


@pytest.mark.parametrize("role", SEES_PERSONS)
def test_those_at_the_desk_see_a_customers_details(customer, role):
    seen = show(customer, to=factories.make_user(role))

    assert {name: getattr(seen, name) for name in factories.MARKED} == factories.MARKED
    assert seen.name == "Zyxwfamily, Zyxwgiven"
    assert seen.reference == customer.reference


@pytest.mark.parametrize("role", SEES_NOBODY)
def test_others_see_that_there_is_a_record_and_nothing_of_it(customer, role):
    seen = show(customer, to=factories.make_user(role))

    assert {name: getattr(seen, name) for name in factories.MARKED} == dict.fromkeys(factories.MARKED)
    assert seen.name is None
    assert (seen.reference, seen.pk) == (customer.reference, customer.pk)


@pytest.mark.parametrize("role", SEES_NOBODY)
def test_narrative_is_hidden_like_the_rest(adviser, role):
    enquiry = factories.make_enquiry(by=adviser, **factories.MARKED_WORDS)

    seen = show(enquiry, to=factories.make_user(role))

    assert {getattr(seen, name) for name in factories.MARKED_WORDS} == {None}
    assert seen.about == enquiry.about


def test_role_that_nobody_knows_sees_nothing_at_all(customer, adviser):
    adviser.role = "visitor"

    seen = show(customer, to=adviser)

    assert (seen.family_name, seen.reference, seen.pk) == (None, None, None)


@pytest.mark.parametrize("name", ["enquiries", "save", "delete", "objects", "_meta", "data_policy", "customer_id", "x"])
def test_whatever_has_no_category_raises(customer, adviser, name):
    seen = show(customer, to=adviser)

    with pytest.raises(AttributeError, match="has no category"):
        getattr(seen, name)


@pytest.mark.parametrize("name", ["customer", "adviser", "closed_by"])
@pytest.mark.parametrize("role", SEES_PERSONS)
def test_person_behind_a_foreign_key_is_looked_at_on_their_own(customer, role, name):
    seen = show(factories.make_enquiry(customer=customer), to=factories.make_user(role))

    with pytest.raises(AttributeError, match="is another record"):
        getattr(seen, name)


def test_service_behind_a_foreign_key_is_nobody_and_passes(adviser):
    enquiry = factories.make_enquiry(by=adviser)

    assert show(enquiry, to=adviser).service == enquiry.service


def test_page_is_one_entry_for_each_kind_of_record_with_the_categories_shown(adviser):
    customers = [factories.make_customer(by=adviser, family_name=name) for name in ("Bevan", "Adams", "Cole")]
    enquiry = factories.make_enquiry(by=adviser, caller_name="Dai")

    with looking(factories.request_by(adviser, "visits:customer_search")) as viewer:
        seen = viewer.visible_list(customers)
        caller = viewer.visible_fields(enquiry).caller_name

    assert ([person.family_name for person in seen], caller) == (["Bevan", "Adams", "Cole"], "Dai")
    of_customers, of_enquiries = AccessEvent.objects.order_by("record_type")
    assert of_customers.record_ids == [customer.pk for customer in customers]
    assert of_enquiries.record_ids == [enquiry.pk]
    assert of_customers.categories == ["contact", "identity", "operational"]
    assert of_enquiries.categories == ["identity", "narrative", "operational"]
    for event, kind in ((of_customers, "customer"), (of_enquiries, "enquiry")):
        assert (event.by, event.record_type, event.place) == (adviser, kind, "visits:customer_search")
        assert event.at is not None


@pytest.mark.parametrize("role", SEES_NOBODY)
def test_entry_tells_only_the_categories_that_were_shown(customer, role):
    show(customer, to=factories.make_user(role))

    assert AccessEvent.objects.get().categories == ["operational"]


def test_record_shown_twice_on_a_page_is_told_once(adviser, customer):
    with looking(factories.request_by(adviser, "visits:enquiry_today")) as viewer:
        viewer.visible_list(Customer.objects.all())
        viewer.visible_fields(customer)

    assert AccessEvent.objects.get().record_ids == [customer.pk]


def test_page_that_shows_nobody_is_no_look(adviser):
    with looking(factories.request_by(adviser, "visits:customer_search")) as viewer:
        assert viewer.visible_list(Customer.objects.none()) == []

    assert not AccessEvent.objects.exists()


def test_every_look_is_an_entry_of_its_own(adviser, customer):
    for _ in range(3):
        show(customer, to=adviser)

    assert AccessEvent.objects.count() == 3


def test_entry_holds_no_personal_word(adviser, customer):
    show(customer, to=adviser)

    with connection.cursor() as cursor:
        cursor.execute("SELECT lower((to_jsonb(e) - 'at')::text) FROM sharing_accessevent e")
        text = cursor.fetchone()[0]
    assert not [mark for mark in factories.MARKS if mark in text]
    assert str(AccessEvent.objects.get()) == f"access event {AccessEvent.objects.get().pk}"


# --- it fails closed --------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_nothing_is_shown_to_an_account_that_is_not_there():
    customer = factories.make_customer()
    ghost, seen = User(pk=10**9, role=Role.ADVISER), None

    with pytest.raises(IntegrityError):
        seen = show(customer, to=ghost)

    assert seen is None
    assert not AccessEvent.objects.exists()


def test_nothing_is_shown_in_a_transaction_that_failed(adviser, customer):
    seen = None

    with transaction.atomic():
        transaction.set_rollback(True)
        with pytest.raises(TransactionManagementError):
            seen = show(customer, to=adviser)

    assert seen is None


@pytest.mark.django_db(transaction=True)
def test_page_shows_nothing_while_the_log_cannot_be_written(signed_in, whole_search):
    adviser = factories.make_user()
    customer, client = factories.make_customer(by=adviser, **factories.MARKED), signed_in(adviser)
    factories.make_enquiry(by=adviser, customer=customer)
    other = connection.copy()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '200ms'")
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute("LOCK TABLE sharing_accessevent")

        answers = [
            client.get(customer.get_absolute_url()),
            client.get("/"),
            client.post("/customers/search/", {"q": "Zyxwfamily"}),
        ]
    finally:
        other.close()
        connection.close()

    assert [answer.status_code for answer in answers] == [503, 503, 503]
    for answer in answers:
        assert "Zyxwgiven" not in answer.content.decode()
    assert not AccessEvent.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_looking_is_one_transaction_with_its_entries():
    user = factories.make_user()
    customer = factories.make_customer(by=user)

    def look_and_fail() -> None:
        with looking(factories.request_by(user)) as viewer:
            viewer.visible_fields(customer)
            Customer.objects.filter(pk=customer.pk).update(version=7)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        look_and_fail()

    assert not AccessEvent.objects.exists()
    assert Customer.objects.get().version == 1


# --- the table --------------------------------------------------------------------------------------------------------


def test_only_the_desk_sees_persons():
    for role in Role:
        assert bool(CATEGORIES[role] & PERSONAL) == (role in SEES_PERSONS)


def test_nobody_sees_what_no_page_needs_yet():
    assert not {Category.FINANCIAL, Category.FAMILY, Category.HEALTH} & frozenset().union(*CATEGORIES.values())
