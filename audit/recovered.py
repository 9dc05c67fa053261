"""Recorded recoveries: the ranges of events that are missing after restoring a backup or failing over to a replica."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from audit.canonical import written_part
from audit.keys import is_valid_mac
from audit.losses import Loss
from audit.models import AuditEvent, AuditLeaf
from audit.transparency.checkpoints import Checkpoint
from audit.vocabulary import AuditAction


@dataclass(frozen=True, slots=True)
class Recovery:
    """A recorded loss. The log continued where the loss begins."""

    event_id: UUID
    recorded_at: datetime
    loss: Loss

    def ends(self, checkpoint: Checkpoint) -> bool:
        """Whether this is the last checkpoint of the lost history."""
        return (self.loss.lost, self.loss.root) == (checkpoint.size, checkpoint.root)


def recoveries(organization_id: UUID) -> list[Recovery]:
    """The recoveries in the organization's log, oldest first. Events that Control Hub did not write are ignored."""
    events = AuditEvent.objects.filter(organization_id=organization_id, action=AuditAction.LOG_RECOVERED.value)
    return [
        Recovery(event.pk, event.created_at, Loss.read(event.facts))
        for event in events.order_by("id")
        if is_recorded(event)
    ]


def recovery_of(checkpoint: Checkpoint, recorded: Collection[Recovery]) -> Recovery | None:
    """The recovery that records the loss of the history that ends with this checkpoint."""
    return next((recovery for recovery in recorded if recovery.ends(checkpoint)), None)


def is_recorded(event: AuditEvent) -> bool:
    """Whether Control Hub wrote the event: by its MAC or, without the key, its leaf. Only genuine events are sealed."""
    is_valid = is_valid_mac(bytes(event.mac), written_part(event))
    return AuditLeaf.objects.filter(event_id=event.pk).exists() if is_valid is None else is_valid
