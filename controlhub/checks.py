"""System checks: what is unsafe in this deployment, and how to fix it (`manage.py check --database default`)."""

from collections.abc import Sequence
from typing import Any

from django.core import checks
from django.core.checks import CheckMessage, Tags, register

from controlhub.security import dangers
from controlhub.sql import server
from controlhub.sql.statements import fetch_rows

HINT = "Set DATABASE_OWNER_URL and DATABASE_URL, and run `manage.py create_database_roles` (docs/operations.md)."
FOUND = (
    (server.IS_PRIVILEGED, "controlhub.W001", "The portal's database role can create roles or bypass access checks."),
    (server.CHANGES_TABLES, "controlhub.W002", "The portal's database role can change tables."),
    (server.CHANGES_EVENTS, "controlhub.W003", "The portal's database role can change or delete audit events."),
)


@register(Tags.database)
def check_runtime_role(databases: Sequence[str] | None = None, **_options: Any) -> list[CheckMessage]:
    """Warn if the role that serves requests has more privileges than it needs (decision 0003)."""
    if not databases:
        return []
    found = [(identifier, problem) for question, identifier, problem in FOUND if fetch_rows(question)[0][0]]
    return [checks.Warning(problem, hint=HINT, id=identifier) for identifier, problem in found]


@register(Tags.database)
def check_dangers(databases: Sequence[str] | None = None, **_options: Any) -> list[CheckMessage]:
    """Warn of what prevents a service from starting, even if ALLOW_UNSAFE accepts it."""
    if not databases:
        return []
    return [
        checks.Warning(danger.problem, hint=danger.remedy, id=f"controlhub.{danger.name}")
        for danger in (*dangers.in_settings(), *dangers.in_database())
    ]
