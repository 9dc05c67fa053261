"""Changes a password."""

from django.db import transaction

from audit.actor import Actor
from audit.record import EventContent, record
from audit.vocabulary import AuditAction
from controlhub.actions.users.target import audit_target
from controlhub.models import Account


@transaction.atomic
def change_password(account: Account, *, password: str, but: str | None, actor: Actor) -> None:
    """Set a validated password, and end all sessions except the one with the key `but`."""
    account.set_password(password)
    account.save(update_fields=["password"])
    sessions = account.sessions.exclude(pk=but) if but else account.sessions.all()
    ended, _ = sessions.delete()
    content = EventContent(details={"sessions": ended})
    record(AuditAction.PASSWORD_CHANGED, target=audit_target(account.user), content=content, actor=actor)
