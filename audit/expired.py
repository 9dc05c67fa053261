"""Recorded removals of expired events from the beginning of a log: only the tree and the archives still have them."""

from dataclasses import dataclass
from uuid import UUID

from audit.models import AuditEvent
from audit.recovered import is_recorded
from audit.vocabulary import AuditAction


@dataclass(frozen=True, slots=True)
class Removal:
    """The events from `first` to before `until` were removed. `root` is the root of the tree of size `until`."""

    event_id: UUID
    first: int
    until: int
    root: bytes


NOTHING_REMOVED = Removal(UUID(int=0), 0, 0, b"")


def last_removal(organization_id: UUID) -> Removal:
    """The newest removal that Control Hub recorded. All events before its `until` may be missing.

    The events that record earlier removals may have been removed themselves.
    """
    events = AuditEvent.objects.filter(organization_id=organization_id, action=AuditAction.LOG_EXPIRED.value)
    removals = (
        Removal(event.pk, event.facts["first"], event.facts["until"], bytes.fromhex(event.facts["root"]))
        for event in events
        if is_recorded(event)
    )
    return max(removals, key=lambda removal: removal.until, default=NOTHING_REMOVED)
