"""System checks: what is unsafe in this deployment, and how to fix it (`manage.py check --database default`)."""

from collections.abc import Sequence
from typing import Any

from django.core import checks
from django.core.checks import CheckMessage, Tags, register
from django.db import connections

from controlhub.security import dangers

_SUPERUSER = "SELECT rolsuper OR rolcreaterole OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
_DDL = "SELECT has_schema_privilege(current_user, 'public', 'CREATE')"
_LOG = """SELECT bool_or(has_table_privilege(current_user, oid, 'UPDATE, DELETE, TRUNCATE, TRIGGER'))
FROM pg_class WHERE relname IN ('audit_auditevent', 'audit_auditseal') AND relkind = 'r'"""
HINT = "Set DATABASE_OWNER_URL and DATABASE_URL, and run `manage.py create_database_roles` (docs/operations.md)."
FOUND = (
    (_SUPERUSER, "controlhub.W001", "The portal's database role can create roles or bypass access checks."),
    (_DDL, "controlhub.W002", "The portal's database role can change tables."),
    (_LOG, "controlhub.W003", "The portal's database role can change or delete audit events."),
)


@register(Tags.database)
def check_runtime_role(databases: Sequence[str] | None = None, **_options: Any) -> list[CheckMessage]:
    """Warn where the role that serves requests can do more than its work needs (decision 0003)."""
    messages: list[CheckMessage] = []
    for alias in databases or ():
        with connections[alias].cursor() as cursor:
            for question, identifier, problem in FOUND:
                cursor.execute(question)
                row = cursor.fetchone()
                if row and row[0]:
                    messages.append(checks.Warning(problem, hint=HINT, id=identifier))
    return messages


@register(Tags.database)
def check_dangers(databases: Sequence[str] | None = None, **_options: Any) -> list[CheckMessage]:
    """Warn of what stops the start of a service, also where ALLOW_UNSAFE accepts it."""
    if not databases:
        return []
    return [
        checks.Warning(danger.problem, hint=danger.remedy, id=f"controlhub.{danger.name}")
        for danger in (*dangers.in_settings(), *dangers.in_database())
    ]
