"""Sealing: each event becomes a leaf of its organization's Merkle tree, and each batch ends with a checkpoint.

Writers take no lock and do not wait. A watermark over the transactions that recorded events marks where to start: no
new events can appear in transactions older than the oldest running one (docs/decisions/0070).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from uuid import UUID

from django.db import transaction

from audit.canonical import leaf_of, written_part
from audit.checkpoint_files import append_notes, last_note, lock_file
from audit.keys import is_valid_mac
from audit.models import APART, AuditCheckpoint, AuditEvent, AuditLeaf, AuditSubtree, AuditWatermark
from audit.recovered import recoveries, recovery_of
from audit.signing import belongs_to, origin_of, signing_key, verifier_keys
from audit.transparency.checkpoints import Checkpoint, open_checkpoint, parse_checkpoint
from audit.transparency.keys import NoteError
from audit.transparency.notes import parse_note
from audit.transparency.trees import HASH_BYTES, CompactRange, leaf_hash
from controlhub.sql.seals import HORIZON, TRY_LOCK, UNSEALED
from controlhub.sql.statements import fetch_rows

LOCK = 0x43485F5345414C  # "CH_SEAL"
BATCH = 5_000
MOST_BATCHES = 40
MOST_NOTES = 10_000
STORED_LEVELS = 8
"""The hashes of subtrees whose level is a multiple of this are stored."""
LAST_TRANSACTION = str(2**64 - 1)
NO_EVENT = UUID(int=0)


class DivergedError(Exception):
    """A log in the database does not continue the checkpoints signed before. None of its events were sealed."""

    organization_ids: tuple[UUID, ...] = ()
    """The organizations of the logs, if `seal_events` raised the error."""


@dataclass(frozen=True, slots=True)
class Horizon:
    """`oldest` is the oldest running transaction, `newest` the newest one whose events are visible."""

    cluster: str
    oldest: int
    newest: str


@dataclass(frozen=True, slots=True)
class Position:
    """An event in the order of sealing."""

    transaction: str
    event: UUID


@dataclass(frozen=True, slots=True)
class Batch:
    """The number of sealed events, where the next batch starts if there are more, and the logs that were left out."""

    sealed: int = 0
    next: Position | None = None
    diverged: Mapping[UUID, str] = field(default_factory=dict)


def seal_events() -> int:
    """Seal pending events in batches. Returns the number of sealed events. If two runs overlap, one does nothing.

    Raises DivergedError, after sealing all other logs, if an organization's log cannot continue.
    """
    total, after, diverged = 0, None, dict[UUID, str]()
    for _ in range(MOST_BATCHES):
        batch = seal_batch(after, is_complete=not diverged)
        total, after = total + batch.sealed, batch.next
        diverged |= batch.diverged
        if after is None:
            break
    if diverged:
        error = DivergedError(" ".join(diverged.values()))
        error.organization_ids = tuple(diverged)
        raise error
    return total


@transaction.atomic
def seal_batch(after: Position | None = None, *, is_complete: bool = True) -> Batch:
    """Seal the next events after a position.

    The watermark does not move if this or an earlier batch left out a log, because it must not pass those events.
    """
    ((is_alone,),) = fetch_rows(TRY_LOCK, {"lock": LOCK})
    if not is_alone:
        return Batch()
    horizon = _horizon()
    mark = _watermark(horizon)
    is_scan = mark.scan_transaction != ""
    start = after or Position(mark.scan_transaction or str(mark.transaction), mark.scan_event or NO_EVENT)
    rows = fetch_rows(
        UNSEALED,
        {
            "transaction": start.transaction,
            "event": start.event,
            "until": LAST_TRANSACTION if is_scan else horizon.newest,
            "most": BATCH,
        },
    )
    sealed, diverged = _append([event_id for _, event_id in rows])
    is_complete = is_complete and not diverged
    last = Position(*rows[-1]) if len(rows) == BATCH else None
    if is_complete and (rows or is_scan):
        _move(mark, horizon, last)
        last = last or (Position(str(mark.transaction), NO_EVENT) if is_scan else None)
    return Batch(sealed, last, diverged)


def oldest_transaction() -> int:
    """The oldest transaction that is still running. All events of earlier transactions are visible."""
    return _horizon().oldest


def _horizon() -> Horizon:
    ((cluster, oldest, newest),) = fetch_rows(HORIZON)
    return Horizon(cluster, int(oldest), newest)


def _watermark(horizon: Horizon) -> AuditWatermark:
    """The watermark. In a database that was restored elsewhere, a new one that scans the whole log once."""
    mark = AuditWatermark.objects.first()
    if mark and mark.cluster == horizon.cluster and mark.transaction <= int(horizon.newest):
        return mark
    new = AuditWatermark(pk=mark.pk if mark else None, cluster=horizon.cluster, transaction=horizon.oldest)
    new.scan_transaction, new.scan_event = "0", NO_EVENT
    return new


def _move(mark: AuditWatermark, horizon: Horizon, last: Position | None) -> None:
    """Note that all events up to `last`, or all visible events, are sealed.

    A scan does not move the watermark, so that events recorded since the scan began are found from there.
    """
    if mark.scan_transaction != "":
        mark.scan_transaction, mark.scan_event = (last.transaction, last.event) if last else ("", None)
    else:
        mark.transaction = min(horizon.oldest, int(last.transaction)) if last else horizon.oldest
    mark.save()


def _append(event_ids: Sequence[UUID]) -> tuple[int, dict[UUID, str]]:
    """Add the genuine events to their organizations' trees, and sign a checkpoint of each tree.

    Returns the number of added events, and the problem of each log that cannot continue. Events that are not genuine
    never get a leaf, which `verify_audit` reports.
    """
    found = AuditEvent.objects.in_bulk(event_ids)
    by_organization: dict[UUID, list[AuditEvent]] = defaultdict(list)
    for event in filter(is_genuine, map(found.__getitem__, event_ids)):
        by_organization[event.organization_id].append(event)
    heads = latest_checkpoints(by_organization)
    leaves: list[AuditLeaf] = []
    subtrees: list[AuditSubtree] = []
    checkpoints: list[AuditCheckpoint] = []
    diverged: dict[UUID, str] = {}
    for organization_id, events in by_organization.items():
        try:
            origin, tree = _tree(organization_id, heads.get(organization_id))
        except DivergedError as error:
            diverged[organization_id] = str(error)
            continue
        for event in events:
            _add(tree, event, leaves, subtrees)
        checkpoints.append(_checkpoint(organization_id, origin, tree))
    AuditLeaf.objects.bulk_create(leaves)
    AuditSubtree.objects.bulk_create(subtrees)
    AuditCheckpoint.objects.bulk_create(checkpoints)
    for checkpoint in checkpoints:
        transaction.on_commit(partial(write_file, checkpoint.organization_id))
    return len(leaves), diverged


def is_genuine(event: AuditEvent) -> bool:
    """Whether Control Hub wrote this event. Those of versions 1 and 2 have no MAC."""
    return event.version < APART or is_valid_mac(bytes(event.mac), written_part(event)) is True


def _add(tree: CompactRange, event: AuditEvent, leaves: list[AuditLeaf], subtrees: list[AuditSubtree]) -> None:
    organization_id, found = event.organization_id, leaf_hash(leaf_of(event))
    leaves.append(AuditLeaf(event_id=event.pk, organization_id=organization_id, position=tree.size, hash=found))
    for (level, number), node in tree.append(found):
        if level % STORED_LEVELS == 0:
            subtrees.append(AuditSubtree(organization_id=organization_id, level=level, number=number, hash=node))


def _checkpoint(organization_id: UUID, origin: str, tree: CompactRange) -> AuditCheckpoint:
    note = Checkpoint(origin, tree.size, tree.root()).sign(signing_key(origin))
    hashes = b"".join(tree.hashes)
    return AuditCheckpoint(organization_id=organization_id, size=tree.size, note=str(note), subtrees=hashes)


def latest_checkpoints(organization_ids: Iterable[UUID]) -> dict[UUID, AuditCheckpoint]:
    """The newest checkpoint of each of these organizations that has one."""
    found = AuditCheckpoint.objects.filter(organization_id__in=list(organization_ids))
    newest = found.order_by("organization_id", "-size").distinct("organization_id")
    return {checkpoint.organization_id: checkpoint for checkpoint in newest}


def _tree(organization_id: UUID, head: AuditCheckpoint | None) -> tuple[str, CompactRange]:
    """The origin and the tree of an organization's log. Raises DivergedError unless it continues the signed history."""
    _require_file_before(organization_id, head)
    if head is None:
        return origin_of(organization_id), CompactRange()
    tree = tree_at(head)
    try:
        origin = parse_checkpoint(parse_note(head.note).text).origin
        signed = open_checkpoint(head.note, verifier_keys(origin))
    except NoteError as error:
        raise DivergedError(f"The last checkpoint of organization {organization_id} is not valid: {error}") from error
    if signed != Checkpoint(origin, tree.size, tree.root()) or not belongs_to(origin, organization_id):
        raise DivergedError(f"The last checkpoint of organization {organization_id} is that of another tree.")
    return origin, tree


