"""What may be typed at the desk, at each limit and one past it."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django import forms as django_forms
from django.core.exceptions import ValidationError

from drafts.pages import FORMS
from govuk.fields import TextField
from privacy.dates import london_today
from services.fields import forget_catalogue
from services.models import LegalBasis
from tests import factories
from visits.fields import DateOfBirthField, NinoField
from visits.forms import AmendForm, CloseForm, CustomerForm, EnquiryForm, HandOverForm, enquiry_content
from visits.models import Enquiry, Language, Outcome
from visits.pages import COUNTER, CUSTOMER, NEW_CUSTOMER

KNOWN = ["family_name", "given_names", "phone", "other_phone", "email", "national_insurance_number"]
POSSIBLE = {
    "family_name": "Jones",
    "given_names": "Siân",
    "born_on": "13/2/1938",
    "national_insurance_number": "AB123456C",
    "address": "7 Lord Street",
    "postcode": "LL11 1AY",
    "phone": "01978 292000",
    "other_phone": "07700 900123",
    "email": "sian@example.org",
    "language": "cy",
}


# --- customers --------------------------------------------------------------------------------------------------------


def test_every_field_of_a_customer_has_a_possible_value():
    assert POSSIBLE.keys() == CustomerForm.base_fields.keys()


@pytest.mark.parametrize("name", POSSIBLE)
def test_customer_is_known_by_a_name_a_number_or_an_address_and_by_nothing_else(name):
    form = CustomerForm({name: POSSIBLE[name]})

    assert form.is_valid() == (name in KNOWN)
    if name not in KNOWN:
        assert "Type at least a name" in form.errors["family_name"][0]


def test_customer_of_everything_else_together_is_nobody():
    assert not CustomerForm({name: value for name, value in POSSIBLE.items() if name not in KNOWN}).is_valid()


# 23:30 UTC in June is the next day at the desk.
MOMENTS = ["2026-11-26T12:00Z", "2026-06-30T23:30Z"]


@pytest.mark.parametrize("moment", MOMENTS)
def test_date_of_birth_of_today_is_possible_and_tomorrows_is_not(moment):
    with time_machine.travel(moment):
        today = london_today()
        assert DateOfBirthField().clean(f"{today:%d/%m/%Y}") == today
        with pytest.raises(ValidationError, match="cannot be in the future"):
            DateOfBirthField().clean(f"{today + dt.timedelta(days=1):%d/%m/%Y}")


def test_june_night_is_the_next_day():
    with time_machine.travel(MOMENTS[1]):
        assert DateOfBirthField().clean("1/7/2026") == dt.date(2026, 7, 1)


@time_machine.travel("2026-11-26T12:00Z")
def test_date_of_birth_of_125_years_ago_is_possible_and_the_year_before_is_not():
    assert DateOfBirthField().clean("1/1/1901") == dt.date(1901, 1, 1)
    with pytest.raises(ValidationError, match="more than 125 years ago"):
        DateOfBirthField().clean("31/12/1900")


@time_machine.travel("2026-11-26T12:00Z")
def test_date_of_birth_with_two_digits_is_never_in_the_future():
    assert DateOfBirthField().clean("1/12/26") == dt.date(1926, 12, 1)
    assert DateOfBirthField().clean("1/11/26") == dt.date(2026, 11, 1)


def test_date_of_birth_may_be_left_empty():
    assert DateOfBirthField(required=False).clean("") is None


@pytest.mark.parametrize("typed", ["AB123456C", "ab 12 34 56 c", "AB-12-34-56-C"])
def test_national_insurance_number_is_nine_characters(typed):
    assert NinoField().clean(typed) == "AB123456C"


@pytest.mark.parametrize(
    "typed", ["AB123456", "AB12345C", "AB1234567C", "AB123456CC", "AB123456E", "DA123456C", "QQ123456C", "GB123456C"]
)
def test_national_insurance_number_that_nobody_has_is_refused(typed):
    with pytest.raises(ValidationError, match=r"two letters, six digits and a letter|has these letters"):
        NinoField().clean(typed)


# --- every form -------------------------------------------------------------------------------------------------------

TYPED = [
    pytest.param(form, name, id=f"{form.__name__}.{name}")
    for form in FORMS
    for name, field in form.base_fields.items()
    if isinstance(field.widget, django_forms.TextInput | django_forms.Textarea | django_forms.EmailInput)
]


@pytest.mark.parametrize(("form", "name"), TYPED)
def test_what_one_customer_typed_is_not_offered_to_the_next(form, name):
    assert form.base_fields[name].widget.attrs["autocomplete"] == "off"


@pytest.mark.parametrize(("form", "name"), TYPED)
def test_longest_text_is_taken_and_one_more_character_is_refused_and_not_cut(form, name):
    field = form.base_fields[name]
    assert "maxlength" not in field.widget.attrs
    if type(field) is not TextField:
        return  # its shape says how long it can be

    assert field.clean("x" * field.max_length) == "x" * field.max_length
    with pytest.raises(ValidationError, match=f"at most {field.max_length} characters"):
        field.clean("x" * (field.max_length + 1))


@pytest.mark.parametrize(
    ("form", "name", "length"),
    [
        (EnquiryForm, "narrative", 20_000),
        (CloseForm, "text", 20_000),
        (HandOverForm, "text", 20_000),
        (AmendForm, "text", 20_000),
        (EnquiryForm, "summary", 200),
        (EnquiryForm, "caller_name", 200),
        (CustomerForm, "family_name", 100),
        (CustomerForm, "address", 300),
    ],
)
def test_limits_are_those_of_the_columns(form, name, length):
    assert form.base_fields[name].max_length == form.Meta.model._meta.get_field(name).max_length == length


def test_some_fields_are_typed():
    assert len(TYPED) > 12


# --- enquiries --------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("outcome", Outcome)
def test_enquiry_is_closed_as_anything_but_open(outcome):
    form = CloseForm({"outcome": outcome})

    assert form.is_valid() == (outcome != Outcome.OPEN)
    assert "open" not in dict(CloseForm.base_fields["outcome"].choices)


def about(service=None, topic=None) -> bool:
    form = EnquiryForm(
        {"about": f"t:{topic.code}" if topic else f"s:{service.code}", "outcome": "resolved", "source": "self"}
        | {"channel": "walk_in"}
    )
    return form.is_valid()


@pytest.mark.django_db
def test_service_that_is_out_of_use_is_neither_offered_nor_taken():
    used, idle = factories.make_service(), factories.make_service(is_active=False)
    topics = [factories.make_topic(used), factories.make_topic(used, is_active=False), factories.make_topic(idle)]
    forget_catalogue()
    shown = str(EnquiryForm())

    assert [about(service) for service in (used, idle)] == [True, False]
    assert [about(topic=topic) for topic in topics] == [True, False, False]
    assert [f"s:{service.code}" in shown for service in (used, idle)] == [True, False]
    assert [f"t:{topic.code}" in shown for topic in topics] == [True, False, False]
    assert CloseForm({"outcome": "referred", "referred_to": used.code}).is_valid()
    assert not CloseForm({"outcome": "referred", "referred_to": idle.code}).is_valid()


# --- an enquiry that is taken back ------------------------------------------------------------------------------------

EVERYTHING = {
    "caller_name": "Siân",
    "source": "organisation",
    "source_name": "A charity",
    "on_behalf": "carer",
    "authority_seen": "written",
    "legal_basis": LegalBasis.LEGAL_OBLIGATION,
    "channel": "booked",
    "summary": "sum",
    "narrative": "said",
    "outcome": "referred",
    "language_offered": False,
    "language_chosen": Language.WELSH,
    "language_served": Language.ENGLISH,
}


def again(enquiry: Enquiry) -> dict:
    """What the form makes of an enquiry that became a draft again."""
    usual = {name: field.initial for name, field in EnquiryForm.base_fields.items() if field.initial}
    form = EnquiryForm(usual | enquiry_content(enquiry, COUNTER))
    assert form.is_valid(), form.errors
    return form.cleaned_data


@pytest.mark.django_db
def test_enquiry_that_is_taken_back_says_everything_again(adviser):
    topic = factories.make_topic()
    given = EVERYTHING | {"service": topic.service, "topic": topic, "referred_to": factories.make_service()}
    enquiry = factories.make_enquiry(by=adviser, **given)
    assert enquiry.legal_basis != topic.service.legal_basis

    assert again(Enquiry.objects.get()) == given | {"came_today": None}


@pytest.mark.django_db
def test_enquiry_of_the_usual_choices_that_is_taken_back_says_them_again(adviser):
    enquiry = factories.make_enquiry(by=adviser, summary="sum")

    typed = enquiry_content(enquiry, COUNTER)

    assert typed == {"about": f"s:{enquiry.service.code}", "summary": "sum"}
    assert again(enquiry)["legal_basis"] == enquiry.service.legal_basis
    assert again(enquiry)["language_offered"] is True


def test_every_field_of_an_enquiry_is_in_the_test_above():
    assert EVERYTHING.keys() | {"about", "referred_to", "came"} == EnquiryForm.base_fields.keys()


def test_new_customer_page_has_both_forms():
    assert set(NEW_CUSTOMER.forms()) == {CustomerForm, EnquiryForm}
    assert CUSTOMER.forms() == COUNTER.forms() == [EnquiryForm]
