"""Makes proofs from the database: reads the hashes of full subtrees, and proves that an event is in the log."""

from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import takewhile
from uuid import UUID

from django.db.models import Q

from audit.canonical import leaf_of
from audit.models import AuditCheckpoint, AuditCosignature, AuditEvent, AuditLeaf, AuditSubtree
from audit.seal import STORED_LEVELS
from audit.transparency.checkpoints import parse_checkpoint
from audit.transparency.notes import parse_note
from audit.transparency.proof_files import InclusionProof
from audit.transparency.proofs import ReadHashes, inclusion_proof
from audit.transparency.trees import CompactRange, Node, node_hash

MOST_BLOCKS = 256
"""The number of blocks that `Subtrees` caches. A block has 511 hashes, about 50 kB."""


MOST_BEHIND = timedelta(minutes=10)
"""The newest cosigned checkpoint is used instead of the newest one if it is older by at most this much."""


@dataclass(frozen=True, slots=True)
class Place:
    """The index of an event in its organization's log, and a checkpoint after it: its size, note and cosignatures."""

    index: int
    size: int
    note: str
    cosignatures: Sequence[AuditCosignature] = ()

    @property
    def origin(self) -> str:
        return parse_checkpoint(parse_note(self.note).text).origin


def place_of(event: AuditEvent) -> Place | None:
    """The event's place, with the newest checkpoint, a cosigned one if possible; None if the event is not sealed."""
    leaf = AuditLeaf.objects.filter(event_id=event.pk, organization_id=event.organization_id).first()
    if leaf is None:
        return None
    found = _newest_cosigned(event.organization_id, above=leaf.position) or _newest(event.organization_id)
    if found is None or leaf.position >= found.size:
        return None
    cosignatures = cosignatures_of(event.organization_id, found.size, found.size)
    return Place(leaf.position, found.size, cosigned(found.note, cosignatures), cosignatures)


def cosignatures_of(organization_id: UUID, first: int, last: int) -> list[AuditCosignature]:
    """The cosignatures on the checkpoints of these sizes."""
    found = AuditCosignature.objects.filter(organization_id=organization_id, size__range=(first, last))
    return list(found.order_by("size", "witness"))


def cosigned(note: str, cosignatures: Iterable[AuditCosignature]) -> str:
    """The note of a checkpoint with cosignatures on it."""
    return note + "".join(f"{found.line}\n" for found in cosignatures)


def _newest(organization_id: UUID) -> AuditCheckpoint | None:
    return AuditCheckpoint.objects.filter(organization_id=organization_id).order_by("-size").first()


def _newest_cosigned(organization_id: UUID, *, above: int = -1) -> AuditCheckpoint | None:
    sizes = AuditCosignature.objects.filter(organization_id=organization_id, size__gt=above).order_by("-size")
    return AuditCheckpoint.objects.filter(organization_id=organization_id, size=sizes.values("size")[:1]).first()


def prove(event: AuditEvent) -> InclusionProof | None:
    """The proof that the event is in its organization's log, with the newest checkpoint; None if it is not sealed.

    The leaf is the extra data of the proof, so nothing else is needed to verify it. Reads at most 256 hashes per
    power of 256 in the number of events.
    """
    place = place_of(event)
    if place is None:
        return None
    hashes = inclusion_proof(place.index, place.size, subtree_reader(event.organization_id))
    return InclusionProof(place.index, tuple(hashes), place.note, leaf_of(event))


