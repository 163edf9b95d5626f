"""The certificate of a purge: the same facts as JSON and as PDF, in both languages, and nothing personal."""

from __future__ import annotations

import json

import pytest
import typst

from privacy.dates import london_today
from retention import actions, certificates
from retention.models import PurgeRun
from staff.models import Role
from tests import factories
from tests.retention.pdfs import text_of
from tests.retention.records import contact, due_day, hold, person
from visits.models import Enquiry

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def officer(db):
    return factories.make_user(Role.GOVERNANCE, name="Zyxwofficer Owen")


@pytest.fixture
def page(officer, signed_in, whole_search):
    return signed_in(officer)


def as_json(page, run):
    return page.get(f"/retention/purges/{run.identity}/certificate/")


def as_pdf(page, run):
    return page.get(f"/retention/purges/{run.identity}/certificate/pdf/")


def confirmed(officer):
    """A purge that came more than a week after the one before, and that somebody said is right."""
    actions.purge(london_today())
    actions.confirm_purge(actions.purge(due_day()), by=officer)
    return actions.purge(due_day())


def test_json_says_what_the_purge_did(page, adviser, officer, book, keys):
    person(adviser)
    hold(contact(adviser), officer)

    run = confirmed(officer)

    told = as_json(page, run).json()
    assert told["run"] == str(run.identity)
    assert told["records_due_up_to"] == due_day().isoformat()
    assert told["policy_version"] == actions.purges.policy_version()
    assert told["records"]["enquiry"] == {"due": 1, "deleted": 1, "held": 1}
    assert told["holds_respected"] == 1
    assert (told["left_behind"], told["keys_destroyed"]) == (0, run.keys_destroyed)
    assert run.keys_destroyed > 0
    assert told["stores"] == {"key_directories": len(keys.directories), "ledger_copies": len(book.paths)}
    assert told["confirmed_by_staff_number"] == officer.pk
    assert told["started_at"] < told["confirmed_at"] < told["finished_at"]
    assert told["ledger_head"] == book.head()


def test_pdf_says_the_same_in_welsh_then_in_english(page, adviser, officer):
    person(adviser)
    hold(contact(adviser), officer)
    run = confirmed(officer)

    answer = as_pdf(page, run)

    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == f'attachment; filename="tystysgrif-certificate-{due_day().isoformat()}.pdf"'
    text = text_of(answer.content)
    welsh, english = text.split("Certificate of a purge")
    assert welsh.startswith("Tystysgrif dileu terfynol")
    for words in (
        f"Allweddi a ddinistriwyd: {run.keys_destroyed}",
        "Heb eu dileu: 0",
        f"rhif staff {officer.pk}",
        "Ymholiad 1 1 1",
    ):
        assert words in welsh
    for words in (
        f"Keys destroyed: {run.keys_destroyed}",
        "Left behind: 0",
        f"staff number {officer.pk}, ",
        "Enquiry 1 1 1",
    ):
        assert words in english
    for words in ("Key directories that confirmed it: 2", "Copies of the ledger that record this purge: 2"):
        assert words in english
    assert "Records kept by a hold: 1" in english
    for part in (welsh, english):
        for words in (str(run.identity), run.policy_version, run.head):
            assert words in part
    assert b"/Lang(cy)" in answer.content
    assert b"/Lang(en)" in answer.content


def test_pdf_of_one_purge_is_always_the_same(page, adviser):
    person(adviser)
    run = actions.purge(due_day())
    first = as_pdf(page, run).content

    actions.purge(due_day())  # the ledger grows
    page.cookies["django_language"] = "cy"

    assert as_pdf(page, run).content == first


def test_certificate_holds_no_name_and_nothing_personal(page, adviser, officer):
    person(adviser)
    run = confirmed(officer)

    for text in (as_json(page, run).content.decode(), text_of(as_pdf(page, run).content)):
        assert not [mark for mark in factories.MARKS if mark in text.lower()]
        assert "Owen" not in text


def test_what_is_handed_to_the_template_is_never_markup(page, adviser):
    run = actions.purge(london_today())
    told = certificates.facts(run) | {"policy_version": '#panic("read") *b* $x$ #sys.version "'}

    assert '#panic("read") *b* $x$ #sys.version "' in text_of(certificates.as_pdf(told))


def test_template_compiles_without_a_warning(page):
    """A letter that no font has would be one."""
    told = certificates.facts(actions.purge(london_today()))

    page_, warnings = typst.compile_with_warnings(
        certificates.TEMPLATE, font_paths=certificates._fonts(), format="pdf", sys_inputs=certificates.inputs(told)
    )

    assert page_
    assert warnings == []


def test_purge_without_keys_or_a_word_says_so(page):
    run = actions.purge(london_today())

    told, text = as_json(page, run).json(), text_of(as_pdf(page, run).content)

    assert told["stores"] == {"key_directories": None, "ledger_copies": 2}
    assert (told["confirmed_by_staff_number"], told["confirmed_at"]) == (None, None)
    assert "none needed: no key was destroyed" in text
    assert "nobody: no confirmation was needed" in text


def test_copy_that_lacks_the_purge_is_not_counted(page, adviser, book):
    person(adviser)
    run = actions.purge(due_day())
    lines = book.paths[1].read_bytes().splitlines(keepends=True)
    book.paths[1].write_bytes(b"".join(lines[:-1]))

    assert as_json(page, run).json()["stores"]["ledger_copies"] == 1


def test_ledger_that_was_cut_confirms_nothing(page, adviser, book):
    person(adviser)
    run = actions.purge(due_day())
    for path in book.paths:
        path.write_bytes(path.read_bytes().splitlines(keepends=True)[0])

    assert as_json(page, run).json()["stores"] == {"key_directories": 0, "ledger_copies": 0}


@pytest.mark.parametrize("harm", ["edited", "away"])
def test_ledger_that_is_damaged_or_away_confirms_nothing(page, adviser, book, harm):
    person(adviser)
    run = actions.purge(due_day())
    if harm == "edited":
        book.paths[0].write_bytes(book.paths[0].read_bytes().replace(b'"due"', b'"Due"', 1))
    else:
        book.paths[1].parent.rename(book.paths[1].parent.with_name("elsewhere"))

    assert as_json(page, run).json()["stores"] == {"key_directories": None, "ledger_copies": None}
    assert "not known: the ledger is damaged, or cannot be read" in text_of(as_pdf(page, run).content)


@pytest.mark.parametrize("ask", [as_json, as_pdf])
def test_unfinished_and_refused_purges_have_no_certificate(page, adviser, ask):
    contact(adviser)
    actions.purge(london_today())
    refused = actions.purge(due_day())
    assert refused.state == "refused"

    assert ask(page, refused).status_code == 404
    PurgeRun.objects.filter(pk=refused.pk).update(state="running", refusal="")
    assert ask(page, refused).status_code == 404
    assert Enquiry.objects.exists()


@pytest.mark.parametrize("ask", [as_json, as_pdf])
@pytest.mark.parametrize("role", [Role.ADVISER, Role.MANAGER, Role.ADMINISTRATOR])
def test_certificate_is_refused_to_other_roles(page, signed_in, ask, role):
    run = actions.purge(london_today())

    assert ask(signed_in(factories.make_user(role)), run).status_code == 403


def test_page_links_both_certificates_of_a_finished_purge(page):
    run = actions.purge(london_today())

    text = page.get("/retention/purges/").content.decode()

    for path in ("certificate/", "certificate/pdf/"):
        assert f'href="/retention/purges/{run.identity}/{path}"' in text
    assert json.loads(as_json(page, run).content)
