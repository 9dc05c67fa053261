"""Ends portal sessions before they expire, and deletes expired ones."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models.functions import Now

from audit.actor import SYSTEM, Actor
from audit.record import EventContent, record
from audit.vocabulary import AuditAction
from controlhub.actions.roles import require_covers
from controlhub.actions.users.target import audit_target
from controlhub.models import Account, Organization, Session
from controlhub.models.sessions import SEEN_EVERY, end_of

KEEP_ENDED = timedelta(days=1)
"""For this long, the sign-in page can say why a session ended."""
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
    """End the sessions of an administrator who has left the group that gave the role.

    Joining the group again does not restore them.
    """
    end_sessions(account, reason=NO_MAPPED_GROUP, actor=SYSTEM)


@transaction.atomic
def end_refused_session(account: Account, session_key: str, *, reason: str, actor: Actor) -> None:
    """End a session that was used where the sign-in policy does not allow it. Only the first request records this."""
    if account.sessions.filter(pk=session_key).delete()[0]:
        content = EventContent(details={"sessions": 1}, reason=reason)
        record(AuditAction.SESSIONS_ENDED, target=audit_target(account.user), content=content, actor=actor)


def note_request(session: Session, organization: Organization, *, at: datetime) -> None:
    """Store that the session was used, unless that was done less than SEEN_EVERY ago."""
    if at - session.seen_at >= SEEN_EVERY:
        end = end_of(organization, started_at=session.started_at, seen_at=at)
        Session.objects.filter(pk=session.pk).update(seen_at=at, expire_date=end)


def sweep_sessions() -> int:
    """Delete sessions that ended KEEP_ENDED ago, and unfinished sign-ins. Returns the number of deleted sessions."""
    return Session.objects.filter(expire_date__lte=Now() - KEEP_ENDED).delete()[0]
