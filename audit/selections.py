"""Writes events of one tree to a signed bundle in portions, as lines with their inclusion proofs."""

import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from audit.bundle import add_verifier, line_of
from audit.manifest import Manifest
from audit.models import AuditEvent, AuditLeaf, AuditPersonal
from audit.transparency.checkpoints import Checkpoint
from audit.transparency.keys import encode
from audit.transparency.proofs import inclusion_proof
from audit.tree import Subtrees
from audit.vocabulary import AuditAction
from controlhub.database.clock import machine_now
from controlhub.models import Organization

PORTION = 200
"""At most the number of blocks that `Subtrees` keeps."""


@dataclass(slots=True)
class Selection:
    """Events of one tree that are written to a bundle: their lines, and the values for the manifest.

    `erased` are the people whose values are missing. It has at most one entry per recorded erasure.
    """

    organization: Organization
    tree: Checkpoint
    number: int = 0
    unsealed: int = 0
    digest: Any = field(default_factory=sha256)
    erased: set[str] = field(default_factory=set)
    pending: list[str] = field(default_factory=list)
    subtrees: Subtrees = field(init=False)

    def __post_init__(self) -> None:
        self.subtrees = Subtrees(self.organization.pk)

    def lines(self, events: Sequence[AuditEvent]) -> Iterator[bytes]:
        """The lines of the events that are in the tree."""
        ids = [event.pk for event in events]
        leaves = AuditLeaf.objects.filter(position__lt=self.tree.size).in_bulk(ids)
        parts = dict(AuditPersonal.objects.filter(pk__in=ids).values_list("pk", "parts"))
        self.subtrees.prepare(leaf.position for leaf in leaves.values())
        for event in events:
            if leaf := leaves.get(event.pk):
                yield self._line(leaf, event, parts.get(event.pk, []))

    def exported(self, portion: Iterable[Sequence[AuditEvent]]) -> Iterator[bytes]:
        """The lines of each portion of events. Counts the events."""
        for events in portion:
            lines = list(self.lines(events))
            self.number += len(lines)
            self.unsealed += len(events) - len(lines)
            text = b"".join(lines)
            self.digest.update(text)
            yield text

    def erasures(self) -> Iterator[bytes]:
        """The lines of events that record why values are missing. `pending` gets people whose event the tree lacks."""
        found = AuditEvent.objects.in_organization(self.organization).filter(action=AuditAction.USER_ERASED)
        people = sorted(self.erased)
        for start in range(0, len(people), PORTION):
            events = list(found.filter(target_id__in=people[start : start + PORTION]))
            sealed = AuditLeaf.objects.filter(position__lt=self.tree.size).in_bulk([event.pk for event in events])
            self.pending += [event.target_id for event in events if event.pk not in sealed]
            yield b"".join(self.lines(events))

    def manifest(self, query: str) -> Manifest:
        made, digest = machine_now(), self.digest.hexdigest()
        return Manifest(self.tree, self.number, self.unsealed, digest, query, made, tuple(self.pending))

    def _line(self, leaf: AuditLeaf, event: AuditEvent, parts: Sequence[dict[str, Any]]) -> bytes:
        self.erased.update(part["subject"] for part in parts if "value" not in part)
        proof = inclusion_proof(leaf.position, self.tree.size, self.subtrees.read)
        return line_of(leaf, event, parts, proof=[encode(found) for found in proof])


def write_selection(
    bundle: zipfile.ZipFile, selection: Selection, portions: Iterable[Sequence[AuditEvent]], note: str, query: str
) -> Iterator[None]:
    """Write the files of a bundle, yielding after each portion. `note` is the checkpoint of the selection's tree."""
    for name, texts in (("events.jsonl", selection.exported(portions)), ("erasures.jsonl", selection.erasures())):
        with bundle.open(name, "w", force_zip64=True) as lines:
            for text in texts:
                lines.write(text)
                yield
    bundle.writestr("checkpoints.txt", note)
    add_verifier(bundle, [selection.tree.origin])
    bundle.writestr("manifest.txt", selection.manifest(query).sign())
