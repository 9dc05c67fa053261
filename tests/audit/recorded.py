"""Collects the events that code records, and checks that each of them is complete."""

from contextlib import contextmanager

from audit.models import AuditEvent
from audit.vocabulary import AuditAction

BRIEF = {
    *("alert.paused", "alert.resumed", "client.issued"),
    *("client.revoked", "connection.paused", "connection.resumed", "organization.backup_confirmed"),
    *(
        "password.changed",
        "provisioning.paused",
        "provisioning.restarted",
        "provisioning.resumed",
        "provisioning.started",
        "provisioning.stopped",
        "request.revealed",
        "session.signed_out",
        "token.revoked",
    ),
    *("resource_type.removed", "schema.removed", "user.verified"),
}
"""Actions that are fully described by their activity and target."""


@contextmanager
def recorded():
    """A list that contains the events of the block, in order, when the block ends."""
    before, found = set(AuditEvent.objects.values_list("pk", flat=True)), []
    yield found
    found += AuditEvent.objects.exclude(pk__in=before).order_by("created_at", "id")


def check_event(event, *, organization, **facts):
    """Check that the event names its target, describes the change, and has these values."""
    action = AuditAction(event.action)
    target = (event.organization_id, bool(event.target_type and event.target_id and event.target_label))
    assert target == (organization.pk, True), f"{action}: {target}"
    assert (event.category, event.activity) == (action.category, action.activity), action
    assert event.changes or event.details or action in BRIEF, f"{action}: it does not say what changed"
    found = {name: getattr(event, name) for name in facts}
    assert found == facts, f"{action}: {found}"
