"""Background work on drafts."""

from celery import shared_task

from drafts import actions


@shared_task(name="drafts.discard_abandoned_drafts")
def discard_abandoned_drafts() -> int:
    """Delete the drafts that nobody has touched for 24 hours; returns how many."""
    return actions.discard_abandoned_drafts()
