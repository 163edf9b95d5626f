"""The standing canary: made with every field filled, purged like anybody, seen and counted by nobody."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils import timezone

from drafts.models import Draft
from privacy.actions import rebuild_search
from privacy.dates import LONDON, london_today
from privacy.models import SearchEntry, SearchWord
from privacy.policy import our_models
from privacy.sealed import SealedField
from privacy.search import matching
from privacy.terms import parse
from retention import actions, canary_makers, certificates, stats
from retention.actions.canaries import MADE, SEARCHED
from retention.guards import due_by_model
from retention.marks import BEGINNING, Marks
from retention.models import CanaryRun, PurgeRun
from retention.relations import held, purged_models, retained_models
from services.models import Service
from sharing.actions import looking
from staff.models import Role, User
from tests import factories
from tests.retention.builders import make_hold
from tests.retention.canary_runs import TOMORROW, made, mark, purged, searched, store
from tests.retention.records import RECORDS, contact, rows
from visits.finding import likenesses
from visits.models import Customer, Enquiry, EnquiryEntry

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow("a whole night")]


@pytest.fixture
def page(signed_in, whole_search):
    return signed_in(factories.make_user(Role.GOVERNANCE))


# --- made -------------------------------------------------------------------------------------------------------------


def test_every_sealed_field_of_every_retained_model_is_filled(whole_search):
    marks = Marks(made().seed)

    for model in retained_models():
        record = model.objects.get()
        assert record.is_canary
        for field in model._meta.concrete_fields:
            if isinstance(field, SealedField):
                value = str(getattr(record, field.name))
                assert any(needle in value for needle in (marks.letters, marks.digits, str(marks.date))), field


def test_canary_is_due_and_sealed_for_the_coming_day(whole_search, keys):
    run = made()

    assert run.due_on == london_today() + TOMORROW
    for model in retained_models():
        record = model.objects.get()
        assert (record.expires_on, record.sealed_until) == (run.due_on, run.due_on)
    assert {day for day, _ in keys.due(dt.date.max)} == {run.due_on}


def test_every_kind_of_search_term_that_keeps_a_mark_is_in_the_projection(whole_search):
    marks = Marks(made().seed)

    terms = " ".join(term for entry in SearchEntry.objects.all() for term in entry.terms)

    assert all(needle in terms for needle in marks.needles()[:4])
    assert {f"{kind}:" for kind in "nqptd"} <= {term[:2] for term in terms.split()}
    assert SearchWord.objects.filter(word__startswith=marks.letters).exists()


def test_marks_stand_nowhere_but_in_the_canary(whole_search, book):
    run = made()

    assert not [needle for needle in Marks(run.seed).needles() if needle in str(vars(run))]
    assert not [n for n in Marks(run.seed).needles() for path in book.paths if n in path.read_text().lower()]


def test_model_of_which_no_canary_is_made_fails_the_check(monkeypatch):
    assert canary_makers.check_makers(None) == []
    monkeypatch.delitem(canary_makers.makers_by_model, Draft)

    errors = canary_makers.check_makers(None)

    assert [error.id for error in errors] == ["retention.E001"]
    assert "draft is retained, but no canary is made of it" in errors[0].msg


def test_canary_that_leaves_a_sealed_field_empty_is_not_made(whole_search, monkeypatch):
    factories.make_service()
    really = canary_makers.CanaryFields.fill
    monkeypatch.setattr(
        canary_makers.CanaryFields,
        "fill",
        lambda fields, model: really(fields, model) | ({"text": ""} if model is EnquiryEntry else {}),
    )

    with pytest.raises(canary_makers.NoCanary, match=r"enquiry_entry\.text"):
        actions.make_canary()
    assert not CanaryRun.objects.exists()
    assert not Customer.objects.exists()


def test_without_a_service_none_is_made_and_the_search_goes_on(whole_search, caplog):
    actions.purge(london_today())

    assert actions.canary_if_due() is None
    assert "no service yet" in caplog.text


def test_canary_waits_for_the_purge_of_its_night(whole_search):
    factories.make_service()
    assert actions.canary_if_due() is None
    actions.purge(london_today() - TOMORROW)
    assert actions.canary_if_due() is None
    actions.purge(london_today())

    assert actions.canary_if_due().state == "alive"


def test_one_canary_a_night_whoever_asks(whole_search, book):
    run = made()

    assert actions.canary_if_due() is None
    assert actions.make_canary() is None
    assert CanaryRun.objects.get() == run
    assert Customer.objects.count() == 1
    assert [entry.kind for entry in book.entries()].count(MADE) == 1


def test_author_of_canaries_cannot_sign_in(whole_search):
    made()

    author = User.objects.get(username="system:canary")
    assert not author.is_active
    assert not author.has_usable_password()
    assert Customer.objects.get().created_by == author


@pytest.mark.parametrize(
    ("today", "due"),
    [
        ("2026-11-25", "2026-11-26"),
        ("2028-02-27", "2028-02-28"),
        ("2028-02-28", "2028-03-01"),
        ("2028-02-29", "2028-03-01"),
    ],
)
def test_no_canary_is_due_on_a_day_on_which_no_record_can_be(today, due):
    assert canary_makers.due_day(dt.date.fromisoformat(today)) == dt.date.fromisoformat(due)


# --- purged and searched for ------------------------------------------------------------------------------------------


def test_whole_round(whole_search, book, keys, page):
    run = made()
    assert rows(*RECORDS)["visits_customer"] == 1

    purged(run)
    searched(run)

    assert rows(*RECORDS, "drafts_draft") == dict.fromkeys((*RECORDS, "drafts_draft"), 0)
    assert (run.state, run.hits, run.left, run.keys_left) == ("clean", 0, 0, 0)
    assert keys.due(run.due_on) == []
    assert {kept["kind"] for kept in run.stores} == {"database", "files", "valkey", "keys", "ledger", "data"}
    assert not [kept for kept in run.stores if kept["is_away"] or kept["unreadable"] or not kept["is_done"]]
    assert {kept["kind"] for kept in run.stores if kept["proved"]} >= {"database", "files", "valkey", "ledger", "data"}
    assert store(run, "files")["read"] > 100
    assert run.made_at < run.gone_at < run.searched_at
    told = [entry.body for entry in book.entries() if entry.kind == SEARCHED]
    assert told == [
        {"run": str(run.identity), "due": run.due_on.isoformat(), "hits": 0, "left": 0, "keys": 0}
        | {"stores": len(run.stores), "away": 0, "proved": sum(kept["proved"] for kept in run.stores)}
    ]
    text = page.get("/retention/canary/").content.decode()
    assert "Places where the last canary was found: 0" in text
    assert "cw-verdict--alarm" not in text
    assert text.count("The control was found") >= 5


def test_it_is_purged_by_the_ordinary_purge_on_its_day_and_not_before(whole_search):
    run = made()

    assert Customer.objects.count() == 1
    actions.purge(run.due_on)
    assert not Customer.objects.exists()


def test_canary_is_not_searched_for_before_its_purge(whole_search):
    run = made()
    with time_machine.travel(timezone.now() + dt.timedelta(days=2)):
        assert actions.canary_if_due() is None
    run.refresh_from_db()

    assert run.state == "alive"


# --- counted in no figure ---------------------------------------------------------------------------------------------


def figures(day: dt.date) -> dict:
    moment = dt.datetime.combine(day, dt.time(12), tzinfo=LONDON)
    return {
        "kinds": stats.kinds(london_today()),
        "rehearsal": stats.rehearsal(day),
        "due": due_by_model(day),
        "past": stats.past_their_date(moment),
        "settled": stats.is_settled(moment),
        "held": [held(model, dt.date.max).count() for model in purged_models()],
        "forecast": actions.purges.forecast(london_today()),
        "current": [model.objects.current().count() for model in retained_models()],
    }


def shown(page):
    """The figures of the pages that show any; the canary's own panel is left out."""
    overview = page.get("/retention/").content.decode().split("What is deleted")[1].split("Store by store")[0]
    return overview + page.get("/retention/purges/rehearsal/").content.decode().split("Examples")[1]


