"""What the desk chooses from."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Language(models.TextChoices):
    ENGLISH = "en", _("English")
    WELSH = "cy", _("Welsh")
    OTHER = "other", _("Another language")


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


class EntryKind(models.TextChoices):
    NOTE = "note", _("Note")
    CLOSING = "closing", _("Closing words")
    AMENDMENT = "amendment", _("Added later")
    ATTACHED = "attached", _("Customer attached")
    MOVED = "moved", _("Moved to another customer")
    TAKEN_BACK = "taken_back", _("Taken back")
    HANDED_OVER = "handed_over", _("Handed over")
