"""Background work at the desk."""

from celery import shared_task

from visits import actions


@shared_task(name="visits.forget_presences")
def forget_presences() -> int:
    """Delete who had an enquiry open and has not any more; returns how many."""
    return actions.forget_presences()
