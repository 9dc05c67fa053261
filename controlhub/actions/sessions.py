"""Portal sessions that end before they expire, and those that have expired."""

from django.db import transaction
from django.db.models.functions import Now

from audit.actor import SYSTEM, Actor
from audit.record import EventContent, record
from audit.vocabulary import AuditAction
from controlhub.actions.roles import require_covers
from controlhub.actions.users.target import audit_target
from controlhub.models import Account, Session

NO_MAPPED_GROUP = "The administrator is no longer a member of a group that gives a role."


@transaction.atomic
def end_sessions(account: Account, *, but: str | None = None, reason: str = "", actor: Actor) -> int:
    """End the sessions of an administrator, except the one with the key `but`. Returns the number of ended sessions."""
    require_covers(actor, account.user)
    sessions = account.sessions.exclude(pk=but) if but else account.sessions.all()
    number, _ = sessions.delete()
    if number:
        content = EventContent(details={"sessions": number}, reason=reason)
        record(AuditAction.SESSIONS_ENDED, target=audit_target(account.user), content=content, actor=actor)
    return number


def end_sessions_without_group(account: Account) -> None:
    """End the sessions of an administrator by group who has left the group. They do not come back with the group."""
    end_sessions(account, reason=NO_MAPPED_GROUP, actor=SYSTEM)


def sweep_sessions() -> int:
    """Delete the sessions that have expired, unfinished sign-ins too. Returns the number of deleted sessions."""
    return Session.objects.filter(expire_date__lte=Now()).delete()[0]
