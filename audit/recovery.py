"""Recording a recovery: a restored backup, or a replica that took over, lacks the newest events of the log.

Without the record, that is the same as somebody having removed them: `verify_audit` reports it, and sealing stops.
"""

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from audit.actor import Actor
from audit.checkpoint_files import read_notes
from audit.models import AuditCheckpoint
from audit.record import EventContent, Target, record
from audit.seal import DivergedError, seal_events, write_file
from audit.signed import read_checkpoint
from audit.vocabulary import AuditAction, TargetType


@dataclass(frozen=True, slots=True)
class Loss:
    """The events from `kept` to `lost`, the last one excluded, are in the file's checkpoints only."""

    kept: int
    lost: int
    root: bytes


def find_loss(organization_id: UUID) -> Loss | None:
    """What the database lacks of the history in the file of checkpoints; None if it lacks nothing.

    DivergedError if the database is not an earlier state of that history: then this is not a recovery.
    """
    notes = read_notes(organization_id)
    last = read_checkpoint(notes[-1], organization_id) if notes else None
    if notes and last is None:
        raise DivergedError("The file ends with a checkpoint that this installation did not sign.")
    stored = AuditCheckpoint.objects.filter(organization_id=organization_id)
    if last is None or stored.filter(size=last.size, note=notes[-1]).exists():
        return None
    newest = stored.order_by("-size").first()
    if newest is None:
        return Loss(0, last.size, last.root)
    if newest.note not in notes or newest.size >= last.size:
        raise DivergedError("The database is not an earlier state of the history in the file of checkpoints.")
    return Loss(newest.size, last.size, last.root)


def record_recovery(organization_id: UUID, *, name: str = "", reason: str, actor: Actor) -> Loss | None:
    """Record the loss as an event, and seal the log again, which signs the record. Returns None if nothing is lost.

    `name` is that of the organization, which may be gone.
    """
    with transaction.atomic():
        loss = find_loss(organization_id)
        if loss is None:
            return None
        details = {"kept": loss.kept, "lost": loss.lost, "root": loss.root.hex()}
        target = Target(organization_id, TargetType.ORGANIZATION, str(organization_id), name)
        content = EventContent(reason=reason, details=details)
        record(AuditAction.LOG_RECOVERED, target=target, content=content, actor=actor)
    while seal_events():
        continue
    write_file(organization_id)
    return loss
