"""Recorded recoveries: the ranges of events that a restored backup or a failed-over replica no longer has."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from audit.canonical import written_part
from audit.keys import is_valid_mac
from audit.models import AuditEvent, AuditLeaf
from audit.transparency.checkpoints import Checkpoint
from audit.vocabulary import AuditAction


@dataclass(frozen=True, slots=True)
class Recovery:
    """The log went on after `kept` events; those from there to `lost` had been sealed, and are lost.

    `root` is the root of the lost tree in hexadecimal digits.
    """

    event_id: UUID
    recorded_at: datetime
    kept: int
    lost: int
    root: str

    def ends(self, checkpoint: Checkpoint) -> bool:
        """Whether this is the last checkpoint of the history that was lost."""
        return (self.lost, self.root) == (checkpoint.size, checkpoint.root.hex())


def recoveries(organization_id: UUID) -> list[Recovery]:
    """The recoveries in the log of the organization, the first one first. One counts only if Control Hub wrote it."""
    events = AuditEvent.objects.filter(organization_id=organization_id, action=AuditAction.LOG_RECOVERED.value)
    return [
        Recovery(event.pk, event.created_at, event.facts["kept"], event.facts["lost"], event.facts["root"])
        for event in events.order_by("id")
        if is_recorded(event)
    ]


def recovery_of(checkpoint: Checkpoint, recorded: Collection[Recovery]) -> Recovery | None:
    """The recovery that records the loss of the history which ends with this checkpoint."""
    return next((recovery for recovery in recorded if recovery.ends(checkpoint)), None)


def is_recorded(event: AuditEvent) -> bool:
    """Whether Control Hub wrote it: by its MAC or, without its key, by its leaf: only genuine ones are sealed."""
    is_valid = is_valid_mac(bytes(event.mac), written_part(event))
    return AuditLeaf.objects.filter(event_id=event.pk).exists() if is_valid is None else is_valid
