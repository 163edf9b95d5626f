from django.apps import AppConfig


class RetentionConfig(AppConfig):
    """When records go, and what stops them."""

    name = "retention"
