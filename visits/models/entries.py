"""What was added to an enquiry after its first words, by whom and when."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from privacy.constraints import one_of
from privacy.policy import Category, Policy
from privacy.sealed import SealedTextField
from retention.constraints import Established
from retention.models import Retained, RetainedQuerySet
from staff.models import staff_key
from visits.models.choices import EntryKind
from visits.models.enquiries import Enquiry

# Kinds by which an enquiry becomes another customer's; `customer_was` and `customer_is` say from whom to whom.
MOVING = (EntryKind.ATTACHED, EntryKind.MOVED, EntryKind.TAKEN_BACK)


class EntryQuerySet(RetainedQuerySet):
    """Selections of entries, in the order in which they were added."""

    def in_order(self) -> Self:
        return self.order_by("added_at", "pk")

    def moves(self) -> Self:
        """Those by which the enquiry became another customer's."""
        return self.filter(kind__in=MOVING).order_by("pk")


class EnquiryEntry(Retained):
    """One entry in an enquiry's record: words, or what was done with it. Entries are added, never changed.

    Customers stand in it by their number, so that a person who was named in error need not be kept for it.
    """

    enquiry = models.ForeignKey(Enquiry, on_delete=models.PROTECT, related_name="entries", editable=False)
    kind = models.CharField(_("kind of entry"), max_length=20, choices=EntryKind, editable=False)
    text = SealedTextField(_("addition"), max_length=20_000, blank=True)
    customer_was = models.BigIntegerField(null=True, editable=False)
    customer_is = models.BigIntegerField(null=True, editable=False)
    handed_to = staff_key(null=True, db_index=False)
    added_at = models.DateTimeField(db_default=Now(), editable=False)
    added_by = staff_key()

    objects = EntryQuerySet.as_manager()

    data_policy = Policy(
        name="enquiry_entry",
        holds={
            Category.NARRATIVE: ["text"],
            Category.OPERATIONAL: ["kind", "customer_was", "customer_is"],
        },
        follows="enquiry",
        subject="enquiry__customer",
        why="Part of the enquiry's record.",
    )

    class Meta(Retained.Meta):
        verbose_name = _("enquiry entry")
        constraints = [
            *Retained.Meta.constraints,
            Established(may_change=["hold", "sealed_until"]),
            *one_of(kind=EntryKind),
            models.CheckConstraint(
                condition=Q(kind=EntryKind.ATTACHED, customer_was__isnull=True, customer_is__isnull=False)
                | Q(kind=EntryKind.MOVED, customer_was__isnull=False, customer_is__isnull=False)
                | Q(kind=EntryKind.TAKEN_BACK, customer_was__isnull=False)
                | (~Q(kind__in=MOVING) & Q(customer_was__isnull=True, customer_is__isnull=True)),
                name="enquiryentry_customers_as_its_kind",
            ),
            models.CheckConstraint(
                condition=Q(kind=EntryKind.HANDED_OVER, handed_to__isnull=False)
                | (~Q(kind=EntryKind.HANDED_OVER) & Q(handed_to__isnull=True)),
                name="enquiryentry_handed_to_somebody",
            ),
        ]
