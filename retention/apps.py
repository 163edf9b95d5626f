from django.apps import AppConfig


class RetentionConfig(AppConfig):
    """Deletion of records when they are due, and holds that stop it."""

    name = "retention"

    def ready(self) -> None:
        from django.core.checks import register

        from retention import checks  # noqa: F401
        from retention.canary_makers import check_makers

        register("retention")(check_makers)
