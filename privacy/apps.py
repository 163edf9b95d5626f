from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    """The words everything else uses: category, policy, day keys, sealed fields, search, audit."""

    name = "privacy"

    def ready(self) -> None:
        from privacy import audit, checks  # noqa: F401

        audit.register_models()
