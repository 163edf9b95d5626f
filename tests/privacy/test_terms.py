"""Search terms: what somebody typed may mean, and what a record is found by."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from privacy import terms
from privacy.policy import Policy
from privacy.terms import LONGEST_QUERY, MOST_TOKENS, Query, fold, parse, parse_date, phone_digits, slips, variants

BIRTHDAY = dt.date(1938, 2, 13)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Siân", "sian"),
        ("JONES", "jones"),
        ("Llŷr Ŵyn", "llyr wyn"),
        ("O’Neill", "oneill"),
        ("O'Neill", "oneill"),
        ("d`Arcy", "darcy"),
        ("Łukasz Wójcik", "lukasz wojcik"),
        ("Søren", "soren"),
        ("Weiß", "weiss"),
        ("İpek", "ipek"),
        ("ﬁona", "fiona"),
        ("Sia\u0302n", "sian"),
        ("Nguyễn", "nguyen"),
        ("محمد", "محمد"),
        ("", ""),
    ],
)
def test_fold_leaves_out_case_accents_and_apostrophes(text, folded):
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Siân Mair", ["sian", "mair"]),
        ("Jones-Smith", ["jones", "smith"]),
        ("Llŷr ap Rhys", ["llyr", "rhys"]),
        ("Mair ferch Dafydd", ["mair", "dafydd"]),
        ("Ap", ["ap"]),
        ("O’Neill, P.", ["oneill", "p"]),
        ("  ", []),
        ("12", []),
        ("😀", []),
    ],
)
def test_words_of_a_name(name, words):
    assert terms.words(name) == words


@pytest.mark.parametrize(
    ("typed", "digits"),
    [
        ("01978 354435", "01978354435"),
        ("(01978) 354-435", "01978354435"),
        ("+44 1978 354435", "01978354435"),
        ("+44 (0)1978 354435", "01978354435"),
        ("+44 01978 354435", "01978354435"),
        ("0044 1978 354435", "01978354435"),
        ("44 7700 900123", "07700900123"),
        ("07700 900123", "07700900123"),
        ("354435", "354435"),
        ("440012", "440012"),
        ("+1 212 555 0100", "12125550100"),
        ("０１９７８ ３５４４３５", "01978354435"),
        ("", ""),
        ("01978 354435 ext 12", "01978354435"),
    ],
)
def test_phone_digits_as_dialled_inside_the_country(typed, digits):
    assert phone_digits(typed) == digits


PARSED = [
    ("Siân JONES", (), ("sian", "jones")),
    ("jones, siân mair", (), ("jones", "sian", "mair")),
    ("Jones-Smith", (), ("jones", "smith")),
    ("O’Neill", (), ("oneill",)),
    ("Llŷr ap Rhys", (), ("llyr", "rhys")),
    ("ap", (), ("ap",)),
    ("S. Jones", ("i:s",), ("jones",)),
    ("jones jones", (), ("jones",)),
    ("j jones", ("i:jj",), ("jones",)),
    ("m j jones", ("i:m", "i:jj"), ("jones",)),
    ("LL12 7DX", ("p:ll127dx",), ()),
    ("ll127dx", ("p:ll127dx",), ()),
    ("jones ll12", ("o:ll12",), ("jones",)),
    ("jones 1938", ("y:1938",), ("jones",)),
    ("jones 13/2/1938", ("d:1938-02-13",), ("jones",)),
    ("13 chwefror 1938", ("d:1938-02-13",), ()),
    ("01978 354435", ("t:01978354435",), ()),
    ("+44 (0)1978 354435", ("t:01978354435",), ()),
    ("354 435", ("u:354435",), ()),
    ("ab 12 34 56 c", ("q:ab123456c",), ()),
    ("AB123456", ("q:ab123456",), ()),
    (
        "13 feb 1938 ll12 7dx sian jones 01978 354435 AB123456C",
        ("q:ab123456c", "p:ll127dx", "t:01978354435", "d:1938-02-13"),
        ("sian", "jones"),
    ),
    ("", (), ()),
    ("\x00", (), ()),
    ("(((", (), ()),
    ("01978 05 04 35", ("t:01978050435",), ()),
    ("01978 12 3 38", ("t:0197812338",), ()),
    ("016977 2234", ("t:0169772234",), ()),
    ("AB-12-34-56-C", ("q:ab123456c",), ()),
]


@pytest.mark.parametrize(("typed", "exact", "names"), PARSED)
def test_parse_knows_each_thing_by_its_shape(typed, exact, names):
    assert parse(typed) == Query(exact, names)


@given(text=st.text())
@example("٣/٤/١٩٥٠ ٠١٩٧٨ ٣٥٤٤٣٥")
@example("²³¹ ①②③④⑤⑥")
@example("A" * 100_000)
@example("1" * 100_000)
@example("( " * 5_000)
def test_parse_of_any_text_is_answered_and_bounded(text):
    query = parse(text)

    assert len(query.terms) <= MOST_TOKENS
    assert len(query.names) <= MOST_TOKENS
    assert all(term[1] == ":" and term[0] in "qpodytui" for term in query.terms)
    assert bool(query) == bool(query.terms or query.names)


@given(text=st.text())
def test_parse_date_and_phone_digits_of_any_text_are_answered(text):
    assert parse_date(text) is None or isinstance(parse_date(text), dt.date)
    assert all(digit.isdigit() for digit in phone_digits(text))


def test_parse_reads_no_further_than_the_longest_query():
    assert parse("x" * LONGEST_QUERY + " jones").names == ("x" * LONGEST_QUERY,)


@pytest.mark.parametrize(
    ("a", "b", "number"),
    [
        ("jones", "jones", 0),
        ("jones", "joens", 1),
        ("jones", "jone", 1),
        ("jones", "jonnes", 1),
        ("jones", "janes", 1),
        ("jones", "jnoes", 1),
        ("prydderch", "prytherch", 2),
        ("jones", "smith", 3),
        ("jones", "jonesabcd", 3),
        ("", "ab", 2),
        ("ca", "abc", 3),
    ],
)
def test_slips_part_two_words(a, b, number):
    assert slips(a, b) == slips(b, a) == number


@given(a=st.text("abc", max_size=6), b=st.text("abc", max_size=6), c=st.text("abc", max_size=6))
def test_slips_are_none_for_equals_only_and_alike_in_both_directions(a, b, c):
    assert (slips(a, b) == 0) == (a == b)
    assert slips(a, b) == slips(b, a)
    assert slips(c + a, c + b, limit=20) <= slips(a, b, limit=20)


def test_variants_hold_the_word_itself_and_work_both_ways():
    assert {"davies", "davis", "dafis"} <= variants("davies")
    assert "davies" in variants("dafis")
    assert variants("zyxwfamily") == {"zyxwfamily"}


def test_terms_of_a_record_are_everything_its_policy_searches_by():
    search = {"name": "name", "code": "postcode", "phone": "phone", "born": "date", "nino": "nino", "empty": "name"}
    record = SimpleNamespace(
        data_policy=Policy("made_up", holds={}, search=search),
        name="Siân ap Rhys-Jones",
        code="LL12 7DX",
        phone="+44 1978 354435",
        born=BIRTHDAY,
        nino="AB123456C",
        empty="",
        unsearched="Secret",
    )

    assert terms.terms_of(record) == {
        *("n:sian", "n:rhys", "n:jones", "i:s", "i:r", "i:j", "p:ll127dx", "o:ll12", "t:01978354435", "u:354435"),
        *("d:1938-02-13", "y:1938", "q:ab123456c", "q:ab123456"),
    }


def test_terms_of_two_words_that_begin_alike_answer_to_one_initial_or_two():
    record = SimpleNamespace(data_policy=Policy("made_up", holds={}, search={"name": "name"}), name="Jane Ann Jones")

    assert {term for term in terms.terms_of(record) if term.startswith("i:")} == {"i:j", "i:jj", "i:a"}


@pytest.mark.parametrize(("kind", "value"), [("postcode", "WREXHAM"), ("phone", "12"), ("name", "123")])
def test_terms_of_what_is_none_are_none(kind, value):
    assert terms.KINDS[kind](value) == set()


def test_number_of_ten_digits_is_taken_whole_before_what_looks_like_a_date_in_it():
    assert parse("01 12 1966 12").terms == ("t:0112196612",)
