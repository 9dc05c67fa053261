"""The burst breaker: when clients take unusually many users away in a short time, nothing is refused, but none is lost.

Deactivated users of a burst are not purged before an administrator has looked at them; a SCIM DELETE in a burst leaves
the user recoverable. Unusual is more than the organization's share limit (`purge_share`, `purge_floor`) in an hour,
and never more than `MOST`.
"""

from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models.functions import Now

from audit.actor import SYSTEM, Actor, ActorKind
from audit.models import AuditEvent
from audit.record import Story, record
from audit.vocabulary import AuditAction
from controlhub.actions.mail import mail_admins
from controlhub.actions.organizations import audit_target
from controlhub.database.statements import Condition
from controlhub.models import Cause, Organization, Permission, User
from controlhub.models.users import UserQuerySet

WINDOW = timedelta(hours=1)
MOST = 1_000
_COUNTS = "FROM controlhub_rowcount WHERE organization_id = %s AND kind = 'controlhub_user'"
_LIMIT = "greatest(%s, least(%s, COALESCE(sum(rows), 0)::bigint * %s / 100))"
_USUAL = f"(SELECT {_LIMIT} {_COUNTS})"
_RECENT = "FROM controlhub_purgeduser WHERE organization_id = %s AND purged_at > now() - %s::interval"
SLACK = 10
"""Removals that begin at the same moment may not have seen each other."""
_PLENTY = f"""(SELECT {SLACK} + sum(removed)
    - COALESCE((SELECT removed_before {_RECENT} ORDER BY purged_at LIMIT 1), sum(removed)) < {_LIMIT} {_COUNTS})"""
_ROOM = f"""(SELECT count(*) FROM (SELECT {_RECENT} AND cause = '{Cause.SCIM.value}' LIMIT %s) AS recent)
    < {_USUAL}"""  # noqa: S608 — constants


def plenty_of_room(organization: Organization) -> Condition:
    """SQL that holds only if there is room for another removal.

    It counts nothing: since the first removal of the window no more can have happened than users were lost. Where it
    does not hold there may be room all the same: see `has_room`.
    """
    return Condition(_PLENTY, (*_recent_of(organization), *_usual(organization)))


def has_room(organization: Organization) -> bool:
    """Whether clients have not yet removed unusually many users for good within the window."""
    most = max(MOST, organization.purge_floor)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {_ROOM}", [*_recent_of(organization), most, *_usual(organization)])
        return bool(cursor.fetchone()[0])


def usual(organization: Organization) -> int:
    """How many users clients may take away within the window before it is unusual."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {_USUAL}", _usual(organization))
        return int(cursor.fetchone()[0])


def _recent_of(organization: Organization) -> tuple[Any, ...]:
    return organization.pk, WINDOW


def _usual(organization: Organization) -> tuple[Any, ...]:
    return organization.purge_floor, MOST, organization.purge_share, organization.pk


def flag_bursts() -> int:
    """Find the organizations where clients deactivated unusually many users within the window; how many users wait."""
    waiting = 0
    for pk in _recent().values_list("organization", flat=True).distinct().order_by("organization"):
        waiting += _flag(Organization.objects.get(pk=pk))
    return waiting


def _recent() -> UserQuerySet:
    """Whom clients made Inactive within the window."""
    return User.objects.filter(
        active=False, deactivated_at__gt=Now() - WINDOW, deactivated_by_kind=ActorKind.CLIENT.value
    )


@transaction.atomic
def _flag(organization: Organization) -> int:
    """Keep these users from the purge, if they are unusually many since somebody looked; told once in the window."""
    events = AuditEvent.objects.in_organization(organization).filter(created_at__gt=Now() - WINDOW)
    users = _recent().in_organization(organization)
    if looked := events.filter(action=AuditAction.USERS_REVIEWED).order_by("-created_at").first():
        users = users.filter(deactivated_at__gt=looked.created_at)
    number, most = users.count(), usual(organization)
    flagged = users.filter(reviewed=True).update(reviewed=False) if number > most else 0
    is_news = number > most or users.filter(reviewed=False).exists()
    if is_news and not events.filter(action=AuditAction.BURST_FOUND).exists():
        story = Story(details={"users": number, "usual": most})
        record(AuditAction.BURST_FOUND, target=audit_target(organization), story=story, actor=SYSTEM)
        mail_admins(
            organization,
            Permission.PURGE_USERS,
            subject=f"{number} users became Inactive within an hour",
            template="mail/burst.txt",
            context={"number": number, "usual": most},
        )
    return flagged


@transaction.atomic
def review_users(organization: Organization, *, actor: Actor) -> int:
    """An administrator has looked: the retention of all flagged users goes on as usual; how many there were."""
    number = User.objects.in_organization(organization).awaiting_review().update(reviewed=True)
    if number:
        story = Story(details={"users": number})
        record(AuditAction.USERS_REVIEWED, target=audit_target(organization), story=story, actor=actor)
    return number
