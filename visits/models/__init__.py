"""Customers, what they came about, and what was said."""

from visits.models.choices import Authority, Channel, Language, LegalBasis, OnBehalf, Outcome, Source
from visits.models.customers import Customer
from visits.models.drafts import Draft, page_url
from visits.models.enquiries import UNDO_SECONDS, Amendment, Enquiry
from visits.models.services import Service, Topic

__all__ = [
    "UNDO_SECONDS",
    "Amendment",
    "Authority",
    "Channel",
    "Customer",
    "Draft",
    "Enquiry",
    "Language",
    "LegalBasis",
    "OnBehalf",
    "Outcome",
    "Service",
    "Source",
    "Topic",
    "page_url",
]
