from django.apps import AppConfig


class ServicesConfig(AppConfig):
    """What the centre offers: services and topics."""

    name = "services"
