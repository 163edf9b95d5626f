"""Background work on what is due."""

from celery import shared_task

from retention import actions

# Less than the time limit of a task; what is left then is the next task's.
SECONDS = 200


@shared_task(name="retention.purge_if_due")
def purge_if_due() -> int:
    """Purge what should have been purged by now; returns how many records went, or 0."""
    run = actions.purge_if_due(seconds=SECONDS)
    if run is None:
        return 0
    if run.state == run.State.RUNNING:
        purge_if_due.delay()
    return sum(run.counts.values_list("deleted", flat=True))


@shared_task(name="retention.remind_of_reviews")
def remind_of_reviews() -> int:
    """Remind of the reviews of holds that are near or overdue; returns how many mails went."""
    return actions.remind_of_reviews(seconds=SECONDS)
