"""Reads the personal values of events, to show, export or send them."""

from collections.abc import Iterable

from audit.models import APART, AuditEvent, AuditPersonal
from audit.parts import ERASED, values_of


def attach(events: Iterable[AuditEvent]) -> list[AuditEvent]:
    """Read the personal values of all these events in one query, for `event.personal` and the properties based on it.

    Without this, each event reads its own values on first access.
    """
    found = list(events)
    apart = [event for event in found if event.version >= APART]
    rows = AuditPersonal.objects.filter(event_id__in=[event.pk for event in apart]) if apart else []
    parts = {row.event_id: row.parts for row in rows}
    for event in apart:
        event.personal = values_of(parts[event.pk]) if event.pk in parts else ERASED
    return found
