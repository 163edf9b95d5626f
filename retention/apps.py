from django.apps import AppConfig


class RetentionConfig(AppConfig):
    """When records go, and what stops them."""

    name = "retention"

    def ready(self) -> None:
        from django.core.checks import register

        from retention import checks  # noqa: F401
        from retention.canaries import check_makers

        register("retention")(check_makers)
