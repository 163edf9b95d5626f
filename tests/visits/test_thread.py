"""An enquiry as a thread: notes, closing words, handing over, who has it open."""

from __future__ import annotations

import datetime as dt
import re
import uuid

import pytest
from django.db.models.functions import Now
from django.urls import reverse

from staff.models import Role
from tests import factories
from tests.rows import set_columns
from visits import actions
from visits.models import Enquiry, EnquiryEntry, Outcome, Presence

pytestmark = pytest.mark.django_db


@pytest.fixture
def enquiry(adviser):
    return factories.make_enquiry(by=adviser, outcome=Outcome.OPEN, narrative="first words")


def say(desk, enquiry, **sent):
    url = reverse("visits:enquiry_amend", args=[enquiry.reference])
    return desk.post(url, {"submission": str(uuid.uuid4()), "text": "said now"} | sent)


def page(desk, enquiry):
    return re.sub(r"\s+", " ", desk.get(enquiry.get_absolute_url()).content.decode())


def test_entries_stand_in_order_each_with_its_author(desk, enquiry):
    rhys, mair = factories.make_user(name="Rhys Demo"), factories.make_user(Role.MANAGER, name="Mair Demo")
    actions.amend_enquiry(enquiry, text="rang back", submission=uuid.uuid4(), by=rhys)
    ending = {"outcome": Outcome.SIGNPOSTED, "text": "answered", "referred_to": None}
    actions.close_enquiry(enquiry, **ending, submission=uuid.uuid4(), by=mair)
    actions.amend_enquiry(enquiry, text="afterwards", submission=uuid.uuid4(), by=rhys)

    shown = page(desk, enquiry)

    told = ["first words", "Rhys Demo", "rang back", "Mair Demo", "answered", "Closed: Signposted", "afterwards"]
    assert [shown.index(words) for words in told] == sorted(shown.index(words) for words in told)
    assert [entry.added_by for entry in enquiry.entries.in_order()] == [rhys, mair, rhys]


@pytest.mark.parametrize("then", ["open", "", "nonsense"])
def test_words_alone_leave_the_enquiry_open(desk, adviser, enquiry, then):
    assert say(desk, enquiry, then=then).status_code == (422 if then == "nonsense" else 302)

    assert Enquiry.objects.get().is_open
    assert [entry.kind for entry in EnquiryEntry.objects.all()] == ([] if then == "nonsense" else ["note"])


def test_what_is_chosen_beside_the_words_is_done(desk, adviser, enquiry):
    colleague = factories.make_user()

    say(desk, enquiry, then="hand_over", to=str(colleague.pk))
    say(desk, enquiry, then="close", outcome="resolved")

    closed = Enquiry.objects.get()
    assert (closed.owner, closed.adviser, closed.is_open) == (colleague, adviser, False)
    assert [entry.kind for entry in closed.entries.in_order()] == ["handed_over", "closing"]
    assert closed.entries.in_order()[0].handed_to == colleague


def test_closing_asks_for_an_outcome_and_has_none_by_itself(desk, enquiry):
    assert '<option value="" selected>' in page(desk, enquiry).split('name="outcome"')[1][:200]

    answer = say(desk, enquiry, then="close")

    shown = answer.content.decode()
    assert answer.status_code == 422
    assert "Say how the enquiry ended." in shown
    assert "said now" in shown
    assert re.search(r'value="close"\s+checked', shown)
    assert Enquiry.objects.get().is_open


@pytest.mark.parametrize("to", ["nobody", "inactive", "governance", "none"])
def test_handing_over_to_who_is_not_at_the_desk_is_refused_and_kept(desk, enquiry, to):
    people = {
        "inactive": lambda: factories.make_user(is_active=False).pk,
        "governance": lambda: factories.make_user(Role.GOVERNANCE).pk,
        "none": lambda: "",
        "nobody": lambda: 999_999,
    }

    answer = say(desk, enquiry, then="hand_over", to=str(people[to]()))

    assert answer.status_code == 422
    assert "said now" in answer.content.decode()
    assert not EnquiryEntry.objects.exists()


def test_handing_over_needs_a_note(desk, enquiry):
    answer = say(desk, enquiry, then="hand_over", to=str(factories.make_user().pk), text="")

    assert "Say what your colleague needs to know." in answer.content.decode()
    assert not EnquiryEntry.objects.exists()


