"""The desk's pages, as a browser without JavaScript sees them."""

from __future__ import annotations

import datetime as dt
import re
import uuid

import pytest
import time_machine
from django.db import connection
from django.db.models.functions import Now
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from drafts.forms import MadeForField
from drafts.models import Draft
from drafts.pages import LONGEST_DRAFT
from privacy.dates import london_today
from privacy.models import SearchMarker
from sharing.models import AccessEvent
from staff.models import Role
from tests import factories
from tests.races import race
from tests.retention.records import hold
from tests.rows import set_columns
from visits import actions
from visits.models import Customer, Enquiry

pytestmark = pytest.mark.django_db


@pytest.fixture
def topic():
    return factories.make_topic(factories.make_service(code="blue-badges", name_en="Blue Badges"), code="renew")


def text(response) -> str:
    return response.content.decode()


def test_counter_logs_an_anonymous_enquiry_and_offers_undo(desk, topic):
    answer = desk.post("/enquiries/", factories.posted(about="t:renew"), follow=True)

    enquiry = Enquiry.objects.get()
    assert (enquiry.service, enquiry.topic, enquiry.customer) == (topic.service, topic, None)
    assert enquiry.legal_basis == topic.service.legal_basis
    assert reverse("visits:enquiry_undo", args=[enquiry.reference]) in text(answer)


def test_undo_brings_everything_typed_back(desk, topic):
    factories.make_service(code="housing")
    desk.post(
        "/enquiries/",
        factories.posted(about="t:renew", summary="sum", narrative="said", caller_name="Siân", on_behalf="carer")
        | {"authority_seen": "written", "outcome": "referred", "source": "organisation", "source_name": "A charity"}
        | {"referred_to": "housing", "channel": "booked", "legal_basis": "legal_obligation"}
        | {"language_chosen": "cy", "language_served": "en"},
    )
    enquiry = Enquiry.objects.get()

    page = text(desk.post(reverse("visits:enquiry_undo", args=[enquiry.reference]), follow=True))

    assert not Enquiry.objects.exists()
    for piece in ('value="sum"', "said</textarea>", 'value="Siân"', 'value="A charity"', 'value="t:renew" selected'):
        assert piece in page
    chosen = re.findall(r'<option value="([^"]*)"[^>]* selected', page)
    assert sorted(filter(None, chosen)) == sorted(
        ["t:renew", "housing", "carer", "written", "legal_obligation", "cy", "en", "referred", "organisation", "booked"]
    )


def test_enquiry_with_a_new_customer_makes_both(desk, topic):
    desk.post(
        "/enquiries/",
        factories.posted(
            "new", about="s:blue-badges", given_names="Siân", family_name="Jones", born_on="13 chwefror 1938"
        )
        | {"postcode": "ll127dx", "phone": "01978 0354435", "national_insurance_number": "ab 12 34 56 c"},
    )

    customer = Customer.objects.get()
    assert Enquiry.objects.get().customer == customer
    assert (customer.postcode, customer.national_insurance_number) == ("LL12 7DX", "AB123456C")
    assert customer.born_on.isoformat() == "1938-02-13"


def test_customer_page_shows_the_person_and_logs_the_look(desk, adviser):
    customer = factories.make_customer(by=adviser, postcode="LL12 7DX")

    page = text(desk.get(customer.get_absolute_url()))

    assert "Jones, Siân Mair" in page
    assert "13 Feb 1938" in page
    assert "Will be deleted on" in page
    event = AccessEvent.objects.get(place="visits:customer_detail", record_type="customer")
    assert (event.by, event.record_ids) == (adviser, [customer.pk])
    assert event.categories == ["contact", "identity", "operational"]


def test_history_is_newest_first_and_paged(desk, adviser):
    customer = factories.make_customer(by=adviser)
    service = factories.make_service()
    made = [factories.make_enquiry(by=adviser, customer=customer, service=service) for _ in range(12)]

    first = text(desk.get(customer.get_absolute_url()))
    second = text(desk.get(customer.get_absolute_url() + next_part(first)))

    history = re.findall(r'cw-timeline__item">\s*<a class="govuk-link" href="/enquiries/([^/]+)/', first)
    assert history == [enquiry.reference for enquiry in reversed(made)][:10]
    assert [made[1].reference, made[0].reference] == re.findall(
        r'cw-timeline__item">\s*<a class="govuk-link" href="/enquiries/([^/]+)/', second
    )


