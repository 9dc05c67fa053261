"""Bulk requests of SCIM clients: one event, which is the parent of the events of its operations."""

from uuid_utils.compat import uuid7

from audit.actor import Actor
from audit.record import EventContent, record
from audit.vocabulary import AuditAction
from controlhub.actions.organizations import audit_target
from controlhub.models import Organization


def begin_bulk_request(organization: Organization, *, operations: int, actor: Actor) -> Actor:
    """Record a request with several operations. Returns the actor for its operations, whose events are its children."""
    event_id = uuid7()
    content = EventContent(details={"operations": operations})
    target = audit_target(organization)
    record(AuditAction.BULK_REQUESTED, target=target, content=content, actor=actor, event_id=event_id)
    return actor._replace(parent_id=str(event_id))
