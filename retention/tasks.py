"""Background tasks: the purge, files to be removed, canaries, reminders."""

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
    if run.state == run.State.DONE:
        canary_if_due.delay()
    return sum(run.counts.values_list("deleted", flat=True))


@shared_task(name="retention.remove_files")
def remove_files() -> int:
    """Remove the files of deleted records that are still there; returns how many are left."""
    return actions.remove_files()


@shared_task(name="retention.canary_if_due")
def canary_if_due() -> int:
    """Make the next canary and search for the last one; returns in how many places it was found."""
    run = actions.canary_if_due(seconds=SECONDS)
    if run is None:
        return 0
    if run.position:  # the time was over, not the search; what else keeps it from its end is for the next tick
        canary_if_due.delay()
    return run.hits


@shared_task(name="retention.remind_of_reviews")
def remind_of_reviews() -> int:
    """Remind of the reviews of holds that are near or overdue; returns how many mails went."""
    return actions.remind_of_reviews(seconds=SECONDS)
