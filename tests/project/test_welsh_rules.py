"""The Welsh keeps its rules: terms, style, the language of each piece, and every word that the code makes by itself."""

from __future__ import annotations

import csv
import datetime as dt
import json
import re
import uuid
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import polib
import pytest
from django.utils import timezone, translation

from privacy.naming import called, kind_of, name_of
from privacy.policy import our_models
from privacy.terms import parse, parse_date
from retention import certificates, stats
from retention.relations import purged_models
from sharing.access import PERMISSIONS
from tests import factories
from tests.addresses import ADDRESSES, records_for
from tests.project.test_welsh import CATALOGUE, EMPTY, ROOT, SPOKEN, translations

GLOSSARY = ROOT / "locale/glossary.csv"
REVIEW = ROOT / "docs/welsh-review.csv"


def entries() -> Iterator[tuple[str, str]]:
    """Each English text of the catalogue with each of its Welsh renderings."""
    for entry in polib.pofile(str(CATALOGUE)):
        for text in translations(entry):
            yield entry.msgid, text


# --- terms ------------------------------------------------------------------------------------------------------------


def rows() -> list[dict[str, str]]:
    with GLOSSARY.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


FORBIDDEN = [
    (re.compile(rf"\b{re.escape(row['english'])}(?:s|d|ed)?\b", re.IGNORECASE), re.compile(row["forbidden"], re.I))
    for row in rows()
    if row["forbidden"]
]


def forbidden(english: str, welsh: str) -> list[str]:
    """What in a rendering must not stand for a term that is in the English."""
    return [found[0] for term, wrong in FORBIDDEN if term.search(english) and (found := wrong.search(welsh))]


def test_glossary_has_each_term_once() -> None:
    terms = [row["english"].casefold() for row in rows()]

    assert len(terms) == len(set(terms))
    assert all(row["welsh"] and row["status"] for row in rows())


def test_catalogue_has_no_forbidden_rendering() -> None:
    assert [(english, welsh) for english, welsh in entries() if forbidden(english, welsh)] == []


@pytest.mark.parametrize(
    ("english", "welsh"),
    [
        ("Held", "Dan ataliad"),
        ("Place the hold", "Gosod yr ataliad"),
        ("All holds", "Pob ataliad"),
        ("Release", "Rhyddhau"),
        ("Someone has released this hold.", "Mae rhywun wedi rhyddhau’r ataliad dileu hwn."),
        ("No purge has run yet.", "Nid oes dileu terfynol wedi rhedeg eto."),
        ("This record has just been deleted.", "Mae’r cofnod hwn newydd fynd."),
        ("Its retention period has ended.", "Roedd ei amser ar ben."),
        ("Case reference", "Awdurdod"),
        ("Authority seen", "Awdurdod a welwyd"),
        ("Signposted", "Cyfeiriwyd"),
        ("Referred to a service", "Cyfeiriwyd at wasanaeth"),
        ("Hand over to an adviser", "Trosglwyddo i gynghorydd"),
        ("Written consent", "Caniatâd ysgrifenedig"),
        ("amendment", "diwygiad"),
        ("Total", "Gyda’i gilydd"),
        ("State", "Cyflwr"),
        ("Discard", "Gwaredu"),
        ("Go to the home page", "Mynd i’r dudalen gyntaf"),
    ],
)
def test_forbidden_rendering_noticed(english: str, welsh: str) -> None:
    assert forbidden(english, welsh)


@pytest.mark.parametrize(
    ("english", "welsh"),
    [
        ("Held", "Dan ataliad dileu"),
        ("All holds", "Pob ataliad dileu"),
        ("A councillor for a constituent", "Cynghorydd ar ran etholwr"),
        ("adviser", "ymgynghorydd"),
        ("Referred", "Atgyfeiriwyd"),
        (
            "What is past its date is deleted tonight.",
            "Caiff popeth y mae ei ddyddiad wedi mynd heibio ei ddileu heno.",
        ),
    ],
)
def test_right_rendering_passes(english: str, welsh: str) -> None:
    assert forbidden(english, welsh) == []


# --- style ------------------------------------------------------------------------------------------------------------