class Subtrees:
    """Hashes of full subtrees for many proofs, read and cached in blocks: 256 stored hashes and all hashes above them.

    Proofs of adjacent events need the same blocks, and all proofs share the blocks near the root.
    """

    def __init__(self, organization_id: UUID) -> None:
        self._organization_id = organization_id
        self._blocks: OrderedDict[Node, list[list[bytes]]] = OrderedDict()

    def read(self, nodes: Sequence[Node]) -> list[bytes]:
        """Implements `ReadHashes`. Raises IndexError if a hash is missing."""
        return [self._hash(node) for node in nodes]

    def prepare(self, positions: Iterable[int]) -> None:
        """Read the blocks of these leaves with a single query. Accepts at most MOST_BLOCKS positions."""
        wanted = {Node(0, position >> STORED_LEVELS) for position in positions} - self._blocks.keys()
        if not wanted:
            return
        ranges = [_range_of(block) for block in wanted]
        found = _hashes(self._organization_id, 0, ranges)
        for block in wanted:
            self._remember(block, found)

    def _hash(self, node: Node) -> bytes:
        depth = node.level % STORED_LEVELS
        block = Node(node.level - depth, node.number >> (STORED_LEVELS - depth))
        if block not in self._blocks:
            self._remember(block, _hashes(self._organization_id, block.level, [_range_of(block)]))
        self._blocks.move_to_end(block)
        return self._blocks[block][depth][node.number - (block.number << (STORED_LEVELS - depth))]

    def _remember(self, block: Node, found: Mapping[int, bytes]) -> None:
        row = [found[number] for number in takewhile(found.__contains__, _range_of(block))]
        rows = [row]
        while len(row) > 1 and len(rows) < STORED_LEVELS:
            row = [node_hash(left, right) for left, right in zip(row[::2], row[1::2], strict=False)]
            rows.append(row)
        self._blocks[block] = rows + [[]] * (STORED_LEVELS - len(rows))
        while len(self._blocks) > MOST_BLOCKS:
            self._blocks.popitem(last=False)


def _range_of(block: Node) -> range:
    """The numbers of the stored hashes of a block."""
    return range(block.number << STORED_LEVELS, (block.number + 1) << STORED_LEVELS)


def newest_note(organization_id: UUID) -> str | None:
    """The note of the newest checkpoint, or of a slightly older cosigned one; None if nothing is sealed."""
    found, witnessed = _newest(organization_id), _newest_cosigned(organization_id)
    if found and witnessed and found.created_at - witnessed.created_at <= MOST_BEHIND:
        found = witnessed
    return cosigned(found.note, cosignatures_of(organization_id, found.size, found.size)) if found else None


def subtree_reader(organization_id: UUID) -> ReadHashes:
    """A function that reads hashes of the organization's full subtrees. It raises KeyError if one is missing."""

    def read(nodes: Sequence[Node]) -> list[bytes]:
        return _read(organization_id, nodes)

    return read


def _read(organization_id: UUID, nodes: Sequence[Node]) -> list[bytes]:
    parts = {node: _stored(node) for node in nodes}
    wanted: dict[int, list[range]] = defaultdict(list)
    for level, numbers in parts.values():
        wanted[level].append(numbers)
    found = {level: _hashes(organization_id, level, ranges) for level, ranges in wanted.items()}
    hashes = []
    for level, numbers in parts.values():
        tree = CompactRange()
        for number in numbers:
            tree.append(found[level][number])
        hashes.append(tree.root())
    return hashes


def _stored(node: Node) -> tuple[int, range]:
    """The level whose hashes are stored, and the numbers of those that make up the node."""
    depth = node.level % STORED_LEVELS
    return node.level - depth, range(node.number << depth, (node.number + 1) << depth)


def _hashes(organization_id: UUID, level: int, ranges: Sequence[range]) -> dict[int, bytes]:
    """The stored hashes of a level by their numbers, with a single query."""
    column = "number" if level else "position"
    within = Q()
    for numbers in ranges:
        within |= Q(**{f"{column}__range": (numbers.start, numbers.stop - 1)})
    if level:
        within &= Q(level=level)
    table: type[AuditLeaf | AuditSubtree] = AuditSubtree if level else AuditLeaf
    rows = table.objects.filter(within, organization_id=organization_id)
    return {number: bytes(found) for number, found in rows.values_list(column, "hash")}
