"""Recorded removals of expired events: the beginning of a log of which only the tree and the archives are left."""

from dataclasses import dataclass
from uuid import UUID

from audit.models import AuditEvent
from audit.recovered import is_recorded
from audit.vocabulary import AuditAction


@dataclass(frozen=True, slots=True)
class Removal:
    """The events from `first` until before `until` were removed. `root` is the root of the tree of size `until`."""

    event_id: UUID
    first: int
    until: int
    root: bytes


NOTHING_REMOVED = Removal(UUID(int=0), 0, 0, b"")


def last_removal(organization_id: UUID) -> Removal:
    """The newest removal. It counts only if Control Hub recorded it. All events before its `until` may be missing.

    Earlier removals are events before it, and can be removed themselves.
    """
    events = AuditEvent.objects.filter(organization_id=organization_id, action=AuditAction.LOG_EXPIRED.value)
    removals = (
        Removal(event.pk, event.facts["first"], event.facts["until"], bytes.fromhex(event.facts["root"]))
        for event in events
        if is_recorded(event)
    )
    return max(removals, key=lambda removal: removal.until, default=NOTHING_REMOVED)