STYLE = {
    r"\bmegis\b": "er enghraifft",
    r"mewn geiriau eraill": "that is the idiom `that is to say`: gyda geiriad gwahanol",
    r"dim ond os": "peidiwch … oni bai",
    r"\b(?:ni|nid|nac|nad|na)\b[^.:;]*\bunrhyw\b": "yr un, in a negative",
    r"\bo fewn\b": "yn y … nesaf; cyn pen",
    r"\byn rhedeg\b": "ar waith; cynnal",
    r"\b(?:[pb]|ph|mh)erson(?:au)?\b": "unigolyn, y sawl, y cwsmer",
    r"\ba deipioch\b": "a deipiwyd gennych",
    r"\(%\(\w+\)[sd]\)": "label: number",
    r"[A-Za-z]'[A-Za-z]": "the curly apostrophe",
    r"\bGalw Wrecsam\b|\bCyswllt Wrecsam\b|\bContact Wrexham\b": "the desk's name is a setting",
}


def unstylish(welsh: str) -> list[str]:
    """The rules of style that a Welsh text breaks, by what is wanted instead."""
    return [wanted for pattern, wanted in STYLE.items() if re.search(pattern, welsh, re.IGNORECASE)]


def test_catalogue_keeps_the_rules_of_style() -> None:
    assert [(welsh, broken) for _english, welsh in entries() if (broken := unstylish(welsh))] == []


@pytest.mark.parametrize(
    "welsh",
    [
        "Teipiwch gyfeirnod, megis ENQ-7K3F-22M.",
        "Cofnodwyd hwn mewn geiriau eraill.",
        "Cadarnhewch dim ond os yw’r dyddiad yn gywir.",
        "Nid yw’n dweud dim am unrhyw unigolyn.",
        "Bydd yn dechrau o fewn pum munud.",
        "Dewiswch berson",
        "Yr hyn a deipioch",
        "Pob gwasanaeth (%(total)s)",
        "Mae'r cofnod",
        "o system Galw Wrecsam",
    ],
)
def test_broken_rule_noticed(welsh: str) -> None:
    assert len(unstylish(welsh)) == 1


def test_field_is_filled_in_with_rhowch() -> None:
    """`Teipiwch` is for keys: the first letters of a list. What a field wants is given: `Rhowch`."""
    asked = re.compile(r"^(?:Type|Enter) (?:the (?!first)|at |what |your |a )")

    found = [(english, welsh) for english, welsh in entries() if asked.match(english)]

    assert len(found) > 8
    assert [pair for pair in found if not pair[1].startswith("Rhowch")] == []


# English that means two things in the places where it has stood: each needs a text of its own, or a context.
TWOFOLD = {"Due", "Nobody", "Together", "Where", "Left", "Due by", "Keep"}


def test_text_of_two_meanings_is_not_used_bare() -> None:
    assert [e.msgid for e in polib.pofile(str(CATALOGUE)) if e.msgid in TWOFOLD and not e.msgctxt] == []


def test_same_english_has_the_same_welsh_with_and_without_a_capital() -> None:
    told: dict[tuple[str | None, str], set[str]] = {}
    for entry in polib.pofile(str(CATALOGUE)):
        if not entry.msgid_plural:
            told.setdefault((entry.msgctxt, entry.msgid.casefold()), set()).add(entry.msgstr.casefold())

    assert [renderings for renderings in told.values() if len(renderings) > 1] == []


# Its filters show how many there are of each service, after the service's own name: there is no noun to be counted.
COUNTED = ROOT / "templates/visits/enquiry_pending.html"
NUMBER_IN_BRACKETS = re.compile(r"\(\{\{ *(?:\w+\.)*(?:number|total|count|hits|n)\w* *\}\}\)")


def test_no_template_puts_a_number_in_brackets_after_a_label() -> None:
    """It would be read as part of the label, and wants the noun counted: `label: number`."""
    wrong = {
        str(path.relative_to(ROOT)): found
        for path in (ROOT / "templates").rglob("*.*")
        if path != COUNTED and (found := NUMBER_IN_BRACKETS.findall(path.read_text(encoding="utf-8")))
    }

    assert wrong == {}
    assert NUMBER_IN_BRACKETS.search("{{ service }} ({{ number }})")
    assert not NUMBER_IN_BRACKETS.search('({{ run.cut_off|date:"j F Y" }})')


def test_review_says_of_each_finding_what_became_of_it() -> None:
    with REVIEW.open(encoding="utf-8") as file:
        found = list(csv.DictReader(file))

    assert list(found[0]) == ["msgid", "what was", "what is now", "taken or why not"]
    assert len(found) >= 119
    assert all(row["taken or why not"] for row in found)


# --- the desk's name --------------------------------------------------------------------------------------------------

NAME = re.compile(r"Contact Wrexham|Galw Wrecsam|Cyswllt Wrecsam")


