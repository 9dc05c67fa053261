"""The seals of events recorded before the tree was introduced: gapless numbers with digests (decision 0004)."""

from collections.abc import Iterator
from hashlib import sha256
from uuid import UUID

from audit.canonical import leaf_of, old_digest
from audit.expired import last_removal
from audit.models import APART, AuditEvent, AuditLeaf, AuditSeal
from audit.reading import Fault, chunks


def old_faults(organization_id: UUID) -> Iterator[Fault]:
    """Numbered events that are missing or changed."""
    expected, removal = 1, last_removal(organization_id)
    for chunk in chunks(AuditSeal.objects.filter(organization_id=organization_id), "sequence"):
        found = AuditEvent.objects.in_bulk([seal.event_id for seal in chunk])
        for seal in chunk:
            if seal.sequence != expected:
                yield Fault(None, f"numbers {expected} to {seal.sequence - 1} are missing")
            expected = seal.sequence + 1
            event = found.get(seal.event_id)
            if event is None and _is_expired(seal, removal.until):
                continue
            if event is None:
                yield Fault(seal.event_id, f"event number {seal.sequence} was removed")
            elif digest(event) != bytes(seal.digest):
                yield Fault(seal.event_id, f"event number {seal.sequence} was changed")


def _is_expired(seal: AuditSeal, until: int) -> bool:
    return until > 0 and AuditLeaf.objects.filter(pk=seal.event_id, position__lt=until).exists()


def digest(event: AuditEvent) -> bytes:
    """The SHA-256 digest of a seal: over all values of an event of an old version, otherwise over its leaf."""
    return old_digest(event) if event.version < APART else sha256(leaf_of(event)).digest()
