"""What the benchmark sends: enquiries as advisers log them."""

from __future__ import annotations

import uuid

from django.core.signing import Signer

SUMMARIES = (
    "Council Tax reminder after moving house",
    "Blue Badge renewal, needs a photograph",
    "Housing Benefit: payslips brought in",
    "Missed recycling collection",
)
NOTES = (
    "Came in with the letter of the 3rd. Explained what it asks for and by when. Will bring the tenancy agreement on"
    " Thursday; asked for a call back in Welsh if anything is missing.",
    "Says the form was posted two weeks ago and nothing was heard since. Found it on the system, told them that it"
    " takes up to four weeks, gave the number of the team.",
    "Asked how to pay by instalments. Went through the dates together, printed the plan. Worried about heating costs:"
    " told them about the hardship fund and where to apply.",
)


def enquiry_fields(number: int, about: str, *, account: int, key: str, customer: str = "") -> dict[str, str]:
    """What an account posts for an enquiry that is closed at once: of a known customer, or of nobody with a note.

    `key` is the site's secret, with which its pages say for whom they were made.
    """
    page = f"customer:{customer}" if customer else "counter"
    signer = Signer(key=key, salt="drafts.made_for", fallback_keys=[])
    return {
        "submission": str(uuid.uuid4()),
        "made_for": signer.sign(f"{account}:{page}"),
        "about": about,
        "outcome": "resolved",
        "summary": SUMMARIES[number % len(SUMMARIES)],
        "narrative": NOTES[number % len(NOTES)],
        "source": "self",
        "channel": "walk_in",
        "language_offered": "on",
        "caller_name": "",
        "source_name": "",
        "referred_to": "",
        "on_behalf": "",
        "authority_seen": "",
        "legal_basis": "",
        "language_chosen": "en",
        "language_served": "en",
    }