def test_name_of_the_desk_stands_in_the_settings_alone() -> None:
    ours = {path.parent.name for path in ROOT.glob("*/apps.py")} | {"contactwrexham", "templates", "static"}
    found = {
        str(path.relative_to(ROOT))
        for part in ours
        for path in (ROOT / part).rglob("*")
        if path.suffix in {".py", ".html", ".txt", ".typ", ".js", ".css", ".svg", ".json"}
        and NAME.search(path.read_text(encoding="utf-8"))
    }

    assert found == {"contactwrexham/settings.py"}


@pytest.fixture
def named(settings: Any) -> None:
    settings.DESK_NAMES = {"cy": "Desg Brawf", "en-gb": "Trial Desk"}


@pytest.mark.django_db
@pytest.mark.parametrize(("language", "name"), [("cy", "Desg Brawf"), ("en-gb", "Trial Desk")])
@pytest.mark.parametrize("path", ["/accounts/login/", "/nowhere/"])
def test_page_bears_the_name_that_is_set(client: Any, named: None, language: str, name: str, path: str) -> None:
    page = client.get(path, headers={"accept-language": language}).content.decode()

    assert f" – {name}</title>" in page
    assert f">{name}</a>" in page


# --- words that the code makes ----------------------------------------------------------------------------------------

# Alike in both languages.
ALIKE = {"Partner", "Landlord"}


def in_both(text: Any) -> tuple[str, str]:
    """A lazy text in English and in Welsh."""
    told = []
    for language in ("en-gb", "cy"):
        with translation.override(language):
            told.append(str(text))
    return told[0], told[1]


def untranslated(texts: dict[str, Any]) -> dict[str, str]:
    both = {where: in_both(text) for where, text in texts.items()}
    return {where: english for where, (english, welsh) in both.items() if english == welsh and english not in ALIKE}


def test_kinds_of_records_and_their_personal_fields_have_welsh_names() -> None:
    kinds = {name_of(model): model._meta.verbose_name for model in purged_models()}
    fields = {
        f"{model.__name__}.{name}": model._meta.get_field(name).verbose_name
        for model in purged_models()
        for name in model.data_policy.personal_fields()
    }

    assert len(kinds) > 3
    assert untranslated(kinds | fields) == {}


def test_choices_have_welsh_labels() -> None:
    labels = {
        f"{model.__name__}.{field.name}={value}": label
        for model in our_models()
        if model.__module__ != "auditlog.models" and name_of(model) != "audit_entry"  # its choices are auditlog's
        for field in model._meta.get_fields()
        for value, label in getattr(field, "choices", None) or ()
    }

    assert len(labels) > 40
    assert untranslated(labels) == {}


@pytest.mark.parametrize("model", [model for model in purged_models() if not hasattr(model, "reference")])
def test_record_without_a_reference_is_called_by_kind_and_number(db: None, model: Any) -> None:
    english, welsh = in_both(model._meta.verbose_name)

    assert called(model(pk=12)) == f"{english} 12"
    with translation.override("cy"):
        assert called(model(pk=12)) == f"{welsh} 12"


def test_record_with_a_reference_is_called_by_it(adviser: Any) -> None:
    customer = factories.make_customer(by=adviser)

    assert called(customer) == customer.reference


def test_samples_of_a_rehearsal_are_in_the_readers_language(adviser: Any, desk: Any) -> None:
    customer = factories.make_customer(by=adviser)
    desk.get(customer.get_absolute_url())  # an access log entry, beside the audit entries

    with translation.override("cy"):
        rows = stats.rehearsal(dt.date(2100, 1, 1))
        samples = {row["kind"]: row["samples"] for row in rows if row["samples"]}
        kinds = {kind_of(name_of(model)) for model in purged_models()}

    assert {"cwsmer", "cofnod archwilio", "cofnod yn y log mynediad"} <= samples.keys() <= kinds
    assert samples.pop("cwsmer") == [customer.reference]
    assert all(sample.startswith(f"{kind} ") or sample[3] == "-" for kind, found in samples.items() for sample in found)