def test_handing_over_a_closed_enquiry_keeps_the_words(desk, adviser):
    closed = factories.make_enquiry(by=adviser)

    answer = say(desk, closed, then="hand_over", to=str(factories.make_user().pk))

    assert answer.status_code == 422
    assert "already closed" in answer.content.decode()
    assert "said now" in answer.content.decode()


def test_enquiry_handed_over_is_among_the_colleagues_own(signed_in, desk, enquiry):
    colleague = factories.make_user()
    say(desk, enquiry, then="hand_over", to=str(colleague.pk))

    assert enquiry.reference in signed_in(colleague).get("/").content.decode()


# --- who has it open --------------------------------------------------------------------------------------------------


def present(client, enquiry):
    return client.post(reverse("visits:enquiry_present", args=[enquiry.reference])).content.decode()


def test_colleague_who_has_it_open_is_named_while_they_have(signed_in, desk, enquiry):
    colleague = factories.make_user(name="Rhys Demo")
    present(signed_in(colleague), enquiry)

    assert "A colleague has this open: Rhys Demo" in present(desk, enquiry)
    assert "A colleague has this open: Rhys Demo" in page(desk, enquiry)

    Presence.objects.filter(by=colleague).update(seen_at=Now() - dt.timedelta(seconds=80))
    assert "Rhys Demo" not in present(desk, enquiry)


def test_nobody_is_told_of_themselves_or_of_another_enquiry(desk, adviser, enquiry):
    factories.make_presence(factories.make_user(name="Rhys Demo"))

    for _ in range(2):
        assert "has this open" not in present(desk, enquiry)
    assert Presence.objects.filter(by=adviser).count() == 1


def test_presence_is_forgotten(enquiry):
    left, here = factories.make_presence(enquiry=enquiry), factories.make_presence(enquiry=enquiry)
    Presence.objects.filter(pk=left.pk).update(seen_at=Now() - dt.timedelta(seconds=80))

    assert actions.forget_presences() == 1
    assert Presence.objects.get() == here


def test_presence_keeps_no_enquiry_from_its_purge(enquiry):
    factories.make_presence(enquiry=enquiry)

    enquiry.delete()

    assert not Enquiry.objects.exists()


# --- the list of open enquiries ---------------------------------------------------------------------------------------


@pytest.fixture
def three(adviser):
    """One of the adviser's of today, one handed to a colleague, one of the adviser's of four days ago."""
    service, rhys = factories.make_service(code="housing"), factories.make_user(name="Rhys Demo")
    mine, theirs, old = (factories.make_enquiry(by=adviser, outcome=Outcome.OPEN, service=service) for _ in range(3))
    actions.hand_over_enquiry(theirs, to=rhys, text="for you", submission=uuid.uuid4(), by=adviser)
    before = dt.timedelta(days=4)
    set_columns(old, started_at=old.started_at - before, contact_on=old.contact_on - before)
    return [mine, theirs, old], rhys


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ("", [True, True, True]),
        ("owner={me}", [True, False, True]),
        ("owner={rhys}", [False, True, False]),
        ("age=1", [False, False, True]),
        ("age=3", [False, False, True]),
        ("age=7", [False, False, False]),
        ("owner={rhys}&age=1", [False, False, False]),
        ("service=housing&owner={me}", [True, False, True]),
        ("owner=x&age=x&service=x", [True, True, True]),
        ("owner=²&age=²", [True, True, True]),
    ],
)
def test_open_enquiries_are_filtered_by_whom_they_are_with_and_by_age(desk, adviser, three, asked, shown):
    enquiries, rhys = three

    found = desk.get("/enquiries/open/?" + asked.format(me=adviser.pk, rhys=rhys.pk)).content.decode()

    assert [enquiry.reference in found for enquiry in enquiries] == shown


def test_open_enquiries_say_whom_they_are_with_and_for_how_many_days(desk, three):
    found = re.sub(r"\s+", " ", desk.get("/enquiries/open/").content.decode())

    assert "Rhys Demo (1)" in found
    assert re.search(r"<td[^>]*>Rhys Demo</td>", found)
    assert re.search(r'<td class="cw-number"[^>]*>4</td>', found)
