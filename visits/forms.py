"""What may be typed at the desk."""

from __future__ import annotations

import datetime as dt
import re
import time
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from privacy.dates import london_today
from privacy.terms import NINO, parse_date, phone_digits
from visits.models import (
    Amendment,
    Authority,
    Channel,
    Customer,
    Enquiry,
    Language,
    OnBehalf,
    Outcome,
    Service,
    Source,
    Topic,
)

OLDEST_BIRTH_YEARS = 125
# GOV.UK's published pattern for a postcode, with the space put right.
POSTCODE = re.compile(r"^([A-Z]{1,2}[0-9][A-Z0-9]?)\s*([0-9][A-Z]{2})$")
PHONE = re.compile(r"^\+?[\d\s().-]+(\s?(x|ext\.?)\s?\d{1,6})?$", re.IGNORECASE)
# What nobody types on purpose: controls, and marks that turn the direction of the text around them.
INVISIBLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufff9-\ufffb]")


class TextField(forms.CharField):
    """Text in NFC, its lines ended alike; characters that cannot be seen are refused, with words to act on."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n") if text else text

    def run_validators(self, value: Any) -> None:
        if value and INVISIBLE.search(value):
            raise ValidationError(
                _("This contains characters that cannot be seen, perhaps copied from elsewhere. Type it again."),
                code="invisible",
            )
        super().run_validators(value)


class DateOfBirthField(TextField):
    """A date in one of the usual spellings, day first."""

    def clean(self, value: Any) -> dt.date | None:
        text = super().clean(value)
        if not text:
            return None
        day = parse_date(text)
        if day is None:
            raise ValidationError(_("Type the date as day, month and year, such as 13/2/1938 or 13 Feb 1938."))
        if day > london_today():
            raise ValidationError(_("A date of birth cannot be in the future. Check the year."))
        if day.year < london_today().year - OLDEST_BIRTH_YEARS:
            raise ValidationError(_("This date of birth is more than 125 years ago. Check the year."))
        return day

    def prepare_value(self, value: Any) -> Any:
        return value.strftime("%d/%m/%Y") if isinstance(value, dt.date) else value


class NinoField(TextField):
    """A National Insurance number that HMRC could have issued (NIM39110), without spaces."""

    def clean(self, value: Any) -> str:
        text = re.sub(r"[\s-]", "", super().clean(value)).upper()
        if text and not (NINO.fullmatch(text) and len(text) == 9):
            raise ValidationError(_("This is not a possible National Insurance number. It looks like QQ 12 34 56 C."))
        return text


class PostcodeField(TextField):
    """A United Kingdom postcode, with its space."""

    def clean(self, value: Any) -> str:
        text = super().clean(value).upper()
        if not text:
            return ""
        match = POSTCODE.match(text)
        if not match:
            raise ValidationError(
                _("This is not a possible postcode. It looks like LL11 1AY; leave it empty if unsure.")
            )
        return f"{match[1]} {match[2]}"


class PhoneField(TextField):
    """A telephone number, kept as typed."""

    def clean(self, value: Any) -> str:
        text: str = " ".join(super().clean(value).split())
        if text and not (PHONE.match(text) and 6 <= len(phone_digits(text)) <= 20):
            raise ValidationError(_("A telephone number has at least six digits and no letters, such as 01978 292000."))
        return text


# How long the list of services may be behind what an administrator changed, in seconds.
CATALOGUE_SECONDS = 30


def catalogue() -> dict[Service, list[Topic]]:
    """The services in use with their topics. Every page shows them and every enquiry names one: asked for rarely."""
    return _catalogue(int(time.monotonic() // CATALOGUE_SECONDS))


@lru_cache(maxsize=1)
def _catalogue(moment: int) -> dict[Service, list[Topic]]:
    services = {service: [] for service in Service.objects.filter(is_active=True).order_by("pk")}
    for topic in Topic.objects.filter(is_active=True, service__in=services).order_by("pk"):
        services[next(service for service in services if service.pk == topic.service_id)].append(topic)
    return services


def service_choices() -> list[tuple[str, Any]]:
    """Every service in use, after "the service it is about"."""
    return [("", _("The service it is about")), *((service.code, service.name) for service in catalogue())]


def about_choices() -> list[tuple[str, Any]]:
    """Every service in use with its topics, as grouped choices in the reader's language."""
    choices: list[tuple[str, Any]] = [("", "")]
    for service, topics in catalogue().items():
        group = [(AboutValue(f"s:{service.code}", service.other_name), service.name)]
        for topic in topics:
            value = AboutValue(f"t:{topic.code}", f"{topic.other_name} {topic.words}")
            group.append((value, f"{service.name}: {topic.name}"))
        choices.append((service.name, group))
    return choices


class AboutValue(str):
    """A choice's value that also carries the other words it is found by while typing."""

    words: str

    def __new__(cls, value: str, words: str) -> AboutValue:
        made = super().__new__(cls, value)
        made.words = words
        return made