def test_recent_customers_are_five_and_gone_at_sign_out(desk, adviser, signed_in):
    people = [factories.make_customer(by=adviser, family_name=f"Sample{letter}") for letter in "abcdef"]
    for person in people:
        desk.get(person.get_absolute_url())

    assert desk.session["recent"] == [person.pk for person in reversed(people)][:5]
    desk.post("/accounts/logout/")

    assert "Sampleb" not in text(signed_in(adviser).get("/"))


def test_search_answers_by_post_only_and_keeps_terms_out_of_addresses(desk, adviser):
    factories.make_customer(by=adviser)

    assert desk.get("/customers/search/?q=jones", follow=True).redirect_chain[-1][0] == "/"
    page = text(desk.post("/customers/search/", {"q": "sian jones"}))

    assert "Jones, Siân Mair" in page
    assert "q=" not in page


def test_search_while_rebuilding_never_says_nobody(desk):
    SearchMarker.objects.all().delete()

    page = text(desk.post("/customers/search/", {"q": "jones"}))

    assert "Search is being rebuilt" in page
    assert "Nobody found" not in page


def test_search_finds_by_reference(desk, adviser):
    customer = factories.make_customer(by=adviser)
    enquiry = factories.make_enquiry(by=adviser, customer=customer)

    assert "Jones" in text(desk.post("/customers/search/", {"q": customer.reference.lower()}))
    assert enquiry.get_absolute_url() in text(desk.post("/customers/search/", {"q": enquiry.reference}))


@pytest.mark.parametrize("what", ["customer", "enquiry"])
def test_search_by_reference_shows_nobody_who_is_due(desk, adviser, what):
    record = factories.make_customer(by=adviser) if what == "customer" else factories.make_enquiry(by=adviser)
    assert record.get_absolute_url() in text(desk.post("/customers/search/", {"q": record.reference}))
    set_columns(record, expires_on=london_today(), sealed_until=london_today())

    page = text(desk.post("/customers/search/", {"q": record.reference}))

    assert record.get_absolute_url() not in page
    assert "Nobody found" in page


def test_likeness_names_its_reasons(desk, adviser):
    factories.make_customer(by=adviser, phone="01978 0354435", postcode="LL12 7DX")

    page = text(
        desk.post(
            "/customers/likeness/",
            {"given_names": "Sian", "family_name": "Jones", "born_on": "13/2/1938", "phone": "01978 0354435"},
        )
    )

    assert "like name, same date of birth" in page
    assert "same telephone" in page


def test_draft_is_kept_restored_and_discarded(desk):
    submission = str(uuid.uuid4())
    saved = desk.post("/drafts/", factories.posted(submission=submission, narrative="half a sent")).json()
    assert saved == {"submission": submission, "revision": 1}

    page = text(desk.get(f"/?draft={submission}"))
    assert "half a sent" in page
    assert f'name="submission" value="{submission}"' in page

    away = desk.post("/drafts/discard/", {"submission": submission, "page": "counter"})
    assert "half a sent" not in text(desk.get("/"))
    assert "/drafts/restore/" in text(desk.get(away["Location"]))
    back = desk.post("/drafts/restore/", {"submission": submission, "page": "counter"}, follow=True)
    assert "half a sent" in text(back)


def test_draft_of_the_usual_choices_alone_is_none(desk):
    assert desk.post("/drafts/", factories.posted()).json()["revision"] == 0
    assert not Draft.objects.exists()


def test_draft_survives_sign_out_and_language(desk, adviser, signed_in):
    desk.post("/drafts/", factories.posted(narrative="half a sent"))
    desk.post("/accounts/logout/")

    again = signed_in(adviser)
    again.post("/language/", {"language": "cy", "next": "/"})
    page = text(again.get("/"))

    assert "half a sent" in page
    assert 'lang="cy"' in page


