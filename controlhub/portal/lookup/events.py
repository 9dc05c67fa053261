"""The audit events of one request, by the id that its response and the logs contain."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from audit.models import AuditEvent
from audit.personal import attach
from controlhub.models import Organization

UUID7 = 7
BEFORE = timedelta(seconds=5)
AFTER = timedelta(minutes=1)
"""A request records its events within this time of the moment in its id."""
MOST = 10


def events_of_request(wanted: UUID, organization: Organization) -> list[AuditEvent]:
    """At most MOST events. The id contains the time of the request, so only the events of about a minute are read."""
    if wanted.version != UUID7:
        return []
    moment = datetime.fromtimestamp((wanted.int >> 80) / 1000, tz=UTC)
    events = AuditEvent.objects.in_organization(organization).newest_first()
    near = events.filter(created_at__gte=moment - BEFORE, created_at__lte=moment + AFTER)
    return attach(near.filter(request_id=str(wanted))[:MOST])
