"""Reveals the personal values of an entry, which are otherwise masked."""

from audit.actor import Actor
from audit.record import EventContent, Target, record
from audit.vocabulary import AuditAction, TargetType
from controlhub.models import ScimRequest


def reveal_request(entry: ScimRequest, *, actor: Actor) -> None:
    """Record that the actor sees the personal values of this entry."""
    target = Target(entry.organization_id, TargetType.REQUEST, str(entry.id), f"{entry.method} {entry.status}")
    record(AuditAction.REQUEST_REVEALED, target=target, content=EventContent(), actor=actor)