def test_draft_goes_along_to_the_customer(desk, adviser):
    customer = factories.make_customer(by=adviser)
    saved = desk.post("/drafts/", factories.posted(narrative="half a sent")).json()

    url = customer.get_absolute_url()
    page = text(desk.post("/drafts/carry/", {"submission": saved["submission"], "to": url}, follow=True))

    assert typed(page) == "half a sent"
    assert made_for(page) == f"customer:{customer.reference}"


def test_draft_of_another_adviser_is_not_shown(desk, signed_in, whole_search):
    saved = desk.post("/drafts/", factories.posted(narrative="half a sent")).json()

    page = text(signed_in(factories.make_user()).get(f"/?draft={saved['submission']}"))

    assert "half a sent" not in page


def test_sending_the_same_page_twice_makes_one(desk, topic):
    posted = factories.posted(about="t:renew", narrative="said")

    places = {desk.post("/enquiries/", posted)["Location"] for _ in range(2)}

    assert len(places) == 1
    assert Enquiry.objects.count() == 1


def test_second_tab_with_other_words_is_asked_not_swallowed(desk, topic):
    posted = factories.posted(about="t:renew", narrative="said")
    desk.post("/enquiries/", posted)

    answer = desk.post("/enquiries/", posted | {"narrative": "something else"})

    assert (answer.status_code, answer["X-Sent-Before"]) == (409, "1")
    assert "something else" in text(answer)
    fresh = re.search(r'name="submission" value="([^"]+)"', text(answer))[1]
    assert fresh != posted["submission"]
    assert desk.post("/enquiries/", posted | {"narrative": "something else", "submission": fresh}).status_code == 302
    assert Enquiry.objects.count() == 2


def typed(page: str, field: str = "narrative") -> str:
    """What stands in a text area of a page."""
    return re.search(rf'<textarea[^>]*name="{field}"[^>]*>\s*([^<]*)</textarea>', page)[1]


def made_for(page: str) -> str:
    """The page that the hidden fields of a page's form name."""
    return str(MadeForField().clean(re.search(r'name="made_for" value="([^"]+)"', page)[1]).page)


def next_part(page: str) -> str:
    """The address of what a list goes on with."""
    return re.search(r'rel="next" href="([^"]+)"', page)[1].replace("&amp;", "&")


def focused(answer) -> list[str]:
    """The names of the controls on which the cursor stands."""
    tags = re.findall(r"<(?:input|select|textarea|button)\b[^>]*\bautofocus\b[^>]*>", text(answer))
    return [re.search(r'\bname="([^"]*)"', tag)[1] for tag in tags]


# Where the field that is refused is not the one that was filled in.
FOCUS = {("source", "organisation"): "source_name", ("on_behalf", "carer"): "authority_seen"}
WORST = [
    ("about", "", "Choose a service"),
    ("about", "t:nothing", "There is no such service"),
    ("about", "' OR 1=1 --", "There is no such service"),
    ("narrative", "x" * 100_000, "at most 20000 characters"),
    ("narrative", "a\x00b", "cannot be seen"),
    ("summary", "bell\x07", "cannot be seen"),
    ("summary", "right \u202e to left", "cannot be seen"),
    ("summary", "x" * 201, "at most 200 characters"),
    ("caller_name", "y" * 5000, "at most 200 characters"),
    ("outcome", "exploded", "valid choice"),
    ("source", "organisation", "Say which organisation"),
    ("on_behalf", "carer", "what authority"),
    ("referred_to", "999999", "no such service"),
    ("legal_basis", "because", "valid choice"),
]


@pytest.mark.parametrize(("field", "value", "words"), WORST)
def test_refused_enquiry_keeps_its_text_and_says_what_to_do(desk, topic, field, value, words):
    answer = desk.post("/enquiries/", factories.posted(about="t:renew", narrative="kept text") | {field: value})

    assert answer.status_code == 422
    assert words in text(answer)
    assert not Enquiry.objects.exists()
    assert focused(answer) == [FOCUS.get((field, value), field)]
    if field != "narrative":
        assert "kept text" in text(answer)
    elif "\x00" not in value:
        assert value in text(answer)