def test_canary_is_in_no_figure(adviser, whole_search, page):
    contact(adviser)
    factories.make_service()
    actions.purge(london_today())
    day = london_today() + TOMORROW
    before = figures(day), shown(page)

    actions.canary_if_due()

    assert Customer.objects.filter(is_canary=True, expires_on=day).exists()
    after = figures(day), shown(page)
    assert after[0] == before[0]
    assert _wordless(after[1]) == _wordless(before[1])


def _wordless(page: str) -> str:
    """Without the tokens that differ from one page to the next."""
    return " ".join(part for part in page.split() if "value=" not in part)


def test_purge_counts_no_canary(adviser, whole_search):
    run = made()
    contact(adviser, days_ago=0)

    actions.purge(run.due_on)

    purge = PurgeRun.objects.order_by("-cut_off").first()
    assert purge.deleted == 0
    assert purge.left == 0
    assert not purge.counts.exclude(due=0, deleted=0, held=0).exists()
    assert not purge.counts.filter(record_type="enquiry_entry").exists()
    assert not any(row["deleted"] for row in certificates.facts(purge)["records"].values())


def test_demonstration_data_takes_a_canary_for_nobody(whole_search):
    made()

    assert not Customer.objects.real().exists()
    assert Service.objects.exists()


# --- found by nobody --------------------------------------------------------------------------------------------------


