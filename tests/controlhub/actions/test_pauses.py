"""Pausing and resuming a connection."""

from audit.actor import Actor, ActorKind
from audit.models import AuditEvent
from controlhub.actions.pauses import pause_connection, resume_connection
from controlhub.models import AccessToken
from controlhub.models.ids import new_id
from tests import factories


def admin(name):
    return Actor(ActorKind.ADMIN, id=str(new_id()), label=name)


def events(connection):
    found = AuditEvent.objects.about(connection.pk).order_by("created_at", "id")
    return [(event.action, event.actor_label) for event in found if event.action != "connection.created"]


def test_second_pause_or_resume_changes_nothing(organization):
    token, _ = factories.make_token(organization)
    connection = token.connection
    pause_connection(connection, actor=admin("neo"))
    connection.refresh_from_db()
    paused_at = connection.paused_at
    pause_connection(connection, actor=admin("trinity"))
    connection.refresh_from_db()
    assert (connection.paused_at, connection.paused_by) == (paused_at, "neo")
    assert events(connection) == [("connection.paused", "neo")]
    for name in ("trinity", "neo"):
        resume_connection(connection, actor=admin(name))
    connection.refresh_from_db()
    assert (connection.paused_at, connection.paused_by) == (None, "")
    assert not AccessToken.objects.get().is_paused
    assert events(connection) == [("connection.paused", "neo"), ("connection.resumed", "trinity")]
