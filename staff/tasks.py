"""Background work on signing in."""

from celery import shared_task

from staff import actions


@shared_task(name="staff.clear_sessions")
def clear_sessions() -> None:
    """Delete sessions that have ended, and counts of tries that are over."""
    actions.clear_sessions()
    actions.forget_old_tries()
