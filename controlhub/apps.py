"""The portal's Django application, which registers modules, and the choice of static files."""

from importlib import import_module

from django.apps import AppConfig
from django.contrib.staticfiles.apps import StaticFilesConfig

REGISTERED = ("controlhub.checks", "controlhub.actions.bulk")
"""Modules that register what they define: system checks and kinds of jobs."""


class StaticFiles(StaticFilesConfig):
    """Leaves out files that no page uses: the browsable API's files, and htmx's extensions and other major versions."""

    ignore_patterns = [
        *StaticFilesConfig.ignore_patterns,
        "rest_framework",
        "ext",
        "htmx-4*",
        "htmax*",
    ]


class ControlHubConfig(AppConfig):
    name = "controlhub"
    default = True

    def ready(self) -> None:
        for name in REGISTERED:
            import_module(name)
        from controlhub import checks  # noqa: F401 — registers itself

        import_module("controlhub.actions.added_people")
        import_module("directory.actions.bulk")
        import_module("directory.actions.rule_jobs")
        import_module("directory.actions.imports")
        import_module("controlhub.actions.imports")  # registers kinds of jobs
