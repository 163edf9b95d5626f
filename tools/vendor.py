"""Other people's files: `static/vendor/` and the tests' axe-core, made from pinned npm packages.

    python tools/vendor.py            writes the files
    python tools/vendor.py --check    compares them: exit code 1 when they differ, 2 when npm cannot fetch a package

The same bytes each time: a package whose checksum is not the pinned one is refused, and every change made to a file
is below. A new version is a new version and integrity in PACKAGES, then a run, then a look at the difference.
"""

import argparse
import base64
import hashlib
import io
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENDOR = Path("static/vendor")


class CannotFetch(Exception):
    """npm did not hand over a package."""


class CannotTrust(Exception):
    """A package is not what was pinned, or a file of it not what its patch expects."""


# --- What is changed ------------------------------------------------------------------------------------------------

# Blocks of GOV.UK's style sheet that this application has no use for: the marks and furniture of GOV.UK itself, and
# what does nothing without GOV.UK's JavaScript, which is not shipped. To use one of them, take it off this list.
UNUSED_BLOCKS = [
    *["cookie-banner", "feedback", "footer", "generic-header", "header", "logo-dot", "phase-banner"],
    *["exit-this-page", "exit-this-page-hide-content", "exit-this-page-overlay"],
    *["language-navigation", "service-navigation", "breadcrumbs", "pagination"],
    *["accordion", "accordion-nav", "character-count", "frontend-supported", "password-input", "tabs"],
    *["drop-zone", "file-upload-button", "file-upload-wrapper"],
    *["notification-banner", "panel", "task-list"],
]
# Of its utility classes: spacing inside a box, and spacing that does not grow with the screen.
UNUSED_OVERRIDES = ["padding", "static"]
FONTS = '"Helvetica Neue",Helvetica,Arial,sans-serif'

# What may not be in a style sheet here: a council may not look like GOV.UK, and the content security policy loads
# no font, no `data:` address, and no image that is not shipped.
FORBIDDEN_STYLE = re.compile(r"@font-face|@import|GDS Transport|crown|crest|favicon|data:|url\(|sourceMappingURL", re.I)
FORBIDDEN_SCRIPT = re.compile(r"sourceMappingURL", re.I)


def without_source_map(text: str) -> str:
    """Take out the line that names a source map: it is not shipped, and collecting hashed files stops at it."""
    text = re.sub(r"\n?/\*# sourceMappingURL=\S+ \*/|\n?/\*# sourceMappingURL=\S+\*/", "", text)
    return re.sub(r"\n?//# sourceMappingURL=\S+", "", text).rstrip() + "\n"


def unbranded(css: str) -> str:
    """GOV.UK's style sheet with a font everybody has, and without the blocks that are not used."""
    css = css.replace("GDS Transport,arial,sans-serif", FONTS)
    unused = re.compile(
        rf"\.govuk-(?:(?P<block>{'|'.join(UNUSED_BLOCKS)})(?=__|--|[^\w-]|$)|\\!-(?:{'|'.join(UNUSED_OVERRIDES)})-)"
    )
    missing = set(UNUSED_BLOCKS) - {found["block"] for found in unused.finditer(css)}
    if missing:
        raise CannotTrust(f"GOV.UK's style sheet has no block named {', '.join(sorted(missing))} any more.")
    return '@charset "UTF-8";\n' + _without(unused, css) + "\n"


def _without(unused: re.Pattern[str], css: str) -> str:
    kept = []
    for prelude, body in _rules(css):
        if prelude.startswith(("@font-face", "@charset")):
            continue
        if prelude.startswith(("@media", "@supports", "@-moz-document")):
            body = _without(unused, body)
        elif not prelude.startswith("@"):
            # A comma inside brackets, as in `:not(a, b)`, parts no selectors.
            prelude = ",".join(part for part in re.split(r",(?![^(]*\))", prelude) if not unused.search(part))
        if prelude and body:
            kept.append(f"{prelude}{{{body}}}")
    return "".join(kept)


