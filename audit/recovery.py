"""Records a recovery: a restored backup, or a replica that took over, lacks the newest events of the log.

Without this record, the events look as if they had been deleted: `verify_audit` reports that, and sealing stops.
"""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from audit.actor import Actor
from audit.canonical import leaf_of
from audit.checkpoint_files import read_notes, written_at
from audit.losses import Loss
from audit.models import AuditCheckpoint, AuditEvent
from audit.reading import CHUNK
from audit.record import EventContent, Target, record
from audit.seal import DivergedError, is_genuine, seal_events, tree_at, write_file
from audit.signed import read_checkpoint
from audit.transparency.trees import CompactRange, leaf_hash
from audit.vocabulary import AuditAction, TargetType
from controlhub.database.clock import machine_now
from controlhub.sql.seals import UNSEALED_BEFORE
from controlhub.sql.statements import fetch_rows

MOST_SKEW = timedelta(minutes=1)
"""How far the database's clock, which dates events, may be ahead of the clock that dates the file."""


def find_loss(organization_id: UUID) -> Loss | None:
    """The part of the history in the checkpoint file that the database lacks; None if nothing is missing.

    Raises DivergedError if the database is not an earlier state of that history, because then this is not a recovery.
    """
    notes = read_notes(organization_id)
    last = read_checkpoint(notes[-1], organization_id) if notes else None
    if notes and last is None:
        raise DivergedError("The file ends with a checkpoint that this installation did not sign.")
    stored = AuditCheckpoint.objects.filter(organization_id=organization_id)
    if last is None or stored.filter(size=last.size, note=notes[-1]).exists():
        return None
    newest = stored.order_by("-size").first()
    if newest and (newest.note not in notes or newest.size >= last.size):
        raise DivergedError("The database is not an earlier state of the history in the file of checkpoints.")
    tree = tree_at(newest) if newest else CompactRange()
    since, lost_notes = (newest.created_at, notes[notes.index(newest.note) + 1 :]) if newest else (None, notes)
    kept, until = tree.size, written_at(organization_id) or machine_now()
    found = list(_unsealed(organization_id, until + MOST_SKEW, most=last.size - kept))
    restored = _proven(tree, [leaf for leaf, _ in found], _roots(lost_notes, organization_id))
    unplaced = sum(created_at <= until for _, created_at in found[restored:])
    return Loss(kept, last.size, last.root, restored, unplaced, since, until)


def _unsealed(organization_id: UUID, until: datetime, *, most: int) -> Iterator[tuple[bytes, datetime]]:
    """The hashes and times of the unsealed events in the database, in the order in which they will be sealed."""
    params = {"organization": organization_id, "until": until, "most": most}
    ids = [pk for (pk,) in fetch_rows(UNSEALED_BEFORE, params)]
    for start in range(0, len(ids), CHUNK):
        chunk = ids[start : start + CHUNK]
        found = AuditEvent.objects.in_bulk(chunk)
        genuine = (event for event in map(found.__getitem__, chunk) if is_genuine(event))
        yield from ((leaf_hash(leaf_of(event)), event.created_at) for event in genuine)


def _proven(tree: CompactRange, hashes: Sequence[bytes], roots: AbstractSet[tuple[int, bytes]]) -> int:
    """The number of these leaves that, appended to the tree, lead to one of the roots of the lost history."""
    proven = 0
    for number, found in enumerate(hashes, 1):
        tree.append(found)
        if (tree.size, tree.root()) in roots:
            proven = number
    return proven


def _roots(notes: Sequence[str], organization_id: UUID) -> AbstractSet[tuple[int, bytes]]:
    """The sizes and roots of the checkpoints that this installation signed."""
    found = (read_checkpoint(note, organization_id) for note in notes)
    return {(checkpoint.size, checkpoint.root) for checkpoint in found if checkpoint}


def record_recovery(organization_id: UUID, *, name: str = "", reason: str, actor: Actor) -> Loss | None:
    """Record the loss as an event, and seal the log again, which signs the record. Returns None if nothing is lost.

    `name` is the organization's name. The organization may no longer exist.
    """
    with transaction.atomic():
        loss = find_loss(organization_id)
        if loss is None:
            return None
        target = Target(organization_id, TargetType.ORGANIZATION, str(organization_id), name)
        content = EventContent(reason=reason, details=loss.facts)
        record(AuditAction.LOG_RECOVERED, target=target, content=content, actor=actor)
    _seal(organization_id)
    write_file(organization_id)
    return loss


def _seal(organization_id: UUID) -> None:
    """Seal pending events. Raises DivergedError if this log cannot continue; other logs may still need a recovery."""
    try:
        while seal_events():
            continue
    except DivergedError as error:
        if organization_id in error.organization_ids:
            raise
