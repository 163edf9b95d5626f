"""What styles, scripts and templates name of each other is there; GOV.UK is restyled below a class of ours only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from django.conf import settings

ROOT: Path = settings.BASE_DIR
STYLES = sorted((ROOT / "static/css").glob("*.css"))
SCRIPTS = sorted((ROOT / "static/js").glob("*.js"))
VENDORED = sorted((ROOT / "static/vendor").glob("*/*.*"))
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
MODULES = [path for app in [*settings.OUR_APPS, "contactwrexham"] for path in sorted((ROOT / app).rglob("*.py"))]

COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
CLASS = re.compile(r"\.([a-zA-Z_][\w-]*)")


def read(paths: list[Path]) -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)


class Rule(NamedTuple):
    selector: str
    body: str


def rules(css: str) -> Iterator[Rule]:
    """Each rule with a selector, those within `@media` too."""
    css = COMMENT.sub("", css)
    while css.strip():
        prelude, found, rest = css.partition("{")
        assert found, f"no rule: {css[:60]!r}"
        depth, end = 1, 0
        while depth:
            depth += {"{": 1, "}": -1}.get(rest[end], 0)
            end += 1
        if prelude.strip().startswith("@"):
            yield from rules(rest[: end - 1])
        else:
            yield Rule(" ".join(prelude.split()), rest[: end - 1])
        css = rest[end:]


def selectors(css: str) -> Iterator[str]:
    """Each selector of each rule by itself; a comma in brackets parts none."""
    for rule in rules(css):
        yield from (part.strip() for part in re.split(r",(?![^(]*\))", rule.selector))


def is_bare(selector: str) -> bool:
    """Whether it styles something of GOV.UK's that stands below no class of ours."""
    parts = re.split(r"[\s>+~]+(?![^(]*\))", selector)
    return any(".govuk-" in part and ".cw-" not in " ".join(parts[:at]) for at, part in enumerate(parts))


# --- GOV.UK below a class of ours -------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
def test_govuk_is_restyled_below_a_class_of_ours_only(path):
    assert [selector for selector in selectors(path.read_text()) if is_bare(selector)] == []


def test_compact_styles_stand_below_their_one_class():
    found = [selector for selector in selectors((ROOT / "static/css/compact.css").read_text()) if "govuk" in selector]

    assert len(found) > 20
    assert [selector for selector in found if not selector.startswith((".cw-compact", ":where(.cw-compact) "))] == []


@pytest.mark.parametrize(
    ("selector", "bare"),
    [
        (".govuk-button", True),
        ("h2 .govuk-link", True),
        (".govuk-button--secondary.cw-small", True),
        (":is(.govuk-body, .govuk-list)", True),
        (".cw-compact .govuk-button", False),
        (":where(.cw-compact) :is(.govuk-body, .govuk-list)", False),
        (".cw-row > .govuk-button", False),
        (".cw-table a", False),
    ],
)
def test_bare_rule_would_be_found(selector, bare):
    assert is_bare(selector) is bare


def test_rules_are_read_within_media_and_without_comments():
    css = "/* .a {} */ .b, .c:is(.d, .e) { x: y } @media print { .f { x: y } .g { x: y } } .h{}"

    assert list(selectors(css)) == [".b", ".c:is(.d, .e)", ".f", ".g", ".h"]


# --- nothing idle, nothing missing ------------------------------------------------------------------------------------


def used_classes() -> set[str]:
    """Every word in a `class` of a template, and every word in a string of a script or a module of ours."""
    used: set[str] = set()
    for attribute in re.findall(r'class="((?:{%.*?%}|[^"])*)"', read(TEMPLATES)):
        used |= set(re.findall(r"[\w-]+", re.sub(r"{%.*?%}|{{.*?}}", " ", attribute)))
    for block in re.findall(r"{% block \w+_class %}(.*?){% endblock %}", read(TEMPLATES)):
        used |= set(re.findall(r"[\w-]+", re.sub(r"{%.*?%}", " ", block)))
    for text in re.findall(r'"[^"\n]*"|\'[^\'\n]*\'', read(SCRIPTS) + read(MODULES)):
        used |= set(re.findall(r"[\w-]+", text))
    return used


