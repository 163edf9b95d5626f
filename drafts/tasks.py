"""Background work on drafts."""

from celery import shared_task

from drafts import actions


@shared_task(name="drafts.discard_abandoned_drafts")
def discard_abandoned_drafts() -> int:
    """Delete the drafts that nobody has touched for 24 hours; returns how many."""
    return actions.discard_abandoned_drafts()


@shared_task(name="drafts.forget_sent")
def forget_sent() -> int:
    """Delete what is known of pages sent longer than 48 hours ago; returns how many."""
    return actions.forget_sent()
