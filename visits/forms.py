"""What may be typed at the desk."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from drafts.forms import SubmissionForm
from drafts.pages import DraftedForm, PageKind, draft_content
from govuk.fields import PhoneField, PostcodeField, TextField
from govuk.forms import PlainForm, choice, narrative_field
from services.fields import AboutField, ServiceField
from services.models import LegalBasis
from staff.models import Role, User
from visits.fields import DateOfBirthField, EmailField, NinoField
from visits.models import Authority, Customer, Enquiry, EnquiryEntry, Language, OnBehalf, Outcome, Source
from visits.pages import CHANGE, COUNTER, CUSTOMER, ENQUIRY, NEW_CUSTOMER


class CustomerForm(DraftedForm):
    """A customer's details, of which a name, a telephone number or an e-mail address must be given."""

    page_kinds = (NEW_CUSTOMER, CHANGE)

    family_name = TextField(label=_("Family name"), max_length=100, required=False)
    given_names = TextField(label=_("Given names"), max_length=100, required=False)
    born_on = DateOfBirthField(label=_("Date of birth"), max_length=40, required=False)
    national_insurance_number = NinoField(label=_("National Insurance number"), max_length=20, required=False)
    address = TextField(label=_("Address"), max_length=300, required=False)
    postcode = PostcodeField(label=_("Postcode"), max_length=20, required=False)
    phone = PhoneField(label=_("Telephone"), max_length=40, required=False)
    other_phone = PhoneField(label=_("Other telephone"), max_length=40, required=False)
    email = EmailField(label=_("E-mail"), max_length=254, required=False)
    language = choice(_("Language"), Language, none=_("Not asked"))

    class Meta:
        model = Customer
        fields = (
            "family_name",
            "given_names",
            "born_on",
            "postcode",
            "address",
            "phone",
            "other_phone",
            "email",
            "national_insurance_number",
            "language",
        )

    def clean(self) -> dict[str, Any]:
        known = ("family_name", "given_names", "phone", "other_phone", "email", "national_insurance_number")
        if not self.errors and not any(self.cleaned_data.get(name) for name in known):
            self.add_error("family_name", _("Type at least a name, a telephone number or an e-mail address."))
        return self.cleaned_data