WORST_CUSTOMERS = [
    ("born_on", "1/1/2999", "cannot be in the future"),
    ("born_on", "31/2/1980", "day, month and year"),
    ("born_on", "1/1/1850", "more than 125 years"),
    ("born_on", "yesterday", "day, month and year"),
    ("national_insurance_number", "BG123456C", "National Insurance number"),
    ("national_insurance_number", "AB12345", "National Insurance number"),
    ("postcode", "WREXHAM", "not a possible postcode"),
    ("postcode", "LL1 11AY9", "not a possible postcode"),
    ("phone", "ring me", "at least six digits"),
    ("phone", "12", "at least six digits"),
    ("email", "nobody", "looks like name@example.org"),
    ("family_name", "x" * 101, "at most 100 characters"),
    ("language", "klingon", "valid choice"),
]


@pytest.mark.parametrize(("field", "value", "words"), WORST_CUSTOMERS)
def test_refused_customer_keeps_its_text_and_says_what_to_do(desk, topic, field, value, words):
    posted = factories.posted("new", about="t:renew", narrative="kept text", family_name="Jones", given_names="Siân")

    answer = desk.post("/enquiries/", posted | {field: value})

    assert answer.status_code == 422
    assert words in text(answer)
    assert "kept text" in text(answer)
    assert focused(answer) == [field]
    assert not Customer.objects.exists()


@pytest.mark.parametrize(
    "said",
    [
        "<script>alert(1)</script>",
        "😀 👩🏽‍🦽",
        "مرحبا بالعالم",
        "Robert'); DROP TABLE visits_enquiry;--",
        "ŵ ŷ â",
        "{{ 7*7 }}",
    ],
)
def test_unusual_text_is_kept_as_typed(desk, topic, said):
    desk.post("/enquiries/", factories.posted(about="t:renew", narrative=said, summary=said, caller_name=said))

    enquiry = Enquiry.objects.get()
    assert (enquiry.narrative, enquiry.summary, enquiry.caller_name) == (said, said, said)
    assert "<script>alert" not in text(desk.get(enquiry.get_absolute_url()))


@pytest.mark.parametrize(
    "q", ["\x00", "%", "' OR ''='", "(" * 300, "😀", "x" * 10_000, "ENQ-2222-222", "12345678901234567890"]
)
def test_search_of_anything_is_answered(desk, q):
    assert desk.post("/customers/search/", {"q": q}).status_code == 200


def test_page_without_submission_is_refused_with_its_text(desk, topic):
    posted = factories.posted(about="t:renew", narrative="kept text")
    del posted["submission"]

    answer = desk.post("/enquiries/", posted)

    assert answer.status_code == 422
    assert "too old" in text(answer)
    assert "kept text" in text(answer)


def test_signed_out_in_the_middle_gives_the_text_back(client, topic):
    answer = client.post("/enquiries/", factories.posted(about="t:renew", narrative="long note " * 10))

    assert answer.status_code == 403
    assert "long note" in text(answer)
    assert "/accounts/login/" in text(answer)


@pytest.mark.parametrize(
    ("origin", "is_carried"),
    [("https://evil.example", False), ("null", False), ("http://testserver", True), (None, True)],
)
def test_form_of_another_origin_gets_neither_text_nor_token(adviser, origin, is_carried):
    client = Client(enforce_csrf_checks=True)
    client.force_login(adviser)

    answer = client.post(
        "/enquiries/",
        factories.posted(narrative="long note " * 10),
        headers={"Origin": origin} if origin else {},
    )

    assert answer.status_code == 403
    assert ("long note" in text(answer)) == is_carried
    assert ("csrfmiddlewaretoken" in text(answer)) == is_carried


@pytest.mark.parametrize(
    ("site", "is_carried"),
    [("cross-site", False), ("same-site", False), ("none", False), ("same-origin", True), (None, True)],
)
def test_form_from_another_site_gets_nothing_back(client, site, is_carried):
    answer = client.post(
        "/enquiries/",
        factories.posted(narrative="long note " * 10),
        headers={"Sec-Fetch-Site": site} if site else {},
    )

    assert answer.status_code == 403
    assert ("long note" in text(answer)) == is_carried


