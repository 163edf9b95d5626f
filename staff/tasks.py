"""Background work on sessions."""

from celery import shared_task

from staff import actions


@shared_task(name="staff.clear_sessions")
def clear_sessions() -> None:
    """Delete sessions that have ended."""
    actions.clear_sessions()
