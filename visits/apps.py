from django.apps import AppConfig


class VisitsConfig(AppConfig):
    """Customers and their enquiries at the desk: the established record."""

    name = "visits"