def test_keyring_gone_refuses_and_keeps_the_text(desk, topic, keys):
    for directory in keys.directories:
        directory.rename(directory.with_suffix(".away"))
    posted = factories.posted(about="t:renew", narrative="long note " * 10)

    answer = desk.post("/enquiries/", posted)

    assert answer.status_code == 503
    assert "long note" in text(answer)
    assert "keys" in text(answer)
    assert not Enquiry.objects.exists()

    for directory in keys.directories:
        directory.with_suffix(".away").rename(directory)
    assert desk.post("/enquiries/", posted).status_code == 302


def test_colleague_closed_it_first_text_becomes_an_addition(desk, topic):
    enquiry = factories.make_enquiry(by=factories.make_user(), outcome="open")
    actions.close_enquiry(
        enquiry, outcome="resolved", text="", referred_to=None, submission=uuid.uuid4(), by=factories.make_user()
    )

    answer = desk.post(
        reverse("visits:enquiry_close", args=[enquiry.reference]),
        {"submission": str(uuid.uuid4()), "outcome": "resolved", "text": "my view of it"},
    )

    assert answer.status_code == 422
    assert "already closed" in text(answer)
    assert "my view of it" in text(answer)


@pytest.mark.django_db(transaction=True)
def test_stale_customer_page_keeps_both_texts(desk, adviser):
    """A colleague changes the customer after the page has asked for them, and before it may write."""
    customer, colleague = factories.make_customer(by=adviser), factories.make_user()

    _, answer, waited = race(
        lambda: actions.change_customer(
            customer, submission=uuid.uuid4(), version=1, by=colleague, family_name="Davies"
        ),
        lambda: desk.post(
            reverse("visits:customer_change", args=[customer.reference]),
            {"version": "1", "submission": str(uuid.uuid4()), "family_name": "Evans", "given_names": "Siân"},
        ),
    )

    assert waited
    assert answer.status_code == 422
    assert "Davies" in text(answer)
    assert 'value="Evans"' in text(answer)
    assert 'name="version" value="2"' in text(answer)


def test_customer_page_of_an_older_page_is_refused_with_the_version_that_stands(desk, adviser):
    customer = factories.make_customer(by=adviser)
    url = reverse("visits:customer_change", args=[customer.reference])
    sent = {"version": "1", "submission": str(uuid.uuid4()), "family_name": "Evans"}
    actions.change_customer(
        customer, submission=uuid.uuid4(), version=1, by=factories.make_user(), family_name="Davies"
    )

    refused = desk.post(url, sent)

    assert (refused.status_code, focused(refused)) == (422, [])
    assert desk.post(url, sent | {"version": "2"}).status_code == 302
    assert Customer.objects.get().family_name == "Evans"


@pytest.mark.parametrize("given", ["added", "held"])
def test_undo_that_is_refused_says_so(desk, adviser, given):
    enquiry = factories.make_enquiry(by=adviser)
    factories.make_enquiry_entry(adviser, enquiry) if given == "added" else hold(enquiry, adviser)

    answer = desk.post(reverse("visits:enquiry_undo", args=[enquiry.reference]))

    assert answer.status_code == 422
    assert "too late to undo" in text(answer)
    assert Enquiry.objects.exists()


@pytest.mark.parametrize(("seconds", "is_offered"), [(29, True), (31, False)])
def test_undo_is_offered_for_thirty_seconds(desk, adviser, seconds, is_offered):
    enquiry = factories.make_enquiry(by=adviser)
    set_columns(enquiry, logged_at=Now() - dt.timedelta(seconds=seconds))

    page = text(desk.get(f"/?logged={enquiry.reference}"))

    assert (reverse("visits:enquiry_undo", args=[enquiry.reference]) in page) == is_offered