class EnquiryForm(DraftedForm):
    """An enquiry as it is logged. Only the service is compulsory."""

    page_kinds = (COUNTER, NEW_CUSTOMER, CUSTOMER)

    about = AboutField(label=_("About"))
    caller_name = TextField(label=_("Name, if given"), max_length=200, required=False)
    summary = TextField(label=_("Summary"), max_length=200, required=False)
    narrative = narrative_field(Enquiry, "narrative", label=_("What was said"), required=False)
    source_name = TextField(label=_("Name of the source"), max_length=200, required=False)
    referred_to = ServiceField(label=_("Referred to"), required=False)

    on_behalf = choice(_("Speaking on behalf of the customer"), OnBehalf, none=_("No: speaks for themselves"))
    authority_seen = choice(_("Authority seen"), Authority, none=_("Not needed"))
    legal_basis = choice(_("Legal basis"), LegalBasis, none=_("The service’s usual one"))
    language_chosen = choice(_("Language chosen"), Language, none=_("Not recorded"))
    language_served = choice(_("Language served"), Language, none=_("Not recorded"))
    # Asked only of what was begun on an earlier day.
    came = forms.ChoiceField(label=_("Which day did the person come?"), required=False, widget=forms.RadioSelect)

    class Meta:
        model = Enquiry
        fields = (
            "about",
            "outcome",
            "referred_to",
            "caller_name",
            "summary",
            "narrative",
            "source",
            "source_name",
            "on_behalf",
            "authority_seen",
            "legal_basis",
            "channel",
            "language_offered",
            "language_chosen",
            "language_served",
        )
        labels = {
            "source": _("Source"),
            "channel": _("Walk-in or booked"),
            "language_offered": _("A choice of language was offered"),
            "outcome": _("Outcome"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["came"].choices = [("then", ""), ("today", "")]
        self.asks_day = False

    def ask_day(self, began_on: dt.date) -> None:
        """Show the question whether the person came on the day when this was begun, or today."""
        self.asks_day = True
        then = date_format(began_on, "l j F Y")
        self.fields["came"].choices = [("then", then), ("today", _("Today"))]

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        came = data.pop("came", "")
        data["came_today"] = came == "today" if came else None
        if (
            data.get("source") == Source.ORGANISATION
            and not data.get("source_name")
            and "source_name" not in self.errors
        ):
            self.add_error("source_name", _("Say which organisation it came from."))
        if data.get("on_behalf") and not data.get("authority_seen"):
            self.add_error("authority_seen", _("Say what authority you saw, or “None seen”."))
        if about := data.pop("about", None):
            data["service"], data["topic"] = about
            data["legal_basis"] = data.get("legal_basis") or about[0].legal_basis
            if data.get("outcome") == Outcome.REFERRED:
                data["referred_to"] = data.get("referred_to") or about[0]
            else:
                data["referred_to"] = None
        return data

    def beside_details(self) -> bool:
        """Whether something in the folded part was filled in or refused, so that it must be unfolded."""
        folded = {"source", "source_name", "on_behalf", "authority_seen", "legal_basis", "channel"}
        if folded & set(self.errors):
            return True
        usual = {"source": Source.PERSON, "channel": "walk_in"}
        return any(self[name].value() not in (None, "", usual.get(name)) for name in folded)


class AmendForm(DraftedForm):
    """Words for an enquiry's record; while it is open, also what is done with it then."""

    page_kinds = (ENQUIRY,)

    text = narrative_field(
        EnquiryEntry, "text", label=_("What was said"), error_messages={"required": _("Type what is to be added.")}
    )
    # Which of the forms beside this one is sent.
    then = forms.ChoiceField(
        label=_("Then"),
        choices=[("open", _("Leave open")), ("close", _("Close")), ("hand_over", _("Hand over"))],
        initial="open",
        required=False,
        widget=forms.RadioSelect,
    )

    class Meta:
        model = EnquiryEntry
        fields = ("text",)

    def clean(self) -> dict[str, Any]:
        self.cleaned_data.pop("then", None)
        return self.cleaned_data


class CloseForm(DraftedForm):
    """How an open enquiry ended."""

    page_kinds = (ENQUIRY,)

    text = narrative_field(EnquiryEntry, "text", label=_("What was said"), required=False)
    outcome = forms.ChoiceField(
        label=_("Outcome"),
        choices=[("", _("Choose how it ended")), *(pair for pair in Outcome.choices if pair[0] != Outcome.OPEN)],
        error_messages={"required": _("Say how the enquiry ended.")},
    )
    referred_to = ServiceField(label=_("Referred to"), required=False)

    class Meta:
        model = EnquiryEntry
        fields = ("text",)

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if data.get("outcome") != Outcome.REFERRED:
            data["referred_to"] = None
        return data


class ColleagueField(forms.ModelChoiceField):
    """Somebody who works at the desk."""

    def __init__(self, **kwargs: Any) -> None:
        at_the_desk = User.objects.filter(is_active=True, role__in=[Role.ADVISER, Role.MANAGER]).order_by("name", "pk")
        super().__init__(at_the_desk, **kwargs)

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.name)


class HandOverForm(DraftedForm):
    """Which colleague goes on with an open enquiry, and what they need to know."""

    page_kinds = (ENQUIRY,)

    text = narrative_field(
        EnquiryEntry,
        "text",
        label=_("What was said"),
        error_messages={"required": _("Say what your colleague needs to know.")},
    )
    to = ColleagueField(
        label=_("Colleague"),
        empty_label=_("Choose a colleague"),
        error_messages={
            "required": _("Choose who goes on with it."),
            "invalid_choice": _("Nobody of this name works at the desk. Choose from the list."),
        },
    )

    class Meta:
        model = EnquiryEntry
        fields = ("text",)


class MoveForm(PlainForm):
    """Why an enquiry is another customer's."""

    reason = TextField(label=_("Why it is moved"), max_length=500, required=False)

    def refuse_reason(self) -> None:
        """Ask for a reason that was left out; a form that was not sent yet asks by itself."""
        if self.is_bound and self.is_valid():
            self.add_error("reason", _("Say why the enquiry is this customer’s."))


class SeenForm(DraftedForm):
    """A customer's details as they stood on a page when it was opened: kept with its draft, whatever comes between."""

    page_kinds = (CHANGE,)

    seen = forms.JSONField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Customer
        fields = ()

    def clean_seen(self) -> dict[str, str] | None:
        seen = self.cleaned_data["seen"]
        return {str(name): str(text) for name, text in seen.items()} if isinstance(seen, dict) else None


class ChangeForm(SubmissionForm):
    """Which version of a customer's details a page was made from, and which of two changes of a field is kept."""

    version = forms.IntegerField(min_value=1, max_value=1_000_000_000)

    def known(self) -> dict[str, Any]:
        """What the action needs of it."""
        asked = {name: self.data.get(f"keep_{name}") for name in Customer.CHANGED_AT_THE_DESK}
        keep = {name: answer for name, answer in asked.items() if answer in ("mine", "theirs")}
        return {name: self.cleaned_data[name] for name in ("submission", "version")} | {"keep": keep}


def customer_content(customer: Customer) -> dict[str, str]:
    """A customer's details as they were typed, to be a draft again."""
    return draft_content(NEW_CUSTOMER, customer.in_words())


def enquiry_content(enquiry: Enquiry, kind: PageKind) -> dict[str, str]:
    """An enquiry as it was typed on a page of this kind, to be a draft again."""
    about = f"t:{enquiry.topic.code}" if enquiry.topic else f"s:{enquiry.service.code}"
    plain = set(EnquiryForm.base_fields) - {"about", "referred_to", "language_offered", "came"}
    posted = {name: getattr(enquiry, name) for name in plain} | {"about": about}
    if enquiry.referred_to:
        posted["referred_to"] = enquiry.referred_to.code
    if enquiry.legal_basis == enquiry.service.legal_basis:
        del posted["legal_basis"]
    if enquiry.language_offered:
        posted["language_offered"] = "on"
    return draft_content(kind, posted)
