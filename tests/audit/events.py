"""Genuine events with only the required columns."""

from audit.canonical import written_part
from audit.keys import mac_of
from audit.models import AuditEvent


def make_events(organization, count):
    events = AuditEvent.objects.bulk_create((unsaved_event(organization, number) for number in range(count)), 1_000)
    return list(AuditEvent.objects.in_organization(organization).filter(pk__gte=events[0].pk).order_by("id"))


def unsaved_event(organization, number):
    event = AuditEvent(
        organization_id=organization.pk,
        version=3,
        service="Core Directory",
        category="UserManagement",
        action="user.updated",
        activity="Update user",
        actor_kind="system",
        actor_role="",
        target_type="User",
        target_id=str(number),
        facts={},
        commitments=b"",
    )
    event.mac = mac_of(written_part(event))
    return event