def test_second_sending_of_a_new_customer_with_other_details_keeps_what_was_typed(desk, topic):
    posted = factories.posted("new", about="t:renew", family_name="Jones", given_names="Siân", phone="01978 292000")
    assert desk.post("/enquiries/", posted).status_code == 302
    assert desk.post("/enquiries/", posted).status_code == 302

    answer = desk.post("/enquiries/", posted | {"family_name": "Johns", "phone": "01978 292001"})

    assert answer.status_code == 409
    assert Enquiry.objects.get().reference in text(answer)
    for typed in ('value="Johns"', 'value="01978 292001"'):
        assert typed in text(answer)
    assert Customer.objects.get().family_name == "Jones"


def test_closing_sent_twice_answers_as_the_first(desk, adviser):
    enquiry = factories.make_enquiry(by=adviser, outcome="open")
    url = reverse("visits:enquiry_close", args=[enquiry.reference])
    sent = {"submission": str(uuid.uuid4()), "outcome": "resolved", "text": "answered"}

    places = [desk.post(url, sent)["Location"] for _ in range(2)]

    assert places == [enquiry.get_absolute_url()] * 2
    assert Enquiry.objects.get().entries.get().text == "answered"


@pytest.mark.parametrize("kind", ["close", "amend", "hand_over"])
def test_words_that_are_too_long_for_an_entry_are_refused_and_kept(desk, adviser, kind):
    enquiry, colleague = factories.make_enquiry(by=adviser, outcome="open"), factories.make_user()
    typed = "y" * 20_001

    answer = desk.post(
        reverse(f"visits:enquiry_{kind}", args=[enquiry.reference]),
        {"submission": str(uuid.uuid4()), "outcome": "resolved", "to": str(colleague.pk), "text": typed},
    )

    assert (answer.status_code, focused(answer)) == (422, ["text"])
    assert typed in text(answer)
    assert Enquiry.objects.get().is_open


def test_closing_as_open_is_refused(desk, adviser):
    enquiry = factories.make_enquiry(by=adviser, outcome="open")

    answer = desk.post(
        reverse("visits:enquiry_close", args=[enquiry.reference]),
        {"submission": str(uuid.uuid4()), "outcome": "open", "text": "kept text"},
    )

    assert (answer.status_code, focused(answer)) == (422, ["outcome"])
    assert "kept text" in text(answer)


def test_history_shows_nothing_that_is_due(desk, adviser):
    customer, service = factories.make_customer(by=adviser), factories.make_service(name_en="Housing")
    due, shown = (factories.make_enquiry(by=adviser, customer=customer, service=service) for _ in range(2))
    set_columns(due, expires_on=london_today(), sealed_until=london_today())

    for path in (customer.get_absolute_url(), "/", "/enquiries/today/"):
        page = text(desk.get(path))
        assert shown.reference in page
        assert due.reference not in page
    assert desk.get(due.get_absolute_url()).status_code == 404


def test_open_enquiries_show_nothing_that_is_due(desk, adviser):
    due, shown = (factories.make_enquiry(by=adviser, outcome="open") for _ in range(2))
    set_columns(due, expires_on=london_today(), sealed_until=london_today())

    page = text(desk.get("/enquiries/open/"))

    assert shown.reference in page
    assert due.reference not in page


@pytest.mark.parametrize("path", ["/", "/enquiries/today/"])
def test_log_of_today_is_that_of_the_day_in_london(desk, adviser, path):
    """At 23:40 UTC on 30 June it is 1 July here."""
    made = {}
    for day, began in {30: "2025-06-30T22:30+00:00", 1: "2025-06-30T23:30+00:00"}.items():
        draft = factories.make_draft(adviser)
        Draft.objects.filter(pk=draft.pk).update(started_at=dt.datetime.fromisoformat(began))
        made[day] = factories.make_enquiry(by=adviser, submission=draft.submission, came_today=False)

    with time_machine.travel("2025-06-30T23:40Z"):
        page = text(desk.get(path))

    assert made[1].reference in page
    assert made[30].reference not in page


def test_draft_that_is_too_long_is_refused_with_words(desk):
    answer = desk.post("/drafts/", factories.posted(narrative="x" * (LONGEST_DRAFT + 1)))

    assert (answer.status_code, answer.json()) == (422, {"error": "This is too long to keep as a draft."})
    assert desk.post("/drafts/", factories.posted(narrative="x" * LONGEST_DRAFT)).status_code == 200


