"""Follows the log as it grows: reads every event exactly once, in the order in which events were sealed.

`created_at` is the time at which the transaction began, so a cursor on it would miss events that commit late. An event
gets its position in the organization's tree after the commit, and keeps it.
"""

from collections.abc import Sequence
from uuid import UUID

from audit.lists.questions import Question
from audit.models import AuditEvent, AuditLeaf
from audit.personal import attach
from controlhub.models import Organization
from controlhub.sql.audit_lists import following

WINDOW = 2_000
"""The maximum number of events that one call reads."""


def end_of(organization: Organization) -> int:
    """The position that the next sealed event gets."""
    last = (
        AuditLeaf.objects.filter(organization_id=organization.pk).order_by("-position").values_list("position").first()
    )
    return last[0] + 1 if last else 0


def follow(question: Question, position: int, *, most: int) -> tuple[Sequence[AuditEvent], int, bool]:
    """At most `most` events from this position on, the position to continue from, and whether there may be more now."""
    rows = following(question.conditions, question.params, position=position, most=WINDOW)
    ids: list[UUID] = []
    for pk, place, is_wanted in rows:
        if len(ids) == most:
            return _events(ids), position, True
        if is_wanted:
            ids.append(pk)
        position = place + 1
    return _events(ids), position, len(rows) == WINDOW


def _events(ids: Sequence[UUID]) -> list[AuditEvent]:
    found = AuditEvent.objects.in_bulk(list(ids)) if ids else {}
    return attach(found[pk] for pk in ids)
