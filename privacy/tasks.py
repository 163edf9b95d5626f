"""Background work on the search projection."""

from celery import shared_task

from privacy import actions


@shared_task(name="privacy.mend_search")
def mend_search() -> int:
    """Rebuild the projection after a crash emptied it."""
    return actions.mend_search()
