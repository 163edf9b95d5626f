"""Customers, what they came about, and what was said."""

from visits.models.choices import Authority, Channel, EntryKind, Language, OnBehalf, Outcome, Source
from visits.models.customers import Customer, in_words
from visits.models.enquiries import UNDO_SECONDS, Enquiry
from visits.models.entries import MOVING, EnquiryEntry
from visits.models.presences import PRESENT_FOR, Presence

__all__ = [
    "MOVING",
    "PRESENT_FOR",
    "UNDO_SECONDS",
    "Authority",
    "Channel",
    "Customer",
    "Enquiry",
    "EnquiryEntry",
    "EntryKind",
    "Language",
    "OnBehalf",
    "Outcome",
    "Presence",
    "Source",
    "in_words",
]
