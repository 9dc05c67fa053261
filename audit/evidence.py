"""Checks that an event of version 3 or later is unchanged: its row by the MAC, its values by the commitments."""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from audit.canonical import split_digests, written_part
from audit.keys import is_valid_mac
from audit.models import OLD_COLUMNS, AuditEvent
from audit.parts import PARTS, commitment_of
from audit.vocabulary import AuditAction

MOST_APART = timedelta(days=1)
"""The maximum difference between an event's time, by the database's clock, and its id's, by a web process's (0092)."""


def erased_people(organization_id: UUID) -> set[str]:
    """The ids of the people whose erasure is recorded in the log of this organization."""
    erasures = AuditEvent.objects.filter(organization_id=organization_id, action=AuditAction.USER_ERASED)
    return set(erasures.values_list("target_id", flat=True))


def problems_of(event: AuditEvent, parts: Sequence[Any], erased: AbstractSet[str]) -> Iterator[str]:
    """The problems of an event and its personal parts, which are [] if there is no row. `erased` are ids of people.

    A MAC made with a key that is no longer known is not a problem: the tree proves the sealed values.
    """
    if is_valid_mac(bytes(event.mac), written_part(event)) is False:
        yield "was changed: its MAC is not that of its values"
    if abs(event.created_at - time_of(event.pk)) > MOST_APART:
        yield "has another time than its id"
    if any(getattr(event, f"old_{name}") for name in OLD_COLUMNS):
        yield "has values in columns of older versions"
    commitments = split_digests(bytes(event.commitments))
    if len(parts) != len(commitments):
        yield "has lost personal values"
        return
    for name, subject, part, commitment in zip(PARTS, _subjects(event), parts, commitments, strict=False):
        found = commitment_of(part)
        if (part.get("name"), part.get("subject")) != (name, subject) or found not in {commitment, None}:
            yield f"has changed values: {name}"
        elif found is None and subject not in erased:
            yield f"has lost values without a recorded erasure: {name}"


def time_of(event_id: UUID) -> datetime:
    """The creation time of a UUIDv7."""
    return datetime.fromtimestamp((event_id.int >> 80) / 1000, UTC)


def _subjects(event: AuditEvent) -> tuple[str, str]:
    return str(event.actor_user_id or event.actor_id), event.target_id