def test_certificate_is_welsh_in_every_word(db: None, named: None) -> None:
    """Part by part its Welsh and its English differ; the desk is named in each, and both names are the author's."""
    told = {
        **{"run": str(uuid.uuid4()), "records_due_up_to": dt.date(2026, 3, 2), "policy_version": "1"},
        **{"started_at": timezone.now(), "finished_at": timezone.now(), "holds_respected": 0, "left_behind": 0},
        **{"keys_destroyed": 0, "stores": {"key_directories": None, "ledger_copies": 2}},
        **{"confirmed_by_staff_number": 1, "confirmed_at": timezone.now(), "ledger_head": "0" * 64},
        "records": {name_of(model): {"due": 1, "deleted": 1, "held": 0} for model in purged_models()},
    }

    made = json.loads(certificates.inputs(told)["certificate"])

    welsh, english = made["parts"]
    assert made["author"] == "Desg Brawf / Trial Desk"
    assert "o system Desg Brawf," in welsh["about"]
    assert "Trial Desk" in english["about"]
    pairs = [(welsh[name], english[name]) for name in ("title", "about", "note")]
    pairs += list(zip(welsh["columns"], english["columns"], strict=True))
    pairs += [(a["label"], b["label"]) for a, b in zip(welsh["facts"], english["facts"], strict=True)]
    pairs += [(a[0], b[0]) for a, b in zip(welsh["rows"], english["rows"], strict=True)]
    assert len(pairs) > 20
    assert [pair for pair in pairs if pair[0] == pair[1]] == []


# --- the language of each piece ---------------------------------------------------------------------------------------

SILENT = {"script", "style"}


