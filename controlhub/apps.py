"""The portal's application: registers the system checks."""

from django.apps import AppConfig


class ControlHubConfig(AppConfig):
    name = "controlhub"

    def ready(self) -> None:
        from controlhub import checks  # noqa: F401 — registers itself
