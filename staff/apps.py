from django.apps import AppConfig


class StaffConfig(AppConfig):
    """Who works here: accounts, roles, locations."""

    name = "staff"