def styled_classes() -> set[str]:
    return {name for selector in selectors(read(STYLES)) for name in CLASS.findall(selector)}


def test_every_class_that_is_styled_is_used():
    of_others = set(re.findall(r"autocomplete__[\w-]+", read(VENDORED)))

    idle = styled_classes() - used_classes() - of_others
    # The library puts the names of its parts together.
    assert {name for name in idle if not name.startswith("autocomplete__")} == set()
    assert len(styled_classes()) > 80


def test_every_class_of_ours_in_a_template_is_styled():
    ours = {name for name in used_classes() if re.fullmatch(r"cw-[\w-]+", name)}

    assert ours - styled_classes() == set()
    assert len(ours) > 60


def test_every_class_of_govuk_in_a_template_is_in_its_style_sheet():
    theirs = {name for name in used_classes() if name.startswith("govuk-")}

    assert theirs - set(CLASS.findall(read([path for path in VENDORED if path.suffix == ".css"]))) == set()


def test_every_token_is_used_and_every_one_used_is_there():
    text = COMMENT.sub("", read(STYLES))
    made, asked = set(re.findall(r"(--cw-[\w-]+)\s*:", text)), set(re.findall(r"var\((--cw-[\w-]+)\)", text))

    assert made == asked
    theirs = set(re.findall(r"var\((--govuk-[\w-]+)", read(VENDORED) + text))
    assert set(re.findall(r"(--govuk-[\w-]+)\s*:", text)) <= theirs


def test_every_mark_that_a_script_or_style_looks_for_is_in_a_template_and_the_reverse():
    code = read(SCRIPTS) + read(STYLES)
    sought = set(re.findall(r"data-([a-z-]+)", code))
    sought |= {re.sub(r"([A-Z])", r"-\1", name).lower() for name in re.findall(r"dataset\.(\w+)", code)}
    sought |= {"saved"}  # `drafts.js` takes the words by this name
    carried = set(re.findall(r"\sdata-(?!hx-)([a-z-]+)", read(TEMPLATES)))
    carried |= set(re.findall(r"[\s\"']data-([a-z-]+)[\"'=]", read(MODULES)))  # on what widgets and tags write

    assert carried == sought


def test_every_template_is_used():
    """By a view, a form, a tag or another template; those that a library asks for by name are in its directory."""
    text = read(MODULES) + read(sorted((ROOT / "templates").rglob("*.*")))
    of_libraries = ("account/", "django/", "429.html")

    names = [str(path.relative_to(ROOT / "templates")) for path in TEMPLATES]
    assert [name for name in names if not name.startswith(of_libraries) and f'"{name}"' not in text] == []


# --- htmx -------------------------------------------------------------------------------------------------------------


def test_attributes_of_htmx_are_valid_html():
    text = read(TEMPLATES)

    assert re.findall(r"[\s\"']hx-[\w-]+", text) == []
    assert {"data-hx-post", "data-hx-trigger"} <= set(re.findall(r"data-hx-[\w-]+", text))
    assert set(re.findall(r"data-hx-([\w-]+)", text)) & {"on", "vals", "vars", "ext", "boost"} == set()


def test_tables_are_written_by_the_one_tag():
    by_hand = {
        str(path.relative_to(ROOT / "templates")) for path in TEMPLATES if re.search(r"<table\b", path.read_text())
    }

    assert by_hand == {"govuk/table.html"}


def test_scripts_and_styles_are_never_in_the_page():
    text = read(TEMPLATES)

    assert re.findall(r"<style|<script(?![^>]*\bsrc=)|\sstyle=|\son[a-z]+=", text) == []