@pytest.mark.parametrize("given", [{}, {"made_for": "1:counter:x"}, {"submission": "x"}, {"revision": "0"}])
def test_draft_of_a_page_that_is_too_old_is_refused_with_words(desk, given):
    sent = factories.posted(narrative="kept") | given if given else {"narrative": "kept"}

    answer = desk.post("/drafts/", sent)

    assert answer.status_code == 422
    assert "too old to keep drafts" in answer.json()["error"]


def test_draft_of_a_colleague_is_not_discarded(desk):
    theirs = factories.make_draft(content={"summary": "theirs"})

    desk.post("/drafts/discard/", {"submission": str(theirs.submission), "page": "counter"})

    assert Draft.objects.get().content == {"summary": "theirs"}


def test_amendment_is_added_below(desk, adviser):
    enquiry = factories.make_enquiry(by=adviser)
    url = reverse("visits:enquiry_amend", args=[enquiry.reference])

    assert desk.post(url, {"submission": str(uuid.uuid4()), "text": ""}).status_code == 422
    page = text(desk.post(url, {"submission": str(uuid.uuid4()), "text": "also said"}, follow=True))

    assert "also said" in page


def test_attach_from_the_enquiry_page(desk, adviser):
    enquiry = factories.make_enquiry(by=adviser, caller_name="Siân")
    customer = factories.make_customer(by=adviser)
    found = text(desk.post("/customers/search/", {"q": "jones", "attach": enquiry.reference}))
    assert reverse("visits:enquiry_attach", args=[enquiry.reference]) in found

    desk.post(
        reverse("visits:enquiry_attach", args=[enquiry.reference]),
        {"submission": str(uuid.uuid4()), "customer": customer.reference},
    )

    assert Enquiry.objects.get().customer == customer


def test_open_enquiries_are_counted_by_service(desk, adviser):
    service = factories.make_service(code="housing", name_en="Housing")
    for _ in range(2):
        factories.make_enquiry(by=factories.make_user(), service=service, outcome="open")
    factories.make_enquiry(by=adviser, outcome="open")

    page = text(desk.get("/enquiries/open/?service=housing"))

    assert "Housing (2)" in page
    assert "All services (3)" in page


@pytest.mark.parametrize("path", ["/customers/CUS-2222-222/", "/enquiries/ENQ-2222-222/", "/customers/x'y/"])
def test_unknown_reference_is_not_found(desk, path):
    assert desk.get(path).status_code == 404


@pytest.mark.parametrize("spell", [str.lower, lambda it: it.replace("-", ""), lambda it: it.replace("-", "%20")])
def test_reference_in_an_address_is_understood_in_any_spelling(desk, adviser, spell):
    customer = factories.make_customer(by=adviser)
    enquiry = factories.make_enquiry(by=adviser, customer=customer)

    for record, folder in ((customer, "customers"), (enquiry, "enquiries")):
        page = desk.get(f"/{folder}/{spell(record.reference)}/")
        assert page.status_code == 200
        assert record.reference in text(page)


def test_administrator_sees_no_customers_data(signed_in, adviser):
    customer = factories.make_customer(by=adviser)
    client = signed_in(factories.make_user(Role.ADMINISTRATOR))

    assert client.get(customer.get_absolute_url()).status_code == 403
    assert client.get("/", follow=True).request["PATH_INFO"] == "/services/"


@pytest.mark.parametrize("which", ["counter", "customer", "today", "open", "enquiry"])
def test_pages_ask_as_many_queries_with_three_rows_as_with_one(desk, adviser, which):
    service = factories.make_service()
    customer = factories.make_customer(by=adviser)
    counts = []
    for rows in (1, 2):
        for _ in range(rows):
            enquiry = factories.make_enquiry(
                by=adviser, customer=factories.make_customer(by=adviser), service=service, outcome="open"
            )
            factories.make_enquiry(by=adviser, customer=customer, service=service)
        path = {
            "counter": "/",
            "customer": customer.get_absolute_url(),
            "today": "/enquiries/today/",
            "open": "/enquiries/open/",
            "enquiry": enquiry.get_absolute_url(),
        }[which]
        desk.get(path)
        with CaptureQueriesContext(connection) as queries:
            desk.get(path)
        counts.append(len(queries))

    assert counts[0] == counts[1]
    assert counts[0] <= 17


