"""Gapless numbers for events, and the check that none is missing or changed (decision 0004).

A job numbers new events per organization and keeps their digests in a table of its own. A removed event leaves its
seal behind, a removed seal leaves a gap, an edited event no longer has its digest.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, Max, OuterRef, QuerySet
from django.db.models.functions import Now

from audit.canonical import leaf_of, old_digest
from audit.evidence import erased_people, problems_of
from audit.models import APART, AuditEvent, AuditPersonal, AuditSeal
from controlhub.sql.seals import TRY_LOCK
from controlhub.sql.statements import fetch_rows

LOCK = 0x43485F5345414C  # "CH_SEAL"
BATCH = 5_000


@dataclass(frozen=True, slots=True)
class Fault:
    organization_id: UUID
    event_id: UUID | None
    problem: str


def digest(event: AuditEvent) -> bytes:
    """SHA-256 over the public part of an event with its commitments; for an event of an old version over all of it."""
    return old_digest(event) if event.version < APART else hashlib.sha256(leaf_of(event)).digest()


@transaction.atomic
def seal_events() -> int:
    """Number the events that have no seal; returns how many. Two runs at once: the second does nothing."""
    ((is_alone,),) = fetch_rows(TRY_LOCK, {"lock": LOCK})
    if not is_alone:
        return 0
    events = list(unsealed().order_by("organization_id", "created_at", "id")[:BATCH])
    organizations = {event.organization_id for event in events}
    last = dict(
        AuditSeal.objects.filter(organization_id__in=organizations)
        .values_list("organization_id")
        .annotate(last=Max("sequence"))
    )
    seals = []
    for event in events:
        last[event.organization_id] = last.get(event.organization_id, 0) + 1
        seals.append(
            AuditSeal(
                event_id=event.id,
                organization_id=event.organization_id,
                sequence=last[event.organization_id],
                digest=digest(event),
            )
        )
    AuditSeal.objects.bulk_create(seals)
    return len(seals)


def unsealed() -> QuerySet[AuditEvent]:
    """Events without a seal."""
    return AuditEvent.objects.filter(~Exists(AuditSeal.objects.filter(event_id=OuterRef("id"))))


def late_events() -> int:
    """Events that wait for their number for over an hour: the job does not run, or somebody wrote events behind it."""
    return unsealed().filter(created_at__lt=Now() - timedelta(hours=1)).count()


def faults(organization_id: UUID) -> Iterator[Fault]:
    """Everything that is wrong with the numbered events of an organization: missing or changed ones, lost values."""
    expected, erased = 1, erased_people(organization_id)
    events = AuditEvent.objects.in_bulk
    for chunk in _chunks(AuditSeal.objects.filter(organization_id=organization_id).order_by("sequence")):
        ids = [seal.event_id for seal in chunk]
        found = events(ids)
        parts = {row.event_id: row.parts for row in AuditPersonal.objects.filter(event_id__in=ids)}
        for seal in chunk:
            if seal.sequence != expected:
                yield Fault(organization_id, None, f"numbers {expected} to {seal.sequence - 1} are missing")
            expected = seal.sequence + 1
            event = found.get(seal.event_id)
            if event is None:
                yield Fault(organization_id, seal.event_id, f"event number {seal.sequence} was removed")
            elif digest(event) != bytes(seal.digest):
                yield Fault(organization_id, seal.event_id, f"event number {seal.sequence} was changed")
            else:
                for problem in problems_of(event, parts.get(event.pk, []), erased) if event.version >= APART else ():
                    yield Fault(organization_id, seal.event_id, f"event number {seal.sequence} {problem}")


def _chunks(seals: QuerySet[AuditSeal]) -> Iterator[list[AuditSeal]]:
    """Pages by keyset: a server-side cursor needs a session of its own, which a connection pooler does not give."""
    after = -1
    while chunk := list(seals.filter(sequence__gt=after)[:BATCH]):
        yield chunk
        after = chunk[-1].sequence