def test_nobody_at_the_desk_finds_it(desk, adviser, whole_search):
    run = made()
    marks = Marks(run.seed)
    customer, enquiry = Customer.objects.get(), Enquiry.objects.get()
    name = customer.family_name
    for query in (
        *(name, name[:-1], name[:-1] + "q", name[:9], name[0], f"{name} {customer.given_names}", enquiry.caller_name),
        *(marks.postcode, customer.national_insurance_number, customer.phone, customer.phone[-6:], customer.reference),
        *(marks.date.strftime("%d/%m/%Y"), str(marks.date.year), enquiry.reference, marks.postcode.split()[0]),
    ):
        text = desk.post("/customers/search/", {"q": query}).content.decode()
        assert customer.get_absolute_url() not in text, query
        assert enquiry.get_absolute_url() not in text, query
    for record in (customer, enquiry):
        assert desk.get(record.get_absolute_url()).status_code == 404
    assert desk.get(f"{customer.get_absolute_url()}change/").status_code == 404
    for address in ("/", "/enquiries/today/", "/enquiries/open/"):
        text = desk.get(address).content.decode()
        assert marks.letters not in text
        assert enquiry.reference not in text


def test_it_takes_no_place_among_those_who_are_found(desk, adviser, whole_search):
    made()
    canary = SearchEntry.objects.filter(record_type="customer").get()
    assert f"i:{BEGINNING[0]}" in canary.terms
    for number in range(10):
        factories.make_customer(by=adviser, family_name=f"Zola{'abcdefghij'[number]}", given_names="")

    text = desk.post("/customers/search/", {"q": "z"}).content.decode()

    assert text.count("CUS-") >= 10
    assert len(matching(parse("z"))) == 10


def test_it_is_like_no_new_customer(adviser, whole_search):
    made()
    canary = Customer.objects.get()
    details = {name: getattr(canary, name) for name in ("family_name", "born_on", "phone", "postcode")}
    details["national_insurance_number"] = canary.national_insurance_number

    with looking(factories.request_by(adviser, "visits:customer_detail")) as viewer:
        assert likenesses(details, viewer=viewer) == []


def test_rebuilt_search_has_it_and_finds_it_not(desk, whole_search):
    run = made()

    rebuild_search()

    assert SearchEntry.objects.filter(is_canary=True).count() == 2
    assert SearchEntry.objects.filter(is_canary=False).count() == 0
    name = Customer.objects.get().family_name
    assert "CUS-" not in desk.post("/customers/search/", {"q": name}).content.decode()
    assert searched(purged(run)).state == "clean"


# --- held by nobody ---------------------------------------------------------------------------------------------------


def test_nobody_can_hold_it(page, whole_search):
    made()
    officer = User.objects.get(role=Role.GOVERNANCE)
    review = london_today() + dt.timedelta(days=9)
    for record in (Customer.objects.get(), Enquiry.objects.get()):
        form = {"reference": record.reference, "reason": "dispute", "authority": "C/1", "responsible": str(officer.pk)}
        for more in ({}, {"look": "1"}):
            answer = page.post("/retention/holds/place/", form | more | {"review_on": review.strftime("%d/%m/%Y")})
            assert answer.status_code == 422
            assert "No record has this reference" in answer.content.decode()
        with pytest.raises(actions.RecordGone):
            actions.place_hold(
                record, reason="dispute", authority="C/1", responsible=officer, review_on=review, by=officer
            )


@pytest.mark.parametrize("model", [Customer, Enquiry, EnquiryEntry, Draft], ids=lambda model: model.__name__)
def test_database_refuses_to_hold_it(adviser, whole_search, model):
    made()

    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.update(hold=make_hold(adviser))


# --- the page ---------------------------------------------------------------------------------------------------------


def test_new_site_says_that_there_was_none_yet(page):
    actions.purge_if_due()

    text = page.get("/retention/").content.decode()

    assert "No canary test has finished yet" in text
    assert "cw-verdict--alarm" not in text


@pytest.mark.parametrize(("days", "red"), [(2, False), (4, True)])
def test_page_is_red_by_itself_when_no_canary_came_through(page, days, red):
    searched(purged(made()))
    CanaryRun.objects.update(searched_at=timezone.now() - dt.timedelta(days=days))

    text = page.get("/retention/").content.decode()

    assert ("No canary was searched for in the last three days" in text) == red
    assert ("cw-verdict--alarm" in text) == red


def test_page_of_a_site_that_never_had_one_turns_red(page):
    actions.purge_if_due()
    PurgeRun.objects.update(started_at=timezone.now() - dt.timedelta(days=4))

    assert "No canary was searched for in the last three days" in page.get("/retention/").content.decode()


def test_page_shows_no_mark(page):
    run = made()
    marks = Marks(run.seed)

    for path in ("", "holds/", "purges/", "canary/"):
        assert mark(run) not in (text := page.get(f"/retention/{path}").content.decode())
        assert not [needle for needle in marks.needles() if needle in text]


def test_every_model_with_a_flag_is_retained():
    flagged = {model for model in our_models() if any(f.name == "is_canary" for f in model._meta.concrete_fields)}

    assert flagged == {*retained_models(), SearchEntry}