def _rules(css: str) -> Iterator[tuple[str, str]]:
    """Each rule's prelude and body, one level deep, without comments. A statement that has no body has "" for one."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.S)
    start, depth, opened = 0, 0, 0
    for token in re.finditer(r"""["'](?:\\.|[^\\])*?["']|[{};]""", css):
        if token[0] == "{":
            depth += 1
            opened = token.start() if depth == 1 else opened
        elif token[0] == "}":
            depth -= 1
            if depth == 0:
                yield css[start:opened].strip(), css[opened + 1 : token.start()].strip()
                start = token.end()
        elif token[0] == ";" and depth == 0:
            yield css[start : token.start()].strip(), ""
            start = token.end()
    if depth or css[start:].strip():
        raise CannotTrust("A style sheet ends in the middle of a rule.")


# --- What is taken --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class File:
    """One file of a package: where it is there, where it goes here, and what is changed on the way."""

    source: str
    target: Path
    patches: tuple[Callable[[str], str], ...] = ()


@dataclass(frozen=True)
class Package:
    name: str
    version: str
    integrity: str
    files: tuple[File, ...]
    licence: tuple[Path, str] | None = None  # where to write it, and its words, when the package itself has none


MIT_OF_GOVUK = """\
The MIT License (MIT)

Copyright (C) 2017 Crown Copyright (Government Digital Service)

Permission is hereby granted, free of charge, to any person obtaining a copy of
this software and associated documentation files (the "Software"), to deal in
the Software without restriction, including without limitation the rights to
use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies
of the Software, and to permit persons to whom the Software is furnished to do
so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.
"""

PACKAGES = [
    Package(
        "govuk-frontend",
        "6.6.0",
        "sha512-xctkWrQvLnvQt7fyjQ3MGX9S0wz0x0RQuLxCeoXF+s8EjGICG81/DYQGKN5qgO+0KVT12UAaRwUsGY6fulRcRg==",
        (
            File(
                "dist/govuk/govuk-frontend.min.css",
                VENDOR / "govuk-frontend/govuk-frontend.min.css",
                (unbranded,),
            ),
        ),
        licence=(VENDOR / "govuk-frontend/LICENSE.txt", MIT_OF_GOVUK),
    ),
    Package(
        "htmx.org",
        "2.0.11",
        "sha512-Thx/WtpeOQqSrqBCw/A1cwGJGg4UrVa3+sW0GmrM3p4gJgO89ecH4qtbnyzDDWFvBTqjnIMCgELTNt636dtamA==",
        (
            File("dist/htmx.min.js", VENDOR / "htmx/htmx.min.js"),
            File("LICENSE", VENDOR / "htmx/LICENSE"),
        ),
    ),
    Package(
        "accessible-autocomplete",
        "3.0.1",
        "sha512-xMshgc2LT5addvvfCTGzIkRrvhbOFeylFSnSMfS/PdjvvvElZkakCwxO3/yJYBWyi1hi3tZloqOJQ5kqqJtH4g==",
        (
            File(
                "dist/accessible-autocomplete.min.js",
                VENDOR / "accessible-autocomplete/accessible-autocomplete.min.js",
                (without_source_map,),
            ),
            File(
                "dist/accessible-autocomplete.min.css",
                VENDOR / "accessible-autocomplete/accessible-autocomplete.min.css",
                (without_source_map,),
            ),
            File("LICENSE.txt", VENDOR / "accessible-autocomplete/LICENSE.txt"),
        ),
    ),
    Package(
        "axe-core",
        "4.14.1",
        "sha512-FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==",
        (File("axe.min.js", Path("tests/browser/axe.min.js")),),  # its licence is named in its first lines
    ),
]


def fetch(package: Package) -> bytes:
    """The package's tarball. Raise CannotFetch when npm does not give it, CannotTrust when it is another one."""
    wanted = f"{package.name}@{package.version}"
    with tempfile.TemporaryDirectory(prefix="vendor-") as directory:
        # A tarball that npm still has from before is as good: the checksum decides.
        command = ["npm", "pack", wanted, "--ignore-scripts", "--prefer-offline", "--fetch-retries=1"]
        try:
            done = subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=300)
        except FileNotFoundError as error:
            raise CannotFetch("npm is not installed.") from error
        except subprocess.TimeoutExpired as error:
            raise CannotFetch(f"npm did not fetch {wanted} within five minutes.") from error
        tarballs = list(Path(directory).glob("*.tgz"))
        if done.returncode or len(tarballs) != 1:
            code = re.search(r"code (\w+)", done.stderr)
            reason = f" (npm says {code[1]})" if code else ""
            raise CannotFetch(f"npm cannot fetch {wanted}{reason}: is its registry reachable from here?")
        tarball = tarballs[0].read_bytes()
    found = "sha512-" + base64.b64encode(hashlib.sha512(tarball).digest()).decode()
    if found != package.integrity:
        raise CannotTrust(
            f"{wanted} is not the package that was pinned.\n  pinned {package.integrity}\n  found  {found}"
        )
    return tarball


def made(package: Package) -> dict[Path, bytes]:
    """What is to stand in the tree because of this package."""
    result = {}
    with tarfile.open(fileobj=io.BytesIO(fetch(package))) as archive:
        for file in package.files:
            member = archive.extractfile(f"package/{file.source}")
            assert member
            content = member.read()
            if file.patches:
                text = content.decode()
                for patch in file.patches:
                    text = patch(text)
                content = text.encode()
            _refuse_forbidden(file.target, content)
            result[file.target] = content
    if package.licence:
        path, words = package.licence
        result[path] = words.encode()
    return result


def _refuse_forbidden(path: Path, content: bytes) -> None:
    pattern = {".css": FORBIDDEN_STYLE, ".js": FORBIDDEN_SCRIPT}.get(path.suffix)
    found = pattern and pattern.search(content.decode())
    if found:
        raise CannotTrust(f"{path} would have {found[0]!r} in it.")


def differences(wanted: dict[Path, bytes]) -> list[str]:
    """One line for each file that is missing, changed, or not ours to have."""
    present = {path.relative_to(ROOT) for path in (ROOT / VENDOR).rglob("*") if path.is_file()}
    lines = [f"not made by this script: {path}" for path in present - wanted.keys()]
    for path, content in wanted.items():
        if not (ROOT / path).exists():
            lines.append(f"missing: {path}")
        elif (ROOT / path).read_bytes() != content:
            lines.append(f"differs: {path}")
    return sorted(lines)


def write(wanted: dict[Path, bytes]) -> None:
    """Make the tree say just this."""
    shutil.rmtree(ROOT / VENDOR, ignore_errors=True)
    for path, content in wanted.items():
        (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / path).write_bytes(content)


def main() -> int:
    """Write or compare; return the exit code."""
    parser = argparse.ArgumentParser(prog="python tools/vendor.py", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="compare and write nothing")
    options = parser.parse_args()
    wanted: dict[Path, bytes] = {}
    try:
        for package in PACKAGES:
            wanted |= made(package)
    except CannotFetch as error:
        print(f"Nothing was written or compared. {error}", file=sys.stderr)
        return 2
    except CannotTrust as error:
        print(f"Nothing was written or compared. {error}", file=sys.stderr)
        return 1
    if options.check:
        lines = differences(wanted)
        print("\n".join(lines) or f"{len(wanted)} files are what their packages make them.")
        return 1 if lines else 0
    write(wanted)
    print(f"{len(wanted)} files written.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