class Pieces(HTMLParser):
    """The texts and spoken attributes of a page, each with the language that it is marked as: `cy` or `en`."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self.open: list[tuple[str, str]] = []

    def note(self, text: str | None, lang: str) -> None:
        if text and (words := " ".join(text.split())):
            self.found.append((lang, words))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        outer = self.open[-1][1] if self.open else ""
        lang = (dict(attrs).get("lang") or outer).partition("-")[0]
        if tag not in EMPTY:
            self.open.append((tag, lang))
        for name, value in attrs:
            if name in SPOKEN:
                self.note(value, lang)

    def handle_endtag(self, tag: str) -> None:
        for at in range(len(self.open) - 1, -1, -1):
            if self.open[at][0] == tag:
                del self.open[at:]
                return

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1][0] not in SILENT:
            self.note(data, self.open[-1][1])


def known() -> dict[str, set[str]]:
    """Texts that are of one language alone: whole texts of the catalogue."""
    pairs = [(e.msgid, e.msgstr) for e in polib.pofile(str(CATALOGUE)) if not e.msgid_plural and "%" not in e.msgid]
    english, welsh = ({pair[side].casefold().rstrip(":.") for pair in pairs} for side in (0, 1))
    return {"en": english - welsh | {"english"}, "cy": welsh - english}


def misspoken(page: str, texts: dict[str, set[str]], names: dict[str, list[str]]) -> list[tuple[str, str]]:
    """The pieces of a page that are marked as one language and are of the other; `names` are looked for inside them."""
    parser = Pieces()
    parser.feed(page)
    parser.close()
    other = {"cy": "en", "en": "cy"}
    return [
        (lang, text)
        for lang, text in parser.found
        if lang not in other
        or text.casefold().rstrip(":.") in texts[other[lang]]
        or any(name in text for name in names[other[lang]])
    ]


NAMES = {"en": ["Wombat Affairs", "Wombat licence"], "cy": ["Materion Wombatod", "Trwydded wombat"]}
PAGES = [address for address in ADDRESSES if address.name not in {"livez", "readyz"}]


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["cy", "en-gb"])
@pytest.mark.parametrize("address", PAGES, ids=lambda address: address.name)
def test_every_piece_of_a_page_is_marked_with_its_language(
    signed_in: Any, whole_search: None, address: Any, language: str
) -> None:
    """For a screen reader: names of services, the switch of languages, and whatever was forgotten to be translated."""
    service = factories.make_service(code="wombats", name_en=NAMES["en"][0], name_cy=NAMES["cy"][0])
    factories.make_topic(service, code="wombat", name_en=NAMES["en"][1], name_cy=NAMES["cy"][1])
    user = factories.make_user(sorted(PERMISSIONS[address.permission])[0] if address.permission else "adviser")
    if user.has_perm("visits.log_enquiry"):
        customer = factories.make_customer(by=user)
        factories.make_enquiry(by=user, customer=customer, service=service, outcome="open")
    client = signed_in(user)
    path = address.path_of(records_for(address, user))
    texts = known()

    for answer in (client.get(path, headers={"accept-language": language}),):
        if answer.status_code == 200 and "html" in answer["Content-Type"]:
            assert misspoken(_whole(answer.content.decode(), language), texts, NAMES) == []
    refused = client.post(path, {}, headers={"accept-language": language})
    if refused.status_code in (200, 409, 422) and "html" in refused["Content-Type"]:
        assert misspoken(_whole(refused.content.decode(), language), texts, NAMES) == []


def _whole(page: str, language: str) -> str:
    """A page; a piece of one as it would stand in a page."""
    return page if "<html" in page else f'<html lang="{language}">{page}</html>'


@pytest.mark.django_db
def test_list_of_services_begins_with_the_readers_language(adviser: Any, signed_in: Any) -> None:
    factories.make_service(code="wombats", name_en=NAMES["en"][0], name_cy=NAMES["cy"][0])
    client = signed_in(adviser)

    pages = [client.get("/services/", headers={"accept-language": lang}).content.decode() for lang in ("cy", "en-gb")]

    assert f'{NAMES["cy"][0]} · <span lang="en">{NAMES["en"][0]}</span>' in pages[0]
    assert f'{NAMES["en"][0]} · <span lang="cy">{NAMES["cy"][0]}</span>' in pages[1]


@pytest.mark.parametrize(
    "page",
    [
        '<html lang="cy"><p>Customer</p></html>',
        '<html lang="en-GB"><p>Cwsmer:</p></html>',
        '<html lang="cy"><button>English</button></html>',
        '<html lang="en-GB"><p title="Cwsmer">x</p></html>',
        '<html lang="cy"><option>Wombat Affairs: x</option></html>',
        '<html lang="en-GB"><td data-label="Customer" lang="cy">Materion Wombatod</td></html>',
        "<html><p>Anything</p></html>",
    ],
)
def test_piece_in_the_wrong_language_noticed(page: str) -> None:
    assert len(misspoken(page, known(), NAMES)) == 1


def test_marked_piece_passes() -> None:
    page = '<html lang="cy"><p>Cwsmer <b lang="en">Customer</b> <span lang="en">Wombat Affairs</span> 1</p></html>'

    assert misspoken(page, known(), NAMES) == []


# --- months -----------------------------------------------------------------------------------------------------------

# As they are, after `o` (soft), after `yn` (nasal), after `a` (aspirate), and short.
MONTHS = [
    "Ionawr Ion",
    "Chwefror Chwef Chwe",
    "Mawrth Fawrth Maw",
    "Ebrill Ebr",
    "Mai Fai",
    "Mehefin Fehefin Meh",
    "Gorffennaf Orffennaf Ngorffennaf Gorff Gor",
    "Awst",
    "Medi Fedi",
    "Hydref Hyd",
    "Tachwedd Dachwedd Nhachwedd Thachwedd Tach",
    "Rhagfyr Ragfyr Rhag",
]
DAYS = "1af 2il 3ydd 4ydd 5ed 6ed 7fed 8fed 9fed 10fed 11eg 12fed 13eg 14eg 15fed 18fed 20fed 21ain 22ain 25ain 28ain"
WELSH_MONTHS = [(form, number) for number, forms in enumerate(MONTHS, start=1) for form in forms.split()]


@pytest.mark.parametrize(("form", "month"), WELSH_MONTHS)
def test_month_is_understood_in_every_form(form: str, month: int) -> None:
    day = dt.date(1961, month, 13)

    for text in ("13 {}", "13eg {}", "13eg o {}", "13 o fis {}", "13eg yn {}", "13 {},", "13 {}.", "13-{}"):
        assert parse_date(f"{text.format(form)} 1961") == day, text
        assert parse_date(f"{text.format(form.upper())} 1961") == day, text
    assert parse(f"Jones 13eg o {form} 1961").terms == (f"d:{day.isoformat()}",)


@pytest.mark.parametrize("ordinal", DAYS.split())
def test_day_is_understood_as_it_is_said(ordinal: str) -> None:
    day = dt.date(1972, 6, int(re.sub(r"\D", "", ordinal)))

    assert parse_date(f"{ordinal} o Fehefin 1972") == parse_date(f"{ordinal} Mehefin 1972") == day


def test_months_are_shown_short_as_the_rules_say(db: None) -> None:
    from django.utils.dateformat import format as shown

    with translation.override("cy"):
        told = [shown(dt.date(2026, month, 5), "M") for month in range(1, 13)]

    assert told == ["Ion", "Chwef", "Maw", "Ebr", "Mai", "Meh", "Gor", "Awst", "Medi", "Hyd", "Tach", "Rhag"]
