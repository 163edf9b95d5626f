"""What advisers type into the search box when a certain person stands before them: made from known people."""

from __future__ import annotations

import datetime as dt
import random
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

# Of whom more bear the same names, an adviser asks for more than the name: a list shows ten.
MOST_ALIKE = 10
# A list of its own, not the product's: what people write for each other's names in Wales.
SPELLINGS = """
davies davis, evans ifans, hughes huws, rees rhys, price prys, lloyd llwyd, griffiths gruffydd, morris morus, pugh puw,
parry pari, phillips philips, howell howells, thomas tomos, owen owain, roberts robert, williams william, john sion,
catherine catrin, catherine kathryn, stephen steffan, stephen steven, hugh huw, david dafydd, philip phillip, ann anne,
sian shan, william gwilym, margaret marged, elizabeth elisabeth, gareth garath, lynne lynn, wynne wyn, michael mihangel,
peter pedr, mary mair, susan siwsan, ieuan iwan, iwan ifan, sarah sara, rachel rachael, meghan megan, ffion fion,
carys cerys, glyn glynn, rhiannon rhianon, geraint gerant, dylan dilan, llinos linos, nerys neris, bryn brynn
"""
NEIGHBOURS = {
    letter: (row[:i] + row[i + 1 :])[max(0, i - 1) : i + 1]
    for row in ("qwertyuiop", "asdfghjkl", "zxcvbnm")
    for i, letter in enumerate(row)
}


@dataclass(frozen=True)
class Known:
    """What is known of one customer."""

    reference: str
    family_name: str
    given_names: str
    born_on: dt.date | None
    postcode: str


@dataclass(frozen=True)
class Typed:
    """One search: what is typed, the names in it as typed, and the customer whom it seeks."""

    kind: str
    text: str
    names: str
    sought: str


def plain(text: str) -> str:
    """Small letters without accents or apostrophes."""
    letters = unicodedata.normalize("NFKD", text.lower().replace("ł", "l").replace("ø", "o"))
    return "".join(letter for letter in letters if not unicodedata.combining(letter) and letter not in "'’")


def make_queries(people: Sequence[Known], *, count: int, seed: int) -> list[Typed]:
    """`count` searches, as many of each kind, or fewer if too few people allow one; the same for the same people."""
    rng = random.Random(seed)
    alike = Bearers(people)
    made = []
    kinds = list(KINDS.items())
    for i, (kind, make) in enumerate(kinds):
        wanted = count * (i + 1) // len(kinds) - count * i // len(kinds)
        for person in rng.sample(people, len(people)):
            if not wanted:
                break
            if typed := make(person, alike, rng):
                names, more = typed
                text = " ".join(part for part in (names, more) if part)
                made.append(Typed(kind, text.lower() if rng.random() < 0.6 else text, names, person.reference))
                wanted -= 1
    return made


class Bearers:
    """How many people bear a family name with a given name or an initial, born in a certain year or ever."""

    def __init__(self, people: Iterable[Known]) -> None:
        self._numbers: Counter[tuple[str, str, int]] = Counter()
        for person in people:
            family = plain(person.family_name)
            for given in given_words(person):
                for name in (given, given[0]):
                    self._numbers[family, name, 0] += 1
                    if person.born_on:
                        self._numbers[family, name, person.born_on.year] += 1

    def number(self, person: Known, given: str, *, year: int = 0) -> int:
        """Of how many people `given` with the family name of `person` speaks."""
        return self._numbers[plain(person.family_name), given, year]

    def tell_apart(self, person: Known, given: str, rng: random.Random) -> str | None:
        """What an adviser adds to the name: nothing, postcode, date or year; None if it takes more than is known."""
        if self.number(person, given) <= MOST_ALIKE:
            return ""
        ways = []
        if person.postcode:
            ways.append(spell_postcode(person.postcode, rng))
        if person.born_on:
            ways.append(spell_date(person.born_on, rng))
            if self.number(person, given, year=person.born_on.year) <= MOST_ALIKE:
                ways.append(str(person.born_on.year))
        return rng.choice(ways) if ways else None


def given_words(person: Known) -> list[str]:
    """The given names, one by one, plain."""
    return plain(person.given_names).replace("-", " ").split()


