"""Removing users for good: one at once, or those whose retention has ended."""

from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from audit.actor import SYSTEM, Actor
from audit.record import Story, record
from audit.vocabulary import AuditAction
from controlhub import clock
from controlhub.actions.admins import require_another_full_admin
from controlhub.actions.revocation import USER_ENDS
from controlhub.actions.users.write import audit_target
from controlhub.errors import LastFullAdminError
from controlhub.models import Organization, User
from controlhub.statements import OvertakenError, removal

BATCH = 100
CAP_PER_RUN = 10_000


@dataclass(frozen=True, slots=True)
class Purged:
    """What a run did: how many users went, how many were due but had to stay."""

    purged: int = 0
    kept: int = 0


def purge_user(user: User, *, reason: str = "", actor: Actor) -> None:
    """Remove a user for good, with all that is the user's; the log keeps the story. Groups that lose a member count up.

    OvertakenError, and nothing is done, if the user was read without a lock and has changed since.
    """
    require_another_full_admin(user)
    story = Story(before=user.document, reason=reason)
    change = removal(user, version=user.version, consequences=USER_ENDS)
    try:
        record(AuditAction.USER_PURGED, target=audit_target(user), story=story, actor=actor, change=change)
    except IntegrityError as error:  # something of the user's came after the statement had begun
        raise OvertakenError from error


def purge_due_users(organization: Organization | None = None, *, actor: Actor = SYSTEM) -> Purged:
    """Purge every user whose retention has ended by the database's clock, in batches, `CAP_PER_RUN` at most.

    Safe when run twice at once: rows that another run holds are passed over.
    """
    purged = kept = 0
    skipped: set[object] = set()
    while purged + kept < CAP_PER_RUN:
        batch = _purge_batch(organization, skipped, actor)
        if batch == Purged():
            break
        purged, kept = purged + batch.purged, kept + batch.kept
    return Purged(purged, kept)


@transaction.atomic
def _purge_batch(organization: Organization | None, skipped: set[object], actor: Actor) -> Purged:
    due = due_users(organization).exclude(pk__in=skipped)
    locked = list(due.select_for_update(of=("self",), skip_locked=True).order_by("deactivated_at")[:BATCH])
    kept = 0
    for user in locked:
        try:
            purge_user(user, reason="The retention period has ended.", actor=actor)
        except LastFullAdminError:
            skipped.add(user.pk)
            kept += 1
    return Purged(len(locked) - kept, kept)


def due_users(organization: Organization | None = None) -> QuerySet[User]:
    """Users whose retention has ended, by the one clock."""
    users = User.objects.all() if organization is None else User.objects.in_organization(organization)
    return users.due_for_purge(clock.now()).select_related("organization")
