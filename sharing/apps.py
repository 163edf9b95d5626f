from django.apps import AppConfig


class SharingConfig(AppConfig):
    """Who may be told what, and the record of who looked."""

    name = "sharing"

    def ready(self) -> None:
        from sharing import checks  # noqa: F401