def tree_at(checkpoint: AuditCheckpoint) -> CompactRange:
    """The tree of a checkpoint. Raises DivergedError if the number of subtrees does not match its size."""
    data = bytes(checkpoint.subtrees)
    try:
        hashes = [data[start : start + HASH_BYTES] for start in range(0, len(data), HASH_BYTES)]
        return CompactRange(checkpoint.size, hashes)
    except ValueError as error:
        raise DivergedError(f"A checkpoint of organization {checkpoint.organization_id} was changed.") from error


def _require_file_before(organization_id: UUID, head: AuditCheckpoint | None) -> None:
    """Raises DivergedError if the file has a checkpoint that the database lacks, unless its loss is recorded.

    This happens when the newest events were removed, or a backup was restored (`recover_audit`).
    """
    note = last_note(organization_id)
    if note is None or (head and note == head.note) or _written_size(organization_id, note) is not None:
        return
    size = _parsed(note, organization_id).size
    raise DivergedError(
        f"The log of organization {organization_id} has lost events, or has another history than its file of "
        f"checkpoints, which ends at {size}. After restoring a backup, run recover_audit; otherwise verify_audit."
    )


def _written_size(organization_id: UUID, note: str) -> int | None:
    """The size after which checkpoints are missing from the file, according to its last note.

    This is the note's own size or, if the note ends a history whose loss is recorded, the size at which the log
    continued. None if the database has a different history.
    """
    last = _parsed(note, organization_id)
    if AuditCheckpoint.objects.filter(organization_id=organization_id, size=last.size, note=note).exists():
        return last.size
    recovery = recovery_of(last, recoveries(organization_id))
    return recovery.loss.kept if recovery else None


def _parsed(note: str, organization_id: UUID) -> Checkpoint:
    try:
        return parse_checkpoint(parse_note(note).text)
    except NoteError as error:
        raise DivergedError(f"The file of checkpoints of organization {organization_id} is damaged.") from error


def write_file(organization_id: UUID) -> None:
    """Append the checkpoints that are not in the organization's file yet."""
    with lock_file(organization_id):
        note = last_note(organization_id)
        size = _written_size(organization_id, note) if note else 0
        if size is None:
            return
        newer = AuditCheckpoint.objects.filter(organization_id=organization_id, size__gt=size).order_by("size")
        append_notes(organization_id, newer.values_list("note", flat=True)[:MOST_NOTES])
