"""Customers, what they came about, and what was said."""

from visits.models.choices import Authority, Channel, Language, OnBehalf, Outcome, Source
from visits.models.customers import Customer
from visits.models.enquiries import UNDO_SECONDS, Amendment, Enquiry

__all__ = [
    "UNDO_SECONDS",
    "Amendment",
    "Authority",
    "Channel",
    "Customer",
    "Enquiry",
    "Language",
    "OnBehalf",
    "Outcome",
    "Source",
]
