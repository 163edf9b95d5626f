"""Customers, what they came about, and what was said."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from privacy.dates import database_now, london_today
from privacy.policy import Category, Policy, days, years
from privacy.sealed import SealedDateField, SealedJSONField, SealedTextField
from retention.models import Retained, RetainedQuerySet
from staff.models import Location

STAFF = settings.AUTH_USER_MODEL
# How long an enquiry just logged can be taken back, in seconds: ten to notice, and time to get there by keyboard.
UNDO_SECONDS = 30


class Language(models.TextChoices):
    ENGLISH = "en", _("English")
    WELSH = "cy", _("Welsh")
    OTHER = "other", _("Another language")


class LegalBasis(models.TextChoices):
    """UK GDPR article 6(1)(c) and (e): the two that the notice names."""

    LEGAL_OBLIGATION = "legal_obligation", _("Legal obligation")
    PUBLIC_TASK = "public_task", _("Public task")


class Source(models.TextChoices):
    PERSON = "self", _("The person")
    PUBLIC = "public", _("A member of the public")
    COUNCILLOR = "councillor", _("A councillor for a constituent")
    OFFICER = "officer", _("A council officer or service")
    ORGANISATION = "organisation", _("Another organisation")


class OnBehalf(models.TextChoices):
    PARENT = "parent", _("Parent")
    CHILD = "child", _("Son or daughter")
    PARTNER = "partner", _("Partner")
    RELATIVE = "relative", _("Another relative")
    FRIEND = "friend", _("Friend or neighbour")
    CARER = "carer", _("Carer")
    ADVOCATE = "advocate", _("Advocate or support worker")
    LANDLORD = "landlord", _("Landlord")
    SOLICITOR = "solicitor", _("Solicitor")
    OTHER = "other", _("Someone else")


class Authority(models.TextChoices):
    PRESENT = "present", _("The person was there and agreed")
    WRITTEN = "written", _("Written consent")
    VERBAL = "verbal", _("Consent by telephone")
    APPOINTEE = "appointee", _("Appointee for benefits")
    ATTORNEY = "attorney", _("Power of attorney or deputy")
    NONE = "none", _("None seen")


class Channel(models.TextChoices):
    WALK_IN = "walk_in", _("Walk-in")
    BOOKED = "booked", _("Booked")


class Outcome(models.TextChoices):
    RESOLVED = "resolved", _("Resolved at first contact")
    SIGNPOSTED = "signposted", _("Signposted")
    REFERRED = "referred", _("Referred to a service")
    APPOINTMENT = "appointment", _("Appointment needed")
    OPEN = "open", _("Left open")


def known(field: str, choices: type[models.TextChoices], *, blank: bool = False) -> Q:
    """The condition that a column holds one of its choices."""
    return Q(**{f"{field}__in": [*choices.values, ""] if blank else choices.values})


class Named(models.Model):
    """Something with a name in both languages."""

    code = models.SlugField(_("code"), max_length=60, unique=True)
    name_en = models.CharField(_("name in English"), max_length=100)
    name_cy = models.CharField(_("name in Welsh"), max_length=100)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return self.name_cy if (get_language() or "").startswith("cy") else self.name_en

    @property
    def other_name(self) -> str:
        return self.name_en if (get_language() or "").startswith("cy") else self.name_cy


class Service(Named):
    """A council service that the desk handles, such as Council Tax."""

    legal_basis = models.CharField(_("usual legal basis"), max_length=20, choices=LegalBasis)

    data_policy = Policy(
        holds={Category.OPERATIONAL: ["code", "name_en", "name_cy", "is_active", "legal_basis"]},
        why="Configuration: describes no person.",
    )

    class Meta:
        verbose_name = _("service")
        constraints = [
            models.CheckConstraint(condition=known("legal_basis", LegalBasis), name="service_legal_basis_known")
        ]


class Topic(Named):
    """What people come to a service about."""

    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="topics")
    words = models.TextField(_("other words for it"), blank=True)

    data_policy = Policy(
        holds={Category.OPERATIONAL: ["code", "name_en", "name_cy", "is_active", "service", "words"]},
        why="Configuration: describes no person.",
    )

    class Meta:
        verbose_name = _("topic")


class Customer(Retained):
    """A person who came to the desk. Nothing about them is compulsory; only the reference is their identity."""

    reference = models.CharField(max_length=12, unique=True, editable=False)
    family_name = SealedTextField(_("family name"), max_length=100, blank=True)
    given_names = SealedTextField(_("given names"), max_length=100, blank=True)
    born_on = SealedDateField(_("date of birth"), null=True, blank=True)
    national_insurance_number = SealedTextField(_("National Insurance number"), max_length=9, blank=True)
    address = SealedTextField(_("address"), max_length=300, blank=True)
    postcode = SealedTextField(_("postcode"), max_length=8, blank=True)
    phone = SealedTextField(_("telephone"), max_length=30, blank=True)
    other_phone = SealedTextField(_("other telephone"), max_length=30, blank=True)
    email = SealedTextField(_("e-mail"), max_length=254, blank=True)
    language = models.CharField(_("language"), max_length=5, choices=Language, blank=True)
    last_contact_on = models.DateField(editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    created_by = models.ForeignKey(STAFF, on_delete=models.PROTECT, related_name="+", editable=False, db_index=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    data_policy = Policy(
        holds={
            Category.CONTACT: ["address", "postcode", "phone", "other_phone", "email"],
            Category.IDENTITY: ["family_name", "given_names", "born_on", "national_insurance_number"],
            Category.OPERATIONAL: [
                "reference",
                "language",
                "last_contact_on",
                "created_at",
                "created_by",
                "version",
            ],
        },
        shows={
            Category.IDENTITY: ["name"],
            Category.OPERATIONAL: ["get_absolute_url", "get_language_display"],
        },
        search={
            "family_name": "name",
            "given_names": "name",
            "born_on": "date",
            "national_insurance_number": "nino",
            "postcode": "postcode",
            "phone": "phone",
            "other_phone": "phone",
        },
        keep=years(6),
        since="last_contact_on",
        subject="self",
        why="Goes with the last record that needs it: six years from the last day of contact.",
    )

    class Meta:
        verbose_name = _("customer")
        constraints = [
            models.CheckConstraint(condition=known("language", Language, blank=True), name="customer_language_known"),
            models.CheckConstraint(condition=Q(sealed_until__gte=F("expires_on")), name="customer_sealed_until_due"),
        ]

    def __str__(self) -> str:
        return self.reference

    def get_absolute_url(self) -> str:
        return reverse("visits:customer_detail", args=[self.reference])

    @property
    def name(self) -> str:
        """`Jones, Siân`, or what there is of it."""
        return ", ".join(part for part in (self.family_name, self.given_names) if part)


class EnquiryQuerySet(RetainedQuerySet):
    """Which enquiries."""

    def on_day(self, day: dt.date) -> Self:
        return self.filter(contact_on=day)

    def logged_by(self, adviser: Any) -> Self:
        return self.filter(adviser=adviser)

    def still_open(self) -> Self:
        return self.filter(ended_at__isnull=True)

    def newest_first(self) -> Self:
        return self.order_by("-started_at", "-pk")

    def as_rows(self) -> Self:
        """With what a row of a list shows of the enquiry, its customer and its adviser, and nothing more unsealed."""
        return self.select_related("service", "topic", "customer", "adviser").only(
            *("reference", "caller_name", "summary", "outcome", "started_at", "ended_at"),
            *("service__name_en", "service__name_cy", "topic__name_en", "topic__name_cy"),
            *("customer__reference", "customer__family_name", "customer__given_names", "adviser__name"),
        )


class Enquiry(Retained):
    """One contact at the desk: who asked, about what, what was said, how it ended. Closed, it is never rewritten."""

    reference = models.CharField(max_length=12, unique=True, editable=False)
    submission = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, null=True, blank=True, related_name="enquiries", db_index=False
    )
    caller_name = SealedTextField(_("name"), max_length=200, blank=True)
    service = models.ForeignKey(
        Service, verbose_name=_("service"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    topic = models.ForeignKey(
        Topic,
        verbose_name=_("topic"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    source = models.CharField(_("source"), max_length=20, choices=Source, default=Source.PERSON)
    source_name = SealedTextField(_("name of the source"), max_length=200, blank=True)
    on_behalf = models.CharField(_("on behalf of the customer"), max_length=20, choices=OnBehalf, blank=True)
    authority_seen = models.CharField(_("authority seen"), max_length=20, choices=Authority, blank=True)
    legal_basis = models.CharField(_("legal basis"), max_length=20, choices=LegalBasis)
    channel = models.CharField(_("walk-in or booked"), max_length=10, choices=Channel, default=Channel.WALK_IN)
    summary = SealedTextField(_("summary"), max_length=200, blank=True)
    narrative = SealedTextField(_("what was said"), max_length=20_000, blank=True)
    outcome = models.CharField(_("outcome"), max_length=20, choices=Outcome, default=Outcome.RESOLVED)
    referred_to = models.ForeignKey(
        Service,
        verbose_name=_("referred to"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    language_offered = models.BooleanField(_("language choice offered"), default=True)
    language_chosen = models.CharField(_("language chosen"), max_length=5, choices=Language, blank=True)
    language_served = models.CharField(_("language served"), max_length=5, choices=Language, blank=True)
    contact_on = models.DateField(editable=False)
    started_at = models.DateTimeField(_("started"), editable=False)
    ended_at = models.DateTimeField(_("ended"), null=True, editable=False)
    logged_at = models.DateTimeField(db_default=Now(), editable=False)
    adviser = models.ForeignKey(
        STAFF,
        verbose_name=_("adviser"),
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        db_index=False,
    )
    closed_by = models.ForeignKey(
        STAFF, on_delete=models.PROTECT, null=True, related_name="+", editable=False, db_index=False
    )
    location = models.ForeignKey(
        Location, on_delete=models.PROTECT, null=True, related_name="+", editable=False, db_index=False
    )

    objects = EnquiryQuerySet.as_manager()

    data_policy = Policy(
        holds={
            Category.IDENTITY: ["caller_name", "source_name"],
            Category.NARRATIVE: ["summary", "narrative"],
            Category.OPERATIONAL: [
                "reference",
                "submission",
                "customer",
                "service",
                "topic",
                "source",
                "on_behalf",
                "authority_seen",
                "legal_basis",
                "channel",
                "outcome",
                "referred_to",
                "language_offered",
                "language_chosen",
                "language_served",
                "contact_on",
                "started_at",
                "ended_at",
                "logged_at",
                "adviser",
                "closed_by",
                "location",
            ],
        },
        shows={
            Category.OPERATIONAL: [
                "about",
                "is_open",
                "outcome_in_a_word",
                "get_absolute_url",
                "get_source_display",
                "get_on_behalf_display",
                "get_authority_seen_display",
                "get_legal_basis_display",
                "get_channel_display",
                "get_outcome_display",
                "get_language_chosen_display",
                "get_language_served_display",
            ]
        },
        search={"caller_name": "name"},
        keep=years(6),
        since="contact_on",
        subject="customer",
        why="The established record of what was said; six years from the day of contact.",
    )

    class Meta:
        verbose_name = _("enquiry")
        constraints = [
            models.CheckConstraint(condition=Q(sealed_until__gte=F("expires_on")), name="enquiry_sealed_until_due"),
            *(
                models.CheckConstraint(condition=known(field, choices, blank=blank), name=f"enquiry_{field}_known")
                for field, choices, blank in (
                    ("source", Source, False),
                    ("on_behalf", OnBehalf, True),
                    ("authority_seen", Authority, True),
                    ("legal_basis", LegalBasis, False),
                    ("channel", Channel, False),
                    ("outcome", Outcome, False),
                    ("language_chosen", Language, True),
                    ("language_served", Language, True),
                )
            ),
            models.CheckConstraint(
                condition=Q(
                    contact_on=Func(
                        Func(Value("Europe/London"), F("started_at"), function="timezone"),
                        template="(%(expressions)s)::date",
                        output_field=models.DateField(),
                    )
                ),
                name="enquiry_contact_on_london_day",
            ),
            models.CheckConstraint(
                condition=Q(outcome="open", ended_at__isnull=True, closed_by__isnull=True)
                | (~Q(outcome="open") & Q(ended_at__isnull=False, closed_by__isnull=False)),
                name="enquiry_open_until_ended",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at")), name="enquiry_ends_after_start"
            ),
            models.CheckConstraint(
                condition=~Q(outcome="referred") | Q(referred_to__isnull=False), name="enquiry_referred_somewhere"
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "-started_at"], name="enquiry_by_customer"),
            models.Index(fields=["adviser", "contact_on", "-started_at"], name="enquiry_by_adviser"),
            models.Index(
                fields=["service", "started_at"], name="enquiry_open_by_service", condition=Q(ended_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    def get_absolute_url(self) -> str:
        return reverse("visits:enquiry_detail", args=[self.reference])

    @property
    def is_open(self) -> bool:
        return self.ended_at is None

    @property
    def outcome_in_a_word(self) -> str:
        """The outcome as a tag in a list."""
        return {
            Outcome.RESOLVED: gettext("Resolved"),
            Outcome.SIGNPOSTED: gettext("Signposted"),
            Outcome.REFERRED: gettext("Referred"),
            Outcome.APPOINTMENT: gettext("Appointment"),
            Outcome.OPEN: gettext("Open"),
        }[Outcome(self.outcome)]

    @property
    def about(self) -> str:
        """Service, and topic where one was chosen. Loads neither: select them with the enquiry."""
        return f"{self.service.name}: {self.topic.name}" if self.topic else self.service.name


class Amendment(Retained):
    """An addition to an enquiry. Entries are added, never changed."""

    enquiry = models.ForeignKey(Enquiry, on_delete=models.PROTECT, related_name="amendments", editable=False)
    text = SealedTextField(_("addition"), max_length=20_000)
    submission = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    added_at = models.DateTimeField(db_default=Now(), editable=False)
    added_by = models.ForeignKey(STAFF, on_delete=models.PROTECT, related_name="+", editable=False)

    data_policy = Policy(
        holds={
            Category.NARRATIVE: ["text"],
            Category.OPERATIONAL: ["enquiry", "submission", "added_at", "added_by"],
        },
        follows="enquiry",
        subject="enquiry__customer",
        why="Part of the enquiry's record.",
    )

    class Meta:
        verbose_name = _("amendment")
        constraints = [
            models.CheckConstraint(condition=Q(sealed_until__gte=F("expires_on")), name="amendment_sealed_until_due")
        ]

    def __str__(self) -> str:
        return f"amendment {self.pk}"


def page_url(page: str) -> str:
    """The address of a page that is typed on: `counter`, `new`, `customer:CUS-…` or `enquiry:ENQ-…`."""
    kind, _colon, reference = page.partition(":")
    views = {
        "new": "customer_new",
        "customer": "customer_detail",
        "change": "customer_change",
        "enquiry": "enquiry_detail",
    }
    return reverse(f"visits:{views.get(kind, 'counter')}", args=[reference] if reference else [])


class DraftQuerySet(RetainedQuerySet):
    """Which drafts."""

    def of(self, adviser: Any) -> Self:
        """What `adviser` typed in the last 24 hours and has not sent, newest first."""
        return self.filter(
            adviser=adviser, updated_at__gt=Now() - dt.timedelta(hours=24), expires_on__gt=london_today()
        ).order_by("-updated_at", "-pk")


class Draft(Retained):
    """What an adviser is typing on one page, so that nothing typed is ever lost."""

    submission = models.UUIDField(unique=True)
    adviser = models.ForeignKey(STAFF, on_delete=models.CASCADE, related_name="+")
    page = models.CharField(max_length=40)
    content = SealedJSONField()
    revision = models.PositiveIntegerField(default=1)
    started_at = models.DateTimeField(default=database_now)
    updated_at = models.DateTimeField(default=database_now)

    objects = DraftQuerySet.as_manager()

    data_policy = Policy(
        holds={
            Category.NARRATIVE: ["content"],
            Category.OPERATIONAL: ["submission", "adviser", "page", "revision", "started_at", "updated_at"],
        },
        keep=days(2),
        since="updated_at",
        subject="whoever is being written about",
        audited=False,
        why="Shown for 24 hours to its author; not a record until it is sent.",
    )

    class Meta:
        verbose_name = _("draft")
        constraints = [
            models.CheckConstraint(condition=Q(sealed_until__gte=F("expires_on")), name="draft_sealed_until_due")
        ]
        indexes = [models.Index(fields=["adviser", "page", "-updated_at"], name="draft_by_adviser")]

    def __str__(self) -> str:
        return f"draft {self.pk}"

    def get_absolute_url(self) -> str:
        return f"{page_url(self.page)}?draft={self.submission}"

    @property
    def about_reference(self) -> str:
        """The reference of the customer or enquiry it is about, if any."""
        return self.page.partition(":")[2]