def spell_date(day: dt.date, rng: random.Random) -> str:
    """A date in one of the usual spellings."""
    spellings = [f"{day.day}/{day.month}/{day.year}", f"{day:%d.%m.%y}", f"{day:%d %b %Y}", f"{day.isoformat()}"]
    if day.year < 1930:  # of two digits, nobody can tell the century
        del spellings[1]
    return rng.choice(spellings)


def spell_postcode(postcode: str, rng: random.Random) -> str:
    """A postcode with its space or without."""
    return rng.choice([postcode, postcode.replace(" ", "")])


def slip(word: str, rng: random.Random) -> str:
    """`word` with one typing slip. First letters are seldom wrong (Pollock and Zamora 1984), so here never."""
    while True:
        at = rng.randrange(1, len(word))
        letter = word[at]
        made = rng.choice(
            [
                word[:at] + word[at + 1 :],
                word[:at] + letter + word[at:],
                word[:at] + rng.choice(NEIGHBOURS.get(letter.lower(), "e")) + word[at + 1 :],
                word[: at - 1] + letter + word[at - 1] + word[at + 1 :] if at > 1 else word,
            ]
        )
        if made != word:
            return made


def respelt(word: str, rng: random.Random) -> str:
    """Another spelling of a plain name word, or nothing."""
    others = []
    for pair in SPELLINGS.replace(",", "\n").split("\n"):
        if word in pair.split():
            others += [other for other in pair.split() if other != word]
    return rng.choice(others).title() if others else ""


# --- the kinds: each gives the names and what is added to them, or None for a person whom it does not suit -----------
Made = tuple[str, str] | None


def _first_given(person: Known) -> str:
    return person.given_names.split()[0] if person.given_names.strip() else ""


def _with_more(person: Known, names: str, given: str, alike: Bearers, rng: random.Random) -> Made:
    more = alike.tell_apart(person, plain(given).replace("-", " ").split()[0], rng)
    return None if more is None else (names, more)


def _as_written(person: Known, alike: Bearers, rng: random.Random) -> Made:
    given = _first_given(person)
    if not (given and person.family_name):
        return None
    return _with_more(person, f"{given} {person.family_name}", given, alike, rng)


def _family_first(person: Known, alike: Bearers, rng: random.Random) -> Made:
    given = _first_given(person)
    if not (given and person.family_name):
        return None
    return _with_more(person, f"{person.family_name} {given}", given, alike, rng)


def _slipped(person: Known, alike: Bearers, rng: random.Random) -> Made:
    given = _first_given(person)
    typed = [given, person.family_name]
    long = [i for i, word in enumerate(typed) if len(word) > 3]
    if not (given and person.family_name and long):
        return None
    at = rng.choice(long)
    typed[at] = slip(typed[at], rng)
    return _with_more(person, " ".join(typed), given, alike, rng)


def _initial(person: Known, alike: Bearers, rng: random.Random) -> Made:
    given = _first_given(person)
    if not (given and person.family_name):
        return None
    return _with_more(person, f"{given[0]} {person.family_name}", given[0], alike, rng)


def _respelt(person: Known, alike: Bearers, rng: random.Random) -> Made:
    given = _first_given(person)
    other_family, other_given = respelt(plain(person.family_name), rng), respelt(plain(given), rng)
    if not (given and person.family_name and (other_family or other_given)):
        return None
    if other_family and other_given:  # one of the two
        other_family, other_given = rng.choice([(other_family, ""), ("", other_given)])
    return _with_more(person, f"{other_given or given} {other_family or person.family_name}", given, alike, rng)


def _accents_left_out(person: Known, alike: Bearers, rng: random.Random) -> Made:
    given = _first_given(person)
    names = f"{given} {person.family_name}"
    if not (given and person.family_name) or plain(names) == names.lower():
        return None
    return _with_more(person, plain(names), given, alike, rng)


def _postcode(person: Known, alike: Bearers, rng: random.Random) -> Made:
    if not (person.family_name and person.postcode):
        return None
    return person.family_name, spell_postcode(person.postcode, rng)


def _born(person: Known, alike: Bearers, rng: random.Random) -> Made:
    if not (person.family_name and person.born_on):
        return None
    return person.family_name, spell_date(person.born_on, rng)


KINDS: dict[str, Callable[[Known, Bearers, random.Random], Made]] = {
    "as written": _as_written,
    "family name first": _family_first,
    "typing slip": _slipped,
    "initial": _initial,
    "other spelling": _respelt,
    "accents left out": _accents_left_out,
    "postcode": _postcode,
    "date of birth": _born,
}
