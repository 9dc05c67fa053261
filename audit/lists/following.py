"""Reading the log as it grows: every event once, in the order in which it was sealed, none missed.

`created_at` is when a transaction began, so a cursor on it would miss one that commits late. An event gets its position
in the organization's tree after the commit, and keeps it.
"""

from collections.abc import Sequence
from uuid import UUID

from audit.lists.questions import Question
from audit.models import AuditEvent, AuditLeaf
from audit.personal import attach
from controlhub.models import Organization
from controlhub.sql.audit_lists import following

WINDOW = 2_000
"""Events that one call looks at."""


def end_of(organization: Organization) -> int:
    """The position that the next sealed event gets."""
    last = (
        AuditLeaf.objects.filter(organization_id=organization.pk).order_by("-position").values_list("position").first()
    )
    return last[0] + 1 if last else 0


def follow(question: Question, position: int, *, most: int) -> tuple[Sequence[AuditEvent], int, bool]:
    """The next events from this position on, at most `most`, where to go on, and whether more may follow at once."""
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