class ServiceSelect(forms.Select):
    """A select of services, which asks for them only when it is shown."""

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        self.choices = self.source()
        context: dict[str, Any] = super().get_context(name, value, attrs)
        return context

    @staticmethod
    def source() -> list[tuple[str, Any]]:
        return service_choices()


class AboutSelect(ServiceSelect):
    """A select of services and topics that `type-ahead.js` turns into a type-ahead."""

    @staticmethod
    def source() -> list[tuple[str, Any]]:
        return about_choices()

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option: dict[str, Any] = super().create_option(name, value, *args, **kwargs)
        if isinstance(value, AboutValue):
            option["attrs"]["data-words"] = value.words
        return option


class AboutField(forms.Field):
    """What an enquiry is about: cleans to (service, topic or None)."""

    widget = AboutSelect
    default_error_messages = {
        "required": _("Choose a service or a topic: type its first letters."),
        "unknown": _("There is no such service. Type its first letters and choose from the list."),
    }

    def to_python(self, value: Any) -> tuple[Service, Topic | None] | None:
        if not value:
            return None
        for service, topics in catalogue().items():
            if value == f"s:{service.code}":
                return service, None
            for topic in topics:
                if value == f"t:{topic.code}":
                    return service, topic
        raise ValidationError(self.error_messages["unknown"], code="unknown")


class ServiceField(forms.Field):
    """A service by its code: cleans to the Service, or None."""

    widget = ServiceSelect

    def to_python(self, value: Any) -> Service | None:
        if not value:
            return None
        service = next((service for service in catalogue() if service.code == value), None)
        if service is None:
            raise ValidationError(_("There is no such service. Choose one from the list."), code="unknown")
        return service


def narrative_field(model: type[Any], name: str, **kwargs: Any) -> TextField:
    """A text area for a sealed text of a model."""
    field = model._meta.get_field(name)
    return TextField(
        label=kwargs.pop("label", field.verbose_name),
        max_length=field.max_length,
        widget=forms.Textarea(attrs={"rows": kwargs.pop("rows", 3), "dir": "auto"}),
        **kwargs,
    )


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
        max_length=254,
        required=False,
        error_messages={"invalid": _("An e-mail address looks like name@example.org; leave it empty if unsure.")},
    )

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

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.fields:  # the browser of a shared desk must not offer one customer's details to the next
            self.fields[name].widget.attrs["autocomplete"] = "off"
        self.fields["language"].choices = [("", _("Not asked")), *Language.choices]

    def clean(self) -> dict[str, Any]:
        known = ("family_name", "given_names", "phone", "other_phone", "email", "national_insurance_number")
        if not self.errors and not any(self.cleaned_data.get(name) for name in known):
            self.add_error("family_name", _("Type at least a name, a telephone number or an e-mail address."))
        return self.cleaned_data


class EnquiryForm(DeskForm):
    """What somebody came about. Only the service is compulsory."""

    about = AboutField(label=_("What is it about?"))
    caller_name = TextField(label=_("Name, if given"), max_length=200, required=False)
    summary = TextField(label=_("Summary"), max_length=200, required=False)
    narrative = narrative_field(Enquiry, "narrative", label=_("What was said"), required=False)
    source_name = TextField(label=_("Name of the source"), max_length=200, required=False)
    referred_to = ServiceField(label=_("Referred to"), required=False)

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
            "on_behalf": _("Speaking on behalf of the customer"),
            "legal_basis": _("Legal basis"),
            "channel": _("Walk-in or booked"),
            "language_offered": _("A choice of language was offered"),
            "language_chosen": _("Language chosen"),
            "language_served": _("Language served"),
            "authority_seen": _("Authority seen"),
            "outcome": _("Outcome"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["legal_basis"].required = False
        self.fields["legal_basis"].choices = [
            ("", _("The service's usual one")),
            *self.fields["legal_basis"].choices[1:],
        ]
        self.fields["on_behalf"].choices = [("", _("No: speaks for themselves")), *OnBehalf.choices]
        self.fields["authority_seen"].choices = [("", _("Not needed")), *Authority.choices]
        for name in ("language_chosen", "language_served"):
            self.fields[name].choices = [("", _("Not recorded")), *Language.choices]
        for name in ("caller_name", "summary", "source_name"):
            self.fields[name].widget.attrs |= {"autocomplete": "off", "dir": "auto"}

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

    narrative = narrative_field(Enquiry, "narrative", label=_("What was said since"), required=False)
    referred_to = ServiceField(label=_("Referred to"), required=False)

    class Meta:
        model = Enquiry
        fields = ("outcome", "referred_to", "narrative")
        labels = {"outcome": _("Outcome")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["outcome"].choices = [pair for pair in Outcome.choices if pair[0] != Outcome.OPEN]

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
