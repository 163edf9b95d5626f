"""Guardian: what names, remembers or addresses a record holds nothing personal."""

from __future__ import annotations

import re
import uuid

import pytest
from django.contrib.sessions.models import Session
from django.db import connection

from privacy.policy import our_models
from retention.relations import retained_models
from sharing.actions import looking
from tests import factories
from visits.models import Customer, Enquiry

pytestmark = [pytest.mark.django_db, pytest.mark.slow("works a whole day at the desk")]

PERSON = factories.MARKED | {"born_on": "19/07/1931"}


def marks_in(text: str) -> list[str]:
    return [mark for mark in factories.MARKS if mark in text.lower()]


def work_a_day(desk, adviser) -> list:
    """Everything that is done at a desk, with a mark in every field; gives every answer on the way."""
    topic = factories.make_topic()
    answers = []

    def get(path: str, **query: str) -> None:
        answers.append(desk.get(path, query))

    def post(path: str, **fields: str) -> str:
        answers.append(desk.post(path, fields))
        return answers[-1].get("Location", "")

    def enquiry(page: str = "counter", **fields: str) -> dict[str, str]:
        return factories.posted(page, **{"about": f"t:{topic.code}"} | factories.MARKED_WORDS | fields)

    get("/")
    post("/customers/search/", q="Zyxwfamily 19/07/1931")
    post("/customers/new/", q="Zyxwgiven Zyxwfamily")
    post("/customers/likeness/", **PERSON)
    post("/drafts/", **enquiry("new", **PERSON))
    post("/enquiries/", **enquiry("new", **PERSON))
    customer = Customer.objects.get()
    get(customer.get_absolute_url())
    get(f"{customer.get_absolute_url()}change/")
    # Accepted, a clash with it, accepted, wrong.
    for version, postcode in (("1", "LL19 8ZX"), ("1", "LL19 9ZX"), ("2", "LL19 7ZX"), ("3", "zyxwnowhere")):
        details = factories.posted(f"customer:{customer.reference}", version=version) | PERSON
        post(f"{customer.get_absolute_url()}change/", **details | {"postcode": postcode})
    post("/customers/", **factories.posted("new") | PERSON)
    post("/enquiries/", **enquiry(f"customer:{customer.reference}", customer=customer.reference, outcome="open"))
    opened = Enquiry.objects.get(outcome="open")
    get(opened.get_absolute_url())
    post("/drafts/", **enquiry(f"enquiry:{opened.reference}"))
    post(f"{opened.get_absolute_url()}close/", **enquiry(outcome="resolved", text="zyxwtext"))
    post(f"{opened.get_absolute_url()}close/", **enquiry(text="zyxwotherwise"))  # it is closed already
    post(f"{opened.get_absolute_url()}amend/", submission=str(uuid.uuid4()), text="zyxwtext")
    post(f"{opened.get_absolute_url()}amend/", submission=str(uuid.uuid4()), text="")
    get(post("/enquiries/", **enquiry()))
    last = Enquiry.objects.order_by("pk").last()
    post("/customers/search/", q="Zyxwfamily", attach=last.reference)
    post(f"{last.get_absolute_url()}attach/", submission=str(uuid.uuid4()), customer=customer.reference)
    get(post(f"{last.get_absolute_url()}undo/"))
    get("/enquiries/today/")
    get("/enquiries/open/")
    post("/drafts/", **enquiry())
    post("/enquiries/", **enquiry(about="t:nothing"))  # refused
    post("/language/", language="cy", next=customer.get_absolute_url())
    return answers


def test_day_at_the_desk_comes_as_far_as_it_should(desk, adviser):
    statuses = [answer.status_code for answer in work_a_day(desk, adviser)]

    assert set(statuses) == {200, 302, 422}
    assert statuses.count(422) == 5
    assert Customer.objects.count() == 2
    assert Enquiry.objects.count() == 2
    assert Enquiry.objects.filter(entries__isnull=False).exists()


def test_session_holds_numbers_and_references_only(desk, adviser):
    work_a_day(desk, adviser)

    sessions = [session.get_decoded() for session in Session.objects.all()]

    assert sessions[0]["recent"]
    assert marks_in(str(sessions)) == []


def test_headers_addresses_and_cookies_hold_no_personal_word(desk, adviser):
    answers = work_a_day(desk, adviser)

    assert sum("Location" in answer for answer in answers) >= 8
    for answer in answers:
        assert marks_in(f"{answer.headers} {answer.cookies}") == []


def test_titles_and_links_of_pages_hold_no_personal_word(desk, adviser):
    pages = [answer.content.decode() for answer in work_a_day(desk, adviser) if answer.status_code != 302]

    titles = re.findall(r"<title>(.*?)</title>", " ".join(pages), re.DOTALL)
    links = re.findall(r'(?:href|src|action|hx-\w+|data-url)="([^"]*)"', " ".join(pages))

    assert len(titles) >= 15
    assert len(links) > 100
    assert marks_in(" ".join(titles + links)) == []


def test_tables_outside_the_records_hold_no_personal_word(desk, adviser):
    """The sessions, the cache, the audit, the access log: all that is neither sealed nor the unlogged projection."""
    work_a_day(desk, adviser)
    sealed_or_unlogged = {model._meta.db_table for model in our_models() if model.data_policy.personal_fields()}

    with connection.cursor() as cursor:
        for table in set(connection.introspection.table_names(cursor)) - sealed_or_unlogged:
            cursor.execute(f"SELECT coalesce(string_agg(to_jsonb(t)::text, ' '), '') FROM \"{table}\" t")  # noqa: S608
            assert marks_in(cursor.fetchone()[0]) == [], table


def test_sealed_tables_hold_no_personal_word_in_clear(desk, adviser):
    work_a_day(desk, adviser)

    with connection.cursor() as cursor:
        for model in retained_models():
            table = factories.make_marked(model, adviser)._meta.db_table
            cursor.execute(f"SELECT count(*), string_agg(convert_to(t::text, 'UTF8'), '') FROM {table} t")  # noqa: S608
            rows, stored = cursor.fetchone()
            assert rows
            # A column of bytes is written as hexadecimal digits: look for the words as such too.
            assert b"zyxw" not in bytes(stored).lower()
            assert b"zyxw".hex().encode() not in bytes(stored)
            assert b"Zyxw".hex().encode() not in bytes(stored)


LABELLED = [model for model in our_models() if model.data_policy.audited]


@pytest.mark.parametrize("model", LABELLED, ids=lambda model: model.data_policy.name)
def test_label_of_a_record_holds_no_personal_word(adviser, model):
    record = factories.make_marked(model, adviser)

    assert marks_in(f"{record} {record!r} {getattr(record, 'get_absolute_url', str)()}") == []


def test_labels_of_what_goes_with_a_record_hold_no_personal_word(adviser, whole_search):
    customer = factories.make_customer(by=adviser, **factories.MARKED)
    with looking(factories.request_by(adviser, "visits:customer_detail")) as viewer:
        viewer.visible_fields(customer)

    for model in our_models():
        for record in model.objects.all():
            assert marks_in(f"{record} {record!r}") == []


def test_every_model_has_a_label_of_its_own():
    for model in our_models():
        assert "__str__" in vars(model) or any("__str__" in vars(base) for base in model.__mro__[1:-2]), model


def test_the_guardian_would_find_a_name(adviser):
    customer = factories.make_customer(by=adviser, **factories.MARKED)

    for name in factories.MARKED:
        assert marks_in(str(getattr(customer, name))), name
    assert marks_in(f"{customer.name} {customer.born_on:%d/%m/%Y}")
