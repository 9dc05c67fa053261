"""Exports of the provisioning log, recorded when they begin."""

from audit.actor import Actor
from audit.record import EventContent, record
from audit.vocabulary import AuditAction
from controlhub.actions.organizations import audit_target
from controlhub.models import Organization


def note_export_of_log(organization: Organization, *, query: str, actor: Actor) -> None:
    """Record the export of the rows that a query string selects."""
    content = EventContent(details={"format": "csv", "filter": query})
    record(AuditAction.PROVISIONING_LOG_EXPORTED, target=audit_target(organization), content=content, actor=actor)
