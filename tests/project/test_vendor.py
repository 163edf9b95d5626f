"""Other people's files are the ones that were pinned, are not branded, and stay within the counter's budget."""

import gzip
import re
from pathlib import Path

import pytest

from contactwrexham.static import shortened
from tools import vendor

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "static"
TEMPLATES = ROOT / "templates"

STYLES = sorted(STATIC.glob("vendor/**/*.css"))
SCRIPTS = sorted(STATIC.glob("vendor/**/*.js"))

# Each of them loads or shows something that this site does not have, or that the content security policy refuses.
FORBIDDEN = ["@font-face", "GDS Transport", "crown", "crest", "favicon", "url(", "data:", "@import", "sourceMappingURL"]
BUDGET = 60_000  # bytes, gzipped: what a browser fetches before its first counter page is complete


def test_vendor_has_files():
    assert STYLES
    assert SCRIPTS


@pytest.mark.parametrize("forbidden", FORBIDDEN)
@pytest.mark.parametrize("path", [*STYLES, *sorted(STATIC.glob("css/*.css"))], ids=lambda path: path.name)
def test_style_loads_and_shows_nothing_foreign(path, forbidden):
    assert forbidden.lower() not in path.read_text().lower()


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_script_names_no_source_map_and_no_data_address(path):
    text = path.read_text()

    assert "sourceMappingURL" not in text
    assert not re.search(r"data:\w+/", text)


def test_vendor_has_no_font_picture_or_map():
    kinds = {path.suffix for path in STATIC.glob("vendor/**/*") if path.is_file()}

    assert kinds <= {".css", ".js", ".txt", ""}


def test_each_package_has_its_licence():
    for directory in (STATIC / "vendor").iterdir():
        assert list(directory.glob("LICENSE*")), directory.name


@pytest.mark.parametrize("package", vendor.PACKAGES, ids=lambda package: package.name)
def test_package_is_in_the_tree_and_in_third_party(package):
    rows = [line for line in (ROOT / "THIRD_PARTY.md").read_text().splitlines() if f"| {package.name} |" in line]

    assert [package.version in row for row in rows] == [True]
    for file in package.files:
        assert (ROOT / file.target).exists()


def test_vendor_makes_every_file_that_stands_there():
    made = {file.target for package in vendor.PACKAGES for file in package.files}
    made |= {package.licence[0] for package in vendor.PACKAGES if package.licence}

    assert {path.relative_to(ROOT) for path in (STATIC / "vendor").rglob("*") if path.is_file()} <= made


def test_unused_blocks_are_left_out_whole():
    css = '@charset "UTF-8";' + "".join(f".govuk-{name}__a{{b:c}}" for name in vendor.UNUSED_BLOCKS)
    css += "@font-face{font-family:GDS Transport;src:url(x.woff)}"
    css += ".govuk-header,.govuk-heading-l:not(.a,.govuk-b){d:e}@media print{.govuk-footer{f:g}}"
    css += '@media (width>1em){.govuk-tabs a,.x:before{content:"}"}}'
    css += ".govuk-body{font-family:GDS Transport,arial,sans-serif}"

    assert vendor.unbranded(css) == (
        '@charset "UTF-8";\n.govuk-heading-l:not(.a,.govuk-b){d:e}@media (width>1em){.x:before{content:"}"}}'
        f".govuk-body{{font-family:{vendor.FONTS}}}\n"
    )


def test_block_that_is_gone_upstream_is_refused():
    with pytest.raises(vendor.CannotTrust, match="cookie-banner"):
        vendor.unbranded(".govuk-header{a:b}")


def test_shortened_file_says_the_same():
    assert shortened("js/a.js", "// why\nconst a = `x  ${ b }  // y`;\n") == "const a=`x  ${ b }  // y`;"
    assert shortened("css/a.css", "/* why */\n.a { b: c; }\n") == ".a{b:c}"
    assert shortened("vendor/a.js", "// why\n") == "// why\n"


def _of_the_counter() -> set[Path]:
    """The style sheets and scripts of a counter page, with each module that a module imports."""
    pages = "".join((TEMPLATES / name).read_text() for name in ("bare.html", "base.html", "visits/counter.html"))
    found: set[Path] = set()
    wanted = {(STATIC / name).resolve() for name in re.findall(r'{% static "([^"]+\.(?:css|js))" %}', pages)}
    while wanted:
        path = wanted.pop()
        found.add(path)
        imports = re.findall(r'^(?:import|export)\b[^"\n]*"(\.[^"]+)"', path.read_text(), re.M)
        wanted |= {(path.parent / name).resolve() for name in imports} - found
    return found


def test_counter_page_fits_its_budget():
    files = _of_the_counter()
    names = [str(path.relative_to(STATIC)) for path in files]
    sizes = {name: len(gzip.compress(shortened(name, (STATIC / name).read_text()).encode(), 9)) for name in names}

    assert {"css/components.css", "vendor/htmx/htmx.min.js", "js/desk.js", "js/drafts.js"} <= sizes.keys()
    assert sum(sizes.values()) <= BUDGET, sizes
