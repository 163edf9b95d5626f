"""What may be typed at the desk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import TextChoices
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from visits.fields import (
    AboutField,
    DateOfBirthField,
    NinoField,
    PhoneField,
    PostcodeField,
    ServiceField,
    TextField,
)
from visits.models import (
    Amendment,
    Authority,
    Channel,
    Customer,
    Enquiry,
    Language,
    LegalBasis,
    OnBehalf,
    Outcome,
    Source,
)


def narrative_field(model: type[Any], name: str, **kwargs: Any) -> TextField:
    """A text area for a sealed text of a model."""
    field = model._meta.get_field(name)
    return TextField(
        label=kwargs.pop("label", field.verbose_name),
        max_length=field.max_length,
        widget=forms.Textarea(attrs={"rows": kwargs.pop("rows", 3)}),
        **kwargs,
    )


def choice(label: Any, choices: type[TextChoices], *, none: Any, but: str = "") -> forms.ChoiceField:
    """A field of one of `choices`, or (where `none` says what that means) of none."""
    offered = [pair for pair in choices.choices if pair[0] != but]
    if none is not None:
        offered.insert(0, ("", none))
    return forms.ChoiceField(label=label, choices=offered, required=none is None)


class DeskForm(forms.ModelForm):  # type: ignore[type-arg]
    """A form at the desk: fields from the model, nothing saved by it.

    Its choices are checked by its fields, and the constraints are left to the database: asking for each takes a query.
    """

    use_required_attribute = False

    def _post_clean(self) -> None:
        """Build and validate no instance: actions do, from the cleaned values."""

    def clean(self) -> dict[str, Any]:
        return self.cleaned_data

    def focus(self, first: str = "") -> None:
        """Put the cursor on the first field that was refused, or else on `first`."""
        name = next((name for name in self.fields if name in self.errors), first)
        if name:
            self.fields[name].widget.attrs["autofocus"] = True


class CustomerForm(DeskForm):
    """Who somebody is. Nothing is compulsory but that something is known."""

    family_name = TextField(label=_("Family name"), max_length=100, required=False)
    given_names = TextField(label=_("Given names"), max_length=100, required=False)
    born_on = DateOfBirthField(label=_("Date of birth"), max_length=40, required=False)
    national_insurance_number = NinoField(label=_("National Insurance number"), max_length=20, required=False)
    address = TextField(label=_("Address"), max_length=300, required=False)
    postcode = PostcodeField(label=_("Postcode"), max_length=20, required=False)
    phone = PhoneField(label=_("Telephone"), max_length=40, required=False)
    other_phone = PhoneField(label=_("Other telephone"), max_length=40, required=False)
    email = forms.EmailField(
        label=_("E-mail"),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        max_length=254,
        required=False,
        error_messages={"invalid": _("An e-mail address looks like name@example.org; leave it empty if unsure.")},
    )

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


class EnquiryForm(DeskForm):
    """What somebody came about. Only the service is compulsory."""

    about = AboutField(label=_("About"))
    caller_name = TextField(label=_("Name, if given"), max_length=200, required=False)
    summary = TextField(label=_("Summary"), max_length=200, required=False)
    narrative = narrative_field(Enquiry, "narrative", label=_("What was said"), required=False)
    source_name = TextField(label=_("Name of the source"), max_length=200, required=False)
    referred_to = ServiceField(label=_("Referred to"), required=False)

    on_behalf = choice(_("Speaking on behalf of the customer"), OnBehalf, none=_("No: speaks for themselves"))
    authority_seen = choice(_("Authority seen"), Authority, none=_("Not needed"))
    legal_basis = choice(_("Legal basis"), LegalBasis, none=_("The service's usual one"))
    language_chosen = choice(_("Language chosen"), Language, none=_("Not recorded"))
    language_served = choice(_("Language served"), Language, none=_("Not recorded"))

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

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
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


class CloseForm(DeskForm):
    """How an open enquiry ended."""

    outcome = choice(_("Outcome"), Outcome, none=None, but=Outcome.OPEN)
    narrative = narrative_field(Enquiry, "narrative", label=_("What was said since"), required=False)
    referred_to = ServiceField(label=_("Referred to"), required=False)

    class Meta:
        model = Enquiry
        fields = ("outcome", "referred_to", "narrative")

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if data.get("outcome") != Outcome.REFERRED:
            data["referred_to"] = None
        return data


class AmendForm(DeskForm):
    """An addition to a closed enquiry."""

    text = narrative_field(
        Amendment, "text", label=_("Add to the record"), error_messages={"required": _("Type what is to be added.")}
    )

    class Meta:
        model = Amendment
        fields = ("text",)


class SubmissionForm(forms.Form):
    """The hidden fields by which a page's draft, and its being sent once, are known."""

    submission = forms.UUIDField()
    revision = forms.IntegerField(min_value=0, max_value=1_000_000, required=False)


class ChangeForm(SubmissionForm):
    """Which version of a customer's details a page was made from."""

    version = forms.IntegerField(min_value=1, max_value=1_000_000_000)

    def known(self) -> dict[str, Any]:
        """What the action needs of it."""
        return {name: self.cleaned_data[name] for name in ("submission", "version")}


class DraftForm(SubmissionForm):
    """Where a draft belongs. What is in it is kept as typed, so it is not checked here."""

    page = forms.RegexField(r"^(counter|new|(customer|change|enquiry):(CUS|ENQ)-[2-9A-Z]{4}-[2-9A-Z]{3})$")


DRAFTED = tuple(
    dict.fromkeys([*CustomerForm.base_fields, *EnquiryForm.base_fields, *CloseForm.base_fields, *AmendForm.base_fields])
)
# What a page holds before anybody types: no draft is made for it.
USUAL = {"outcome": Outcome.RESOLVED.value, "source": Source.PERSON.value, "channel": Channel.WALK_IN.value}
# A refused text of 100,000 characters is still somebody's work.
LONGEST_DRAFT = 250_000


def draft_content(posted: Mapping[str, str]) -> dict[str, str]:
    """What was typed on a page, by field; empty fields, usual choices and machinery left out."""
    content = {}
    for name in DRAFTED:
        value = posted.get(name, "").replace("\x00", "")
        if value.strip() and value != USUAL.get(name) and name != "language_offered":
            content[name] = value
    if "about" in posted and "language_offered" not in posted:
        content["language_offered"] = ""
    if sum(map(len, content.values())) > LONGEST_DRAFT:
        raise ValidationError(gettext("This is too long to keep as a draft."))
    return content


def enquiry_content(enquiry: Enquiry) -> dict[str, str]:
    """An enquiry as it was typed, to be a draft again."""
    about = f"t:{enquiry.topic.code}" if enquiry.topic else f"s:{enquiry.service.code}"
    plain = set(EnquiryForm.base_fields) - {"about", "referred_to", "language_offered"}
    posted = {name: getattr(enquiry, name) for name in plain} | {"about": about}
    if enquiry.referred_to:
        posted["referred_to"] = enquiry.referred_to.code
    if enquiry.legal_basis == enquiry.service.legal_basis:
        del posted["legal_basis"]
    if enquiry.language_offered:
        posted["language_offered"] = "on"
    return draft_content(posted)
