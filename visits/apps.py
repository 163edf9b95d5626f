from django.apps import AppConfig


class VisitsConfig(AppConfig):
    """Customers and their enquiries at the desk: the established record."""

    name = "visits"

    def ready(self) -> None:
        from visits import actions  # noqa: F401 - registers the action that makes canaries
