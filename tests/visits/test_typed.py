"""A new customer begins with what was typed to find them."""

from __future__ import annotations

import datetime as dt

import pytest

from visits.typed import details_of


@pytest.mark.parametrize(
    ("typed", "given", "family"),
    [
        ("Siân O'Neill", "Siân", "O'Neill"),
        ("Rhys ap Gwilym", "Rhys", "ap Gwilym"),
        ("Macsen Jones-Hughes", "Macsen", "Jones-Hughes"),
        ("Ann-Marie McDonald", "Ann-Marie", "McDonald"),
        ("Jones, Siân", "Siân", "Jones"),
        ("Jones , Siân Mair", "Siân Mair", "Jones"),
        ("siân o'neill", "Siân", "O'Neill"),
        ("rhys ap gwilym", "Rhys", "ap Gwilym"),
        ("macsen jones-hughes", "Macsen", "Jones-Hughes"),
        ("Elin van der Berg", "Elin", "van der Berg"),
        ("Siân Mair Jones", "Siân Mair", "Jones"),
        ("jones", "", "Jones"),
        ("ap Rhys", "", "ap Rhys"),
        ("  ", "", ""),
        ("Si\u00adân\u200b Jones", "Siân", "Jones"),
    ],
)
def test_name_is_taken_as_it_was_typed(typed, given, family):
    found = details_of(typed)

    assert (found.get("given_names", ""), found.get("family_name", "")) == (given, family)


@pytest.mark.parametrize(
    ("typed", "details"),
    [
        ("LL13 8BG", {"postcode": "LL13 8BG"}),
        ("ll138bg", {"postcode": "LL13 8BG"}),
        ("01978 292000", {"phone": "01978 292000"}),
        ("01978–292000", {"phone": "01978-292000"}),
        ("+44 1978 292000", {"phone": "+44 1978 292000"}),
        ("01978 2920", {}),
        ("13/2/1938", {"born_on": dt.date(1938, 2, 13)}),
        ("1af o Fai 1961", {"born_on": dt.date(1961, 5, 1)}),
        ("AB 12 34 56 C", {"national_insurance_number": "AB123456C"}),
        ("Siân Jones LL13 8BG", {"given_names": "Siân", "family_name": "Jones", "postcode": "LL13 8BG"}),
        ("Jones 13 Feb 1938", {"family_name": "Jones", "born_on": dt.date(1938, 2, 13)}),
        (
            "Siân O'Neill 13/2/1938 01978 292000",
            {"given_names": "Siân", "family_name": "O'Neill", "born_on": dt.date(1938, 2, 13), "phone": "01978 292000"},
        ),
    ],
)
def test_numbers_and_dates_go_to_fields_of_their_own(typed, details):
    assert details_of(typed) == details
