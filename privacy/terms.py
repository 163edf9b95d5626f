"""Search terms: what a personal value is found by, and what somebody typed may mean.

A term is a kind letter, a colon and a folded value: `n:jones`, `i:s` (an initial; `i:ss` for two alike), `p:ll127dx`,
`o:ll12` (the outward half of a postcode), `t:01978354435`, `u:354435` (a phone's last six digits), `d:1938-02-13`,
`y:1938`, `q:ab123456c`.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from privacy.dates import london_today
from privacy.sealed import DoesNotOpen

LONGEST_QUERY = 200
MOST_TOKENS = 8

# HMRC's National Insurance Manual, NIM39110.
NINO = re.compile(
    r"\b(?!bg|gb|nk|kn|tn|nt|zz)([a-ceghj-prtw-z][a-ceghj-nprtw-z])[\s-]?(\d\d)[\s-]?(\d\d)[\s-]?(\d\d)[\s-]?([a-d])?\b",
    re.IGNORECASE,
)
# GOV.UK's published pattern, without the special GIR 0AA.
POSTCODE = re.compile(r"\b([a-z]{1,2}\d[a-z\d]?)\s*(\d[a-z]{2})\b", re.IGNORECASE)
OUTWARD = re.compile(r"^[a-z]{1,2}\d[a-z\d]?$")
PARTICLES = frozenset({"ap", "ab", "ferch", "verch"})

# What nobody sees and nobody types: soft hyphens, spaces and joiners of no width, byte order marks, marks of direction.
# (Joiners stay where other scripts and emoji need them.)
UNSEEN = re.compile(r"[\u00ad\u034f\u061c\u180e\u200b\u200e\u200f\u2060-\u2064\ufeff]|[\u200c\u200d](?![^\x00-\u024f])")
DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d", "-"))
# Dialled before a number to bring in Relay UK.
RELAY = ("18001", "18002")

# Names of months, English and Welsh, whole and short, as they are and as they sound after `o`, `yn` and `a`.
MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january ionawr ion",
            "feb february chwefror chwef chwe chw",
            "mar march mawrth maw fawrth faw",
            "apr april ebrill ebr",
            "may mai fai",
            "jun june mehefin meh fehefin feh",
            "jul july gorffennaf gorff gor orffennaf orff ngorffennaf ngorff",
            "aug august awst",
            "sep sept september medi fedi",
            "oct october hydref hyd",
            "nov november tachwedd tach dachwedd dach nhachwedd nhach thachwedd thach",
            "dec december rhagfyr rhag ragfyr rag",
        ),
        start=1,
    )
    for name in names.split()
}
_DATES = (
    re.compile(r"\b(?P<y>\d{4})(?P<by>[-/.])(?P<m>\d{1,2})(?P=by)(?P<d>\d{1,2})\b"),
    re.compile(
        r"\b(?P<d>\d{1,2})(?:st|nd|rd|th|af|ail|il|ydd|fed|ed|eg|ain)?[/.\-\s]*(?:(?:of?|yng?|ym)\s+)?(?:[fm]is\s+)?"
        r"(?P<m>[a-z]{3,11})[/.\-\s,]*(?P<y>\d{4}|\d{2})\b"
    ),
    re.compile(r"\b(?P<d>\d{1,2})\s*[/.\-\s]\s*(?P<m>\d{1,2})\s*[/.\-\s]\s*(?P<y>\d{4}|\d{2})\b"),
    re.compile(r"\b(?P<d>\d{2})(?P<m>\d{2})(?P<y>(?:19|20)\d{2})\b"),
)
_PHONE = re.compile(r"\+?\(?\d[\d\s().-]{4,}\d")
_EXTENSION = re.compile(r"\s*(?:x|ext|estyniad|est)\.?\s*\d{1,6}\s*$", re.IGNORECASE)


def fold(text: str) -> str:
    """Lower case without accents or apostrophes: `Siân O’Neill` is `sian oneill`."""
    seen = UNSEEN.sub("", text)
    plain = unicodedata.normalize("NFKD", seen.casefold().replace("ł", "l").replace("ø", "o"))
    return "".join(letter for letter in plain if not unicodedata.combining(letter) and letter not in "'’‘`´")


def words(text: str) -> list[str]:
    """The folded words of a name; hyphens part words, patronymic particles are left out."""
    found = re.findall(r"[^\W\d_]+", fold(text))
    return [word for word in found if word not in PARTICLES] or found


def phone_digits(text: str) -> str:
    """The digits of a telephone number as dialled inside the country."""
    number = _EXTENSION.sub("", unicodedata.normalize("NFKC", text)).replace("(0)", "")
    digits = re.sub(r"\D", "", number)
    if digits.startswith(RELAY) and len(digits) > 10:
        digits = digits[5:]
    for prefix in ("0044", "44"):
        if digits.startswith(prefix) and len(digits) > 10:
            return "0" + digits[len(prefix) :].removeprefix("0")
    return digits


def parse_date(text: str, *, nearest: bool = False) -> dt.date | None:
    """A date in one of the usual spellings, day first; English or Welsh months; None if it is none.

    Two digits of a year mean the latest such day that is not to come, or with `nearest` the one nearest to today.
    """
    match = find_date(fold(text.strip()), nearest=nearest)
    return match[0] if match and match[1] == (0, len(fold(text.strip()))) else None


def find_date(text: str, *, nearest: bool = False) -> tuple[dt.date, tuple[int, int]] | None:
    """The first date in folded text, with its place; a year of two digits is read as by `parse_date`."""
    for pattern in _DATES:
        for match in pattern.finditer(text):
            month = int(match["m"]) if match["m"].isdigit() else MONTHS.get(match["m"])
            if month is None:
                continue
            try:
                if len(match["y"]) == 2:
                    return _near_day(int(match["y"]), month, int(match["d"]), nearest=nearest), match.span()
                return dt.date(int(match["y"]), month, int(match["d"])), match.span()
            except ValueError:
                continue
    return None


def _near_day(short_year: int, month: int, day: int, *, nearest: bool) -> dt.date:
    """The day that a year of two digits means; raises ValueError when there is none such."""
    today = london_today()
    century = today.year // 100 * 100
    days = []
    for year in (century - 100 + short_year, century + short_year, century + 100 + short_year):
        with suppress(ValueError):  # 29 February is in one century and not in another
            days.append(dt.date(year, month, day))
    return min((found for found in days if nearest or found <= today), key=lambda found: abs(found - today))


def name_terms(value: str) -> set[str]:
    """Each word of a name."""
    return {f"n:{word}" for word in words(value)}


def initial_terms(names: set[str]) -> set[str]:
    """The first letters of a person's name words, repeated as often as words begin so.

    `j jones` asks for two words with J (`i:jj`), else every Jones would be meant.
    """
    letters = Counter(word[0] for word in names)
    return {f"i:{letter * times}" for letter, most in letters.items() for times in range(1, most + 1)}


def postcode_terms(value: str) -> set[str]:
    """The postcode, and its outward half."""
    match = POSTCODE.search(value.strip())
    return {f"p:{(match[1] + match[2]).lower()}", f"o:{match[1].lower()}"} if match else set()


def phone_terms(value: str) -> set[str]:
    """The number, and its last six digits, as people say a local number."""
    digits = phone_digits(value)
    return {f"t:{digits}", f"u:{digits[-6:]}"} if len(digits) >= 6 else set()


def date_terms(value: dt.date) -> set[str]:
    """The date, and its year."""
    return {f"d:{value.isoformat()}", f"y:{value.year}"}


def nino_terms(value: str) -> set[str]:
    """The number, with and without its suffix letter."""
    solid = re.sub(r"\s", "", value.lower())
    return {f"q:{solid}", f"q:{solid[:8]}"}


KINDS: dict[str, Callable[[Any], set[str]]] = {
    "name": name_terms,
    "postcode": postcode_terms,
    "phone": phone_terms,
    "date": date_terms,
    "nino": nino_terms,
}


def terms_of(record: Any) -> set[str]:
    """Every term by which `record` is found, by its policy."""
    found: set[str] = set()
    for name, kind in record.data_policy.search.items():
        with suppress(DoesNotOpen):  # it is shown as such; it must not keep the rest of the record from being found
            if value := getattr(record, name):
                found |= KINDS[kind](value)
    return found | initial_terms({term[2:] for term in found if term.startswith("n:")})


@dataclass(frozen=True)
class Query:
    """What somebody typed: exact terms that must all be there, and name words that may be misspelt."""

    terms: tuple[str, ...]
    names: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.terms or self.names)


def parse(text: str) -> Query:
    """Read a search box. Numbers and dates are recognised by their shape, everything else is a name."""
    rest = fold(unicodedata.normalize("NFKC", text[:LONGEST_QUERY].translate(DASHES)))
    terms: list[str] = []

    def take(span: tuple[int, int], term: str) -> None:
        nonlocal rest
        terms.append(term)
        rest = f"{rest[: span[0]]} {rest[span[1] :]}"

    if match := NINO.search(rest):
        take(match.span(), "q:" + "".join(group or "" for group in match.groups()))
    while match := POSTCODE.search(rest):
        take(match.span(), "p:" + match[1] + match[2])
    for match in _PHONE.finditer(rest):  # a whole number goes before dates, which its groups may look like
        digits = phone_digits(match[0])
        if digits.startswith("0") and len(digits) in (10, 11):
            take(match.span(), f"t:{digits}")
            break
    if found := find_date(rest):
        take(found[1], f"d:{found[0].isoformat()}")
    if match := _PHONE.search(rest):
        digits = phone_digits(match[0])
        take(match.span(), f"t:{digits}" if len(digits) > 8 else f"u:{digits[-6:]}")
    rest = _EXTENSION.sub(" ", rest)
    names: list[str] = []
    for word in re.findall(r"[^\W_]+", rest):
        if OUTWARD.match(word):
            terms.append(f"o:{word}")
        elif re.fullmatch(r"(19|20)\d\d", word):
            terms.append(f"y:{word}")
        elif word.isalpha():
            names.append(word)
    names = [word for word in names if word not in PARTICLES] or names
    begun = Counter(word[0] for word in names)
    terms += [f"i:{word * begun[word]}" for word in names if len(word) == 1]
    names = [word for word in names if len(word) > 1]
    return Query(tuple(dict.fromkeys(terms))[:MOST_TOKENS], tuple(dict.fromkeys(names))[:MOST_TOKENS])


@cache
def _variants() -> dict[str, frozenset[str]]:
    groups: dict[str, set[str]] = {}
    for line in (Path(__file__).parent / "variants.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            group = set(line.split())
            for word in group:
                groups.setdefault(word, set()).update(group)
    return {word: frozenset(group) for word, group in groups.items()}


def variants(word: str) -> frozenset[str]:
    """The other spellings of a folded name word, itself included."""
    return _variants().get(word, frozenset()) | {word}


def slips(a: str, b: str, limit: int = 2) -> int:
    """How many typing slips part two words: a letter left out, put in, changed, or two neighbours swapped.

    Optimal string alignment distance (Damerau 1964), cut off above `limit`.
    """
    if abs(len(a) - len(b)) > limit:
        return limit + 1
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, letter in enumerate(a, start=1):
        before, above, row = row, before, [i]
        for j, other in enumerate(b, start=1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == b[j - 2] and a[i - 2] == other:
                cost = min(cost, above[j - 2] + 1)
            row.append(cost)
        if min(row) > limit:
            return limit + 1
    return min(row[-1], limit + 1)
