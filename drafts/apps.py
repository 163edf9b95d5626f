from django.apps import AppConfig


class DraftsConfig(AppConfig):
    """What is being typed, on any form of any app, so that nothing typed is lost."""

    name = "drafts"

    def ready(self) -> None:
        from drafts import actions, checks  # noqa: F401 - the first registers the action that makes canaries
