"""Exports of users and of the audit log, recorded when they begin."""

from audit.actor import Actor
from audit.record import EventContent, Target, record
from audit.vocabulary import AuditAction
from controlhub.actions.organizations import audit_target
from controlhub.models import Organization


def note_export(organization: Organization, *, file_format: str, query: str, actor: Actor) -> None:
    """Record the export of the users that a query string selects."""
    content = EventContent(details={"format": file_format, "filter": query})
    record(AuditAction.USERS_EXPORTED, target=audit_target(organization), content=content, actor=actor)


def note_data_export(target: Target, *, file_format: str, actor: Actor) -> None:
    """Record the export of what is stored about one person."""
    content = EventContent(details={"format": file_format})
    record(AuditAction.USER_DATA_EXPORTED, target=target, content=content, actor=actor)


def note_export_of_events(organization: Organization, *, file_format: str, query: str, actor: Actor) -> None:
    """Record the export of the audit events that a query string selects."""
    content = EventContent(details={"format": file_format, "filter": query})
    record(AuditAction.EVENTS_EXPORTED, target=audit_target(organization), content=content, actor=actor)
