"""The check of an organization's log: the tables against each other, against the checkpoints, and against the file.

`docs/audit.md` lists the faults that it finds. Events are read in the order of their leaves, a page at a time.
"""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from audit.canonical import leaf_of
from audit.evidence import erased_people, problems_of
from audit.expired import Removal, last_removal
from audit.models import APART, AuditCheckpoint, AuditEvent, AuditLeaf, AuditPersonal, AuditSubtree
from audit.reading import CHUNK, Fault, chunks
from audit.seal import STORED_LEVELS, is_genuine, oldest_transaction
from audit.signed import Signed, read_checkpoint, signed_checkpoints
from audit.transparency.trees import CompactRange, leaf_hash
from controlhub.sql.seals import OVERLOOKED
from controlhub.sql.statements import fetch_rows


@dataclass(slots=True)
class Check:
    """A running check: the tree so far, and the last checkpoint that agrees with it."""

    organization_id: UUID
    signed: Mapping[int, Signed]
    erased: AbstractSet[str]
    """The ids of people whose erasure is recorded."""
    removal: Removal
    tree: CompactRange = field(default_factory=CompactRange)
    agreed: int = 0
    is_diverged: bool = False
    has_macs: bool = False
    suspects: list[UUID] = field(default_factory=list)
    """The events since the last checkpoint that agrees."""


def faults(organization_id: UUID, *, before: int | None = None) -> Iterator[Fault]:
    """The faults in the sealed events of an organization, and in their checkpoints.

    All events of transactions before `before` must be sealed; it is `oldest_transaction` at the start of the last
    sealing. Events may be recorded and sealed during the check.
    """
    before = oldest_transaction() if before is None else before
    signed, problems = signed_checkpoints(organization_id)
    yield from problems
    check = Check(organization_id, signed, erased_people(organization_id), last_removal(organization_id))
    for chunk in chunks(AuditLeaf.objects.filter(organization_id=organization_id), "position"):
        yield from _check_leaves(check, chunk)
    yield from _check_end(check)
    yield from _overlooked(organization_id, before)


def _check_leaves(check: Check, leaves: Sequence[AuditLeaf]) -> Iterator[Fault]:
    ids = [leaf.event_id for leaf in leaves]
    events = AuditEvent.objects.filter(organization_id=check.organization_id).in_bulk(ids)
    personal = AuditPersonal.objects.in_bulk(ids)
    first, last = leaves[0].position, leaves[-1].position
    stored = _stored_subtrees(check.organization_id, first, last)
    for leaf in leaves:
        if leaf.position != check.tree.size:
            if not check.is_diverged:
                problem = f"a leaf between events {check.agreed} and {leaf.position} was removed"
                yield Fault(check.suspects[0] if check.suspects else leaf.event_id, problem)
            check.is_diverged = True
        event = events.get(leaf.event_id)
        row = personal.get(leaf.event_id)
        yield from _check_event(check, leaf, event, row.parts if row else [])
        yield from _check_version(check, event)
        yield from _grow(check, leaf, stored)


def _check_event(check: Check, leaf: AuditLeaf, event: AuditEvent | None, parts: list[Any]) -> Iterator[Fault]:
    place = leaf.position
    if event is None:
        if place >= check.removal.until:
            yield Fault(leaf.event_id, f"event {place} was removed")
        return
    if leaf_hash(leaf_of(event)) != bytes(leaf.hash):
        yield Fault(event.pk, f"event {place} was changed")
    if event.version >= APART:
        for problem in problems_of(event, parts, check.erased):
            yield Fault(event.pk, f"event {place} {problem}")


def _check_version(check: Check, event: AuditEvent | None) -> Iterator[Fault]:
    """Only events before the first one with a MAC may lack a MAC."""
    if event is None or event.version >= APART:
        check.has_macs = check.has_macs or event is not None
    elif check.has_macs:
        yield Fault(event.pk, "an event of an old format follows newer ones")


def _grow(check: Check, leaf: AuditLeaf, stored: Mapping[tuple[int, int], bytes]) -> Iterator[Fault]:
    """Add the leaf, and compare the subtrees that it completes with the stored hashes and the checkpoints."""
    check.suspects.append(leaf.event_id)
    for (level, number), found in check.tree.append(bytes(leaf.hash)):
        if level % STORED_LEVELS == 0 and stored.get((level, number)) != found and not check.is_diverged:
            yield Fault(leaf.event_id, f"the stored hash of the subtree that ends at event {leaf.position} is wrong")
    if check.tree.size == check.removal.until and check.tree.root() != check.removal.root:
        problem = f"the recorded removal of the first {check.tree.size} events is that of another tree"
        yield Fault(check.removal.event_id, problem)
    signed = check.signed.get(check.tree.size)
    if signed is None or check.is_diverged:
        return
    if signed.root == check.tree.root():
        check.agreed = check.tree.size
        check.suspects.clear()
    else:
        yield _disagreement(check, signed)


def _disagreement(check: Check, signed: Signed) -> Fault:
    check.is_diverged = True
    return Fault(
        check.suspects[0] if check.suspects else None,
        f"events {check.agreed} to {signed.size - 1} are not those of the checkpoint at {signed.size}",
    )


def _check_end(check: Check) -> Iterator[Fault]:
    """The tree must end at the newest checkpoint."""
    size, last = check.tree.size, max(check.signed, default=0)
    if size < last:
        yield Fault(None, f"events {size} to {last - 1} were removed together with their leaves")
    elif size > last and not _is_signed_meanwhile(check):
        first = AuditLeaf.objects.filter(organization_id=check.organization_id, position__gte=last)
        yield Fault(
            first.order_by("position").values_list("event_id", flat=True).first(),
            f"events {last} to {size - 1} have no checkpoint",
        )


def _is_signed_meanwhile(check: Check) -> bool:
    """Whether a checkpoint that was signed after the check began covers the last leaves."""
    newest = AuditCheckpoint.objects.filter(organization_id=check.organization_id).order_by("-size").first()
    found = read_checkpoint(newest.note, check.organization_id) if newest else None
    if found is None or found.size < check.tree.size:
        return False
    return found.size > check.tree.size or found.root == check.tree.root()


def _stored_subtrees(organization_id: UUID, first: int, last: int) -> dict[tuple[int, int], bytes]:
    """The stored hashes of the subtrees that end between two leaves."""
    found: dict[tuple[int, int], bytes] = {}
    for level in range(STORED_LEVELS, 64, STORED_LEVELS):
        if last >> level == first >> level and (last + 1) >> level == first >> level:
            break
        rows = AuditSubtree.objects.filter(
            organization_id=organization_id, level=level, number__range=(first >> level, last >> level)
        )
        found |= {(level, number): bytes(node) for number, node in rows.values_list("number", "hash")}
    return found


def _overlooked(organization_id: UUID, before: int) -> Iterator[Fault]:
    """Faults for events that sealing has skipped."""
    params = {"organization": organization_id, "before": str(before), "most": CHUNK}
    ids = [event_id for (event_id,) in fetch_rows(OVERLOOKED, params)]
    for event in AuditEvent.objects.filter(pk__in=ids).order_by("id"):
        if is_genuine(event):
            yield Fault(event.pk, "an event has not been sealed")
        else:
            yield Fault(event.pk, "an event was not written by Control Hub, or was changed before it was sealed")
