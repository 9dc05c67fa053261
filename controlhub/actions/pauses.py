"""Pauses a connection: its requests get 503 with Retry-After until it is resumed, so nothing is lost."""

from django.db import transaction
from django.db.models.functions import Now

from audit.actor import Actor
from audit.record import EventContent, record
from audit.vocabulary import AuditAction
from controlhub.actions.connections import audit_target
from controlhub.models import AccessToken, Connection


@transaction.atomic
def pause_connection(connection: Connection, *, actor: Actor) -> None:
    """Respond to its requests with 503 from the next one on. Pausing it twice changes nothing.

    The flag is written to the tokens, too: requests read and prove only their token (docs/decisions/0029).
    """
    if _set(connection, is_paused=True, by=actor.label):
        record(AuditAction.CONNECTION_PAUSED, target=audit_target(connection), content=EventContent(), actor=actor)


@transaction.atomic
def resume_connection(connection: Connection, *, actor: Actor) -> None:
    """Accept its requests again. Resuming a connection that is not paused changes nothing."""
    if _set(connection, is_paused=False):
        record(AuditAction.CONNECTION_RESUMED, target=audit_target(connection), content=EventContent(), actor=actor)


def _set(connection: Connection, *, is_paused: bool, by: str = "") -> bool:
    """Set the flag. Returns whether this changed anything."""
    found = Connection.objects.select_for_update().get(pk=connection.pk)
    if (found.paused_at is not None) is is_paused:
        return False
    Connection.objects.filter(pk=found.pk).update(paused_at=Now() if is_paused else None, paused_by=by)
    AccessToken.objects.filter(connection=found).update(is_paused=is_paused)
    return True
