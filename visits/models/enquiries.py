"""What people came about and what was said: the established record."""

from __future__ import annotations

import datetime as dt
from typing import Any, Self

from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from privacy.constraints import one_of, one_of_or_blank
from privacy.policy import Category, Policy, years
from privacy.references import ReferenceField
from privacy.sealed import SealedTextField
from retention.constraints import ChangedWithEntry, Established
from retention.models import Retained, RetainedQuerySet
from services.models import LegalBasis, Service, Topic
from staff.models import Location, Role, staff_key
from visits.models.choices import Authority, Channel, Language, OnBehalf, Outcome, Source
from visits.models.customers import Customer

# How long an enquiry just logged can be taken back, in seconds: ten to notice, and time to get there by keyboard.
UNDO_SECONDS = 30


class EnquiryQuerySet(RetainedQuerySet):
    """Queries on enquiries."""

    def on_day(self, day: dt.date) -> Self:
        return self.filter(contact_on=day)

    def logged_by(self, adviser: Any) -> Self:
        return self.filter(adviser=adviser)

    def owned_by(self, adviser: Any) -> Self:
        return self.filter(owner=adviser)

    def still_open(self) -> Self:
        return self.filter(ended_at__isnull=True)

    def newest_first(self) -> Self:
        return self.order_by("-started_at", "-pk")

    def as_rows(self) -> Self:
        """With what a row of a list shows of the enquiry, its customer and its adviser, and nothing more unsealed."""
        return self.select_related("service", "topic", "customer", "adviser", "owner").only(
            *("seal_id", "reference", "caller_name", "summary", "outcome", "started_at", "ended_at", "contact_on"),
            *("service__name_en", "service__name_cy", "topic__name_en", "topic__name_cy"),
            *("customer__seal_id", "customer__reference", "customer__family_name", "customer__given_names"),
            *("adviser__name", "owner__name"),
        )


class Enquiry(Retained):
    """One contact at the desk: who asked, about what, what was said, how it ended. Closed, it is never rewritten."""

    reference = ReferenceField("ENQ")
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
    adviser = staff_key(_("adviser"), db_index=False)
    closed_by = staff_key(null=True, db_index=False)
    # Who goes on with it: who logged it, until they hand it over.
    owner = staff_key(_("with"), db_index=False)
    location = models.ForeignKey(
        Location, on_delete=models.PROTECT, null=True, related_name="+", editable=False, db_index=False
    )

    objects = EnquiryQuerySet.as_manager()

    data_policy = Policy(
        name="enquiry",
        holds={
            Category.IDENTITY: ["caller_name", "source_name"],
            Category.NARRATIVE: ["summary", "narrative"],
            Category.OPERATIONAL: [
                *("source", "on_behalf", "authority_seen", "legal_basis", "channel", "outcome"),
                *("language_offered", "language_chosen", "language_served"),
            ],
        },
        shows={Category.OPERATIONAL: ["about", "is_open", "outcome_in_a_word"]},
        search={"caller_name": "name"},
        keep=years(6),
        since="contact_on",
        subject="customer",
        why="The established record of what was said; six years from the day of contact.",
    )

    class Meta(Retained.Meta):
        verbose_name = _("enquiry")
        constraints = [
            *Retained.Meta.constraints,
            # Closed, it is the established record. Whose it was may still be found out, or put right.
            Established(established="OLD.ended_at IS NOT NULL", may_change=["hold", "sealed_until", "customer"]),
            ChangedWithEntry(
                column="customer",
                entries="visits_enquiryentry",
                key="enquiry_id",
                was="customer_was",
                now="customer_is",
            ),
            *one_of(source=Source, legal_basis=LegalBasis, channel=Channel, outcome=Outcome),
            *one_of_or_blank(
                on_behalf=OnBehalf, authority_seen=Authority, language_chosen=Language, language_served=Language
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
            *Retained.Meta.indexes,
            models.Index(fields=["customer", "-started_at"], name="enquiry_by_customer"),
            models.Index(fields=["adviser", "contact_on", "-started_at"], name="enquiry_by_adviser"),
            models.Index(
                fields=["service", "started_at"], name="enquiry_open_by_service", condition=Q(ended_at__isnull=True)
            ),
            models.Index(
                fields=["owner", "-started_at"], name="enquiry_open_by_owner", condition=Q(ended_at__isnull=True)
            ),
        ]

    @property
    def is_open(self) -> bool:
        return self.ended_at is None

    def may_be_moved_by(self, user: Any) -> bool:
        """Whether `user` may say that it was another customer's: who logged it, and every manager."""
        return bool(user.pk == self.adviser_id or user.role == Role.MANAGER)

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
