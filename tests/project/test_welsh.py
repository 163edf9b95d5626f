"""The Welsh catalogue is whole, compiled, true to its sources and shown. Only a reader can say if it reads well."""

from __future__ import annotations

import ast
import csv
import datetime as dt
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import allauth
import django
import polib
import pytest
from django import forms
from django.core.management import call_command
from django.template import Context, Template
from django.utils import formats, translation

from privacy.terms import parse_date

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = ROOT / "locale/cy/LC_MESSAGES/django.po"
OTHERS = ROOT / "contactwrexham/strings_of_others.py"
PLURALS = "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n==3 ? 3 : n==6 ? 4 : 5);"

Key = tuple[str | None, str, str]


def key(entry: polib.POEntry) -> Key:
    return entry.msgctxt, entry.msgid, entry.msgid_plural


def translations(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


@pytest.fixture(scope="module")
def catalogue() -> polib.POFile:
    return polib.pofile(str(CATALOGUE))


# --- the catalogue itself ---------------------------------------------------------------------------------------------


def test_catalogue_whole(catalogue: polib.POFile) -> None:
    lacking = [
        key(entry)
        for entry in catalogue
        if entry.obsolete or entry.fuzzy or not all(text.strip() for text in translations(entry))
    ]
    assert lacking == []
    assert not catalogue.metadata_is_fuzzy


def test_catalogue_plurals_are_welsh(catalogue: polib.POFile) -> None:
    assert catalogue.metadata["Language"] == "cy"
    assert catalogue.metadata["Plural-Forms"] == PLURALS
    assert [key(e) for e in catalogue if e.msgid_plural and sorted(e.msgstr_plural) != list(range(6))] == []


def test_catalogue_compiled_as_written(catalogue: polib.POFile) -> None:
    """A fresh machine has no gettext, so the compiled file is committed: it must not lag behind its source."""
    compiled = polib.mofile(str(CATALOGUE.with_suffix(".mo")))
    assert {key(e): translations(e) for e in compiled} == {key(e): translations(e) for e in catalogue}
    assert compiled.metadata["Plural-Forms"] == PLURALS


PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[sd]|%%|\{\w*\}")


def placeholders_lost(entry: polib.POEntry) -> bool:
    """Whether a translation has not the placeholders of its source, each as often."""
    wanted = [sorted(PLACEHOLDER.findall(text)) for text in (entry.msgid, entry.msgid_plural) if text]
    return any(sorted(PLACEHOLDER.findall(text)) not in wanted for text in translations(entry))


def test_catalogue_keeps_placeholders(catalogue: polib.POFile) -> None:
    assert [key(entry) for entry in catalogue if placeholders_lost(entry)] == []


@pytest.mark.parametrize(
    ("source", "translated"),
    [("Page %(n)s", "Tudalen"), ("Page %(n)s", "Tudalen %(rhif)s"), ("{day}", "{dydd}"), ("%d day", "%s diwrnod")],
)
def test_lost_placeholder_noticed(source: str, translated: str) -> None:
    assert placeholders_lost(polib.POEntry(msgid=source, msgstr=translated))


def test_catalogue_keeps_ends(catalogue: polib.POFile) -> None:
    """A label that ends in a colon, or a sentence in a full stop, ends so in Welsh too."""
    ends = ".:?"
    assert [
        (entry.msgid, text)
        for entry in catalogue
        for text in translations(entry)
        if (entry.msgid[-1] in ends or text[-1] in ends) and entry.msgid[-1] != text[-1] and not entry.msgctxt
    ] == []


def test_catalogue_uses_glossary(catalogue: polib.POFile) -> None:
    """A string that is nothing but a term of the glossary has the glossary's Welsh."""
    with (ROOT / "locale/glossary.csv").open(encoding="utf-8") as file:
        terms = {row["english"].casefold(): row["welsh"].casefold() for row in csv.DictReader(file)}
    same = [entry for entry in catalogue if entry.msgid.casefold() in terms and not entry.msgctxt]
    assert len(same) > 40
    assert [(e.msgid, e.msgstr) for e in same if e.msgstr.casefold() != terms[e.msgid.casefold()]] == []


# --- what there is to translate ---------------------------------------------------------------------------------------


@pytest.mark.skipif(not shutil.which("xgettext"), reason="xgettext is missing (apt-get install gettext)")
def test_every_string_in_catalogue(
    catalogue: polib.POFile, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`makemessages` on a copy of the sources finds what the catalogue has: nothing more, nothing less."""
    for part in sorted(ROOT.iterdir()):
        if (
            part.is_dir()
            and not part.name.startswith(".")
            and part.name not in {"var", "locale", "static", "tests", "docs"}
        ):
            ignored = shutil.ignore_patterns("__pycache__", "node_modules")
            shutil.copytree(part, tmp_path / part.name, ignore=ignored)
    settings.LOCALE_PATHS = [tmp_path / "locale"]
    settings.LOCALE_PATHS[0].mkdir()
    monkeypatch.chdir(tmp_path)
    call_command("makemessages", locale=["cy"], no_wrap=True, no_location=True, verbosity=0)
    found = {key(entry) for entry in polib.pofile(str(tmp_path / "locale/cy/LC_MESSAGES/django.po"))}
    ours = {key(entry) for entry in catalogue}
    assert found - ours == set(), "not in the catalogue yet: run `make messages` and translate these"
    assert ours - found == set(), "no longer in the sources: run `make messages`"


def test_strings_of_others_exist() -> None:
    """Each string that we translate for Django and allauth is still one of theirs."""
    packages = [Path(module.__file__).parent for module in (django, allauth)]
    theirs = {
        (entry.msgctxt, entry.msgid)
        for package in packages
        for path in package.glob("**/locale/en/LC_MESSAGES/django.po")
        for entry in polib.pofile(str(path))
    }
    ours = set()
    for node in ast.walk(ast.parse(OTHERS.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            words = [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
            ours.add((words[0], words[1]) if node.func.id.startswith("pgettext") else (None, words[0]))
    assert len(ours) > 50
    assert ours - theirs == set()


# A rough reading of templates: what is left when tags are taken away and is not one of these is a forgotten string.
BLOCK = re.compile(r"{%\s*(blocktranslate|comment|verbatim)\b.*?{%\s*end\1\s*%}", re.DOTALL)
CLASSES = re.compile(r"{%\s*block \w+_class\s*%}.*?{%\s*endblock[^%]*%}", re.DOTALL)
TAG = re.compile(r"{%.*?%}|{#.*?#}", re.DOTALL)
HANDED = re.compile(r"""{%\s*(?:include|with|firstof|table|column)\b.*?%}""", re.DOTALL)
SENTENCE = re.compile(r"""[ =]("[A-Z][^"]*"|'[A-Z][^']*')""")
VARIABLE = re.compile(r"{{.*?}}", re.DOTALL)
LITERAL = re.compile(r"""\|(?:default|default_if_none|yesno|add|join|pluralize|cut):("[^"]*"|'[^']*')""")
WORD = re.compile(r"[^\W\d_]{2,}")
SPOKEN = {
    "alt",
    "title",
    "placeholder",
    "aria-label",
    "aria-description",
    "aria-roledescription",
    "data-label",
    "label",
}
SILENT = {"script", "style", "kbd", "code"}
EMPTY = {"br", "hr", "img", "input", "link", "meta", "source", "wbr"}


class Leftovers(HTMLParser):
    """Collects the words a reader meets: texts and spoken attributes. What has a language of its own is left alone."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.open: list[tuple[str, bool]] = []

    def note(self, text: str | None) -> None:
        self.words += WORD.findall(text or "")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        quiet = tag in SILENT or (tag != "html" and any(name == "lang" and value for name, value in attrs))
        if tag not in EMPTY:
            self.open.append((tag, quiet))
        if not quiet:
            for name, value in attrs:
                button = tag == "input" and name == "value" and dict(attrs).get("type") in {"submit", "button", "reset"}
                if name in SPOKEN or button:
                    self.note(value)

    def handle_endtag(self, tag: str) -> None:
        for at in range(len(self.open) - 1, -1, -1):
            if self.open[at][0] == tag:
                del self.open[at:]
                return

    def handle_data(self, data: str) -> None:
        if not any(quiet for _tag, quiet in self.open):
            self.note(data)


def forgotten(source: str) -> list[str]:
    """The words of a template that nobody can translate."""
    source = CLASSES.sub("", BLOCK.sub("", source))
    literals = [text for variable in VARIABLE.findall(source) for text in LITERAL.findall(variable)]
    literals += [text for tag in HANDED.findall(source) for text in SENTENCE.findall(tag)]
    parser = Leftovers()
    parser.feed(VARIABLE.sub("", TAG.sub("", source)))
    parser.close()
    return parser.words + [word for text in literals for word in WORD.findall(text)]


TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_template_leaves_nothing_untranslated(path: Path) -> None:
    assert forgotten(path.read_text()) == []


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("<p>Nobody found.</p>", ["Nobody", "found"]),
        ('<p>{% translate "Found" %}: none</p>', ["none"]),
        ('<nav aria-label="Pages"></nav>', ["Pages"]),
        ('<input type="submit" value="Save">', ["Save"]),
        ('<td data-label="Time">{{ row.at|date:"j M Y" }}</td>', ["Time"]),
        ('{{ name|default:"unknown" }}', ["unknown"]),
        ('{% firstof name "Nobody" %}{% include "a.html" with caption="Last words" %}', ["Nobody", "Last", "words"]),
        ('{% table row in rows caption="Last words" %}{% column "Time" %}', ["Last", "words", "Time"]),
        ("{% if x %}<b>Yes</b>{% else %}<b>No</b>{% endif %}", ["Yes", "No"]),
        ("<p><kbd>Enter</kbd> opens</p>", ["opens"]),
        ('<p><br>after <img alt=""> all</p>', ["after", "all"]),
    ],
)
def test_forgotten_words_noticed(source: str, words: list[str]) -> None:
    assert forgotten(source) == words


@pytest.mark.parametrize(
    "source",
    [
        "<title>{% block title %}{% endblock %} – {{ desk_name }}</title>",
        '<body class="x{% block body_class %} has-shortcuts{% endblock %}">{% firstof x "–" %}</body>',
        '{% include "a.html" with language="cy" on=True %}{% url "A:b" %}',
        '{% table row in rows caption=_("Last words") %}{% column _("Time") number=True %}',
        '<button lang="cy">Cymraeg</button><span lang="en">English</span>',
        '{% blocktranslate with day=x|date:"j F Y" %}Deleted on {{ day }}.{% endblocktranslate %}',
        '<a href="{% url "visits:counter" %}" class="govuk-link"{% if x == "counter" %} hidden{% endif %}>{{ x }}</a>',
        '<h{% if x %}2{% else %}1{% endif %} title="{% translate "Title" %}"></h2>',
        "<kbd>Ctrl+Enter</kbd><script>const word = 1;</script>{# a comment #}",
    ],
)
def test_marked_words_pass(source: str) -> None:
    assert forgotten(source) == []


# --- what is shown ----------------------------------------------------------------------------------------------------


@pytest.fixture
def in_welsh() -> Any:
    with translation.override("cy"):
        yield


def test_page_shows_welsh(in_welsh: None) -> None:
    shown = Template(
        '{% translate "Customer" %}, {% translate "On behalf of the customer" %}, {% translate "Sign in" %}'
    ).render(Context())
    assert shown == "Cwsmer, Ar ran y cwsmer, Mewngofnodi"


def test_choices_shown_in_welsh(in_welsh: None) -> None:
    from visits.models import Language

    assert [str(label) for label in Language.labels] == ["Saesneg", "Cymraeg", "Iaith arall"]


@pytest.mark.parametrize("length", [1, 2, 3, 6, 10, 21, 100])
def test_form_error_with_plural_shown_in_welsh(in_welsh: None, length: int) -> None:
    """Django's own Welsh has four plural forms and ours has six: both are kept, ours is asked first."""
    field = forms.CharField(max_length=length)
    with pytest.raises(forms.ValidationError) as refused:
        field.clean("x" * (length + 1))
    assert refused.value.messages == [f"Gormod o nodau. Uchafswm: {length}; nifer yma: {length + 1}."]
    with pytest.raises(forms.ValidationError) as empty:
        field.clean("")
    assert empty.value.messages == ["Rhaid llenwi’r maes hwn."]


def test_plural_of_django_still_found(in_welsh: None) -> None:
    """What our catalogue has not comes from Django's, by Django's own rule for plurals."""
    plural, single = translation.ngettext, translation.gettext  # by these names `makemessages` does not collect them
    assert plural("%d day", "%d days", 2) == "%d ddiwrnod"
    assert single("Bulgarian") == "Bwlgareg"


def test_dates_shown_in_welsh(in_welsh: None) -> None:
    assert formats.date_format(dt.date(2026, 7, 3), "j F Y") == "3 Gorffennaf 2026"
    assert formats.date_format(dt.date(2026, 2, 3), "j M Y") == "3 Chwef 2026"


@pytest.mark.parametrize("language", ["cy", "en-gb"])
@pytest.mark.parametrize("form", ["j M Y", "j F Y"])
def test_dates_shown_can_be_typed_back(language: str, form: str) -> None:
    """A date read off the screen and typed into the search box is understood."""
    days = [dt.date(1938, month, 13) for month in range(1, 13)]
    with translation.override(language):
        assert [parse_date(formats.date_format(day, form)) for day in days] == days


def test_sign_in_form_shown_in_welsh(client: Any, db: None) -> None:
    page = client.get("/accounts/login/", headers={"accept-language": "cy"})
    text = page.content.decode()
    assert page["Content-Language"] == "cy"
    assert "Enw defnyddiwr" in text
    assert "Cyfrinair" in text
    assert "Username" not in text
    assert "Password" not in text
