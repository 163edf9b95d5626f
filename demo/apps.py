from django.apps import AppConfig


class DemoConfig(AppConfig):
    """Invented people, days and load: for a first look, benchmarks and training."""

    name = "demo"