def test_security_headers_are_on_every_page(desk, client):
    for answer in (desk.get("/"), client.get("/accounts/login/"), desk.get("/nothing/"), client.get("/livez")):
        assert answer["Content-Security-Policy"] == (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
            " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        )
        assert answer["Cache-Control"] == "no-store"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Referrer-Policy"] == "same-origin"
        assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
        assert answer["Permissions-Policy"] == "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
        assert answer["X-Frame-Options"] == "DENY"


def test_sign_out_clears_the_browser(desk):
    assert desk.post("/accounts/logout/")["Clear-Site-Data"] == '"cache", "storage"'


@pytest.mark.parametrize("reference", ["", "\x00", "x'y", "ENQ-2222-222", "CUS-2222-222"])
def test_attach_of_nobody_is_not_found(desk, adviser, reference):
    enquiry = factories.make_enquiry(by=adviser)

    answer = desk.post(
        reverse("visits:enquiry_attach", args=[enquiry.reference]),
        {"submission": str(uuid.uuid4()), "customer": reference},
    )

    assert answer.status_code == 404
    assert desk.post("/customers/search/", {"q": "x", "attach": reference}).status_code == 200


def test_customer_saved_alone_keeps_the_enquiry_as_a_draft(desk):
    posted = factories.posted("new", narrative="half a sent", family_name="Jones", given_names="Siân")
    desk.post("/drafts/", posted)
    began = Draft.objects.get().started_at

    page = text(desk.post("/customers/", posted | {"revision": "1"}, follow=True))

    draft = Draft.objects.get()
    assert draft.content == {"narrative": "half a sent"}
    assert (draft.page, draft.started_at) == (f"customer:{Customer.objects.get().reference}", began)
    assert "half a sent" in page


def test_change_of_details_is_drafted_and_restored(desk, adviser):
    customer = factories.make_customer(by=adviser)
    url = reverse("visits:customer_change", args=[customer.reference])
    posted = factories.posted(f"change:{customer.reference}", family_name="Half-typ")
    desk.post("/drafts/", posted)

    assert 'value="Half-typ"' in text(desk.get(url))

    desk.post(url, posted | {"version": "1", "family_name": "Half-typed"})
    assert not Draft.objects.exists()
    assert Customer.objects.get().family_name == "Half-typed"


@pytest.mark.parametrize("kind", ["close", "amend", "attach"])
def test_writing_on_an_enquiry_that_was_undone_keeps_what_was_typed(desk, kind):
    customer = factories.make_customer()
    enquiry = factories.make_enquiry(by=factories.make_user(), outcome="open")
    enquiry.delete()
    sent = {"submission": str(uuid.uuid4()), "outcome": "resolved", "customer": customer.reference}
    typed = {"text": "my own words"}

    answer = desk.post(reverse(f"visits:enquiry_{kind}", args=[enquiry.reference]), sent | typed)

    assert answer.status_code == (404 if kind == "attach" else 422)
    assert kind == "attach" or "my own words" in text(answer)


def test_writing_on_a_customer_who_is_gone_keeps_what_was_typed(desk, adviser, topic):
    customer = factories.make_customer(by=adviser)
    customer.delete()
    page = f"customer:{customer.reference}"
    changed = {"submission": str(uuid.uuid4()), "version": "1", "family_name": "Evans-typed"}

    logged = desk.post("/enquiries/", factories.posted(page, about="t:renew", narrative="my own words"))
    answer = desk.post(reverse("visits:customer_change", args=[customer.reference]), changed)

    assert (logged.status_code, answer.status_code) == (422, 422)
    assert "my own words" in text(logged)
    assert "Evans-typed" in text(answer)
    assert not Enquiry.objects.exists()
