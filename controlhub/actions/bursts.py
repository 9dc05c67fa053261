"""The burst guard: no user is lost if clients remove an unusual number of users in a short time.

No request is refused. Deactivated users of a burst are not purged until an administrator has reviewed them. A SCIM
DELETE in a burst leaves the user recoverable. It is a burst if more users are removed within an hour than the
organization's daily deletion limit allows (`purge_share`, `purge_floor`), where the percentage counts as at most
`burst_limits.MOST` users.
"""

from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import ngettext

from audit.actor import SYSTEM, Actor, ActorKind
from audit.models import AuditEvent
from audit.record import EventContent, record
from audit.vocabulary import AuditAction
from controlhub.actions.mail import mail_admins
from controlhub.actions.organizations import audit_target
from controlhub.models import Organization, Permission, User
from controlhub.models.users import UserQuerySet
from controlhub.sql import burst_limits
from controlhub.sql.burst_limits import WINDOW


def has_room(organization: Organization) -> bool:
    """Whether clients can permanently delete more users within the window before it becomes a burst."""
    return burst_limits.has_room(_limits(organization))


def burst_limit(organization: Organization) -> int:
    """Returns the number of users that clients can remove within the window before it becomes a burst."""
    return burst_limits.burst_limit(_limits(organization))


def _limits(organization: Organization) -> dict[str, Any]:
    return burst_limits.limits(organization.pk, floor=organization.purge_floor, share=organization.purge_share)


def flag_bursts() -> int:
    """Find organizations with a burst of deactivations by clients. Returns the number of users that need a review."""
    waiting = 0
    for pk in _recent().values_list("organization", flat=True).distinct().order_by("organization"):
        waiting += _flag(Organization.objects.get(pk=pk))
    return waiting


def _recent() -> UserQuerySet:
    """Users that clients deactivated within the window."""
    return User.objects.filter(
        active=False, deactivated_at__gt=Now() - WINDOW, deactivated_by_kind=ActorKind.CLIENT.value
    )


@transaction.atomic
def _flag(organization: Organization) -> int:
    """Protect these users from the purge if they form a burst since the last review. Recorded once per window."""
    events = AuditEvent.objects.in_organization(organization).filter(created_at__gt=Now() - WINDOW)
    users = _recent().in_organization(organization)
    if looked := events.filter(action=AuditAction.USERS_REVIEWED).order_by("-created_at").first():
        users = users.filter(deactivated_at__gt=looked.created_at)
    number, most = users.count(), burst_limit(organization)
    flagged = users.filter(reviewed=True).update(reviewed=False) if number > most else 0
    is_news = number > most or users.filter(reviewed=False).exists()
    if is_news and not events.filter(action=AuditAction.BURST_FOUND).exists():
        content = EventContent(details={"users": number, "usual": most})
        record(AuditAction.BURST_FOUND, target=audit_target(organization), content=content, actor=SYSTEM)
        mail_admins(
            organization,
            Permission.PURGE_USERS,
            subject=lambda: ngettext(
                "{number} user became Inactive within an hour",
                "{number} users became Inactive within an hour",
                number,
            ).format(number=number),
            template="mail/burst.txt",
            context={"number": number, "usual": most},
        )
    return flagged


@transaction.atomic
def review_users(organization: Organization, *, actor: Actor) -> int:
    """End the review: the retention period of all flagged users continues. Returns the number of these users."""
    number = User.objects.in_organization(organization).awaiting_review().update(reviewed=True)
    if number:
        content = EventContent(details={"users": number})
        record(AuditAction.USERS_REVIEWED, target=audit_target(organization), content=content, actor=actor)
    return number
