"""Removing one user for good."""

from django.db import IntegrityError, transaction

from audit.actor import Actor
from audit.record import Story, record
from audit.vocabulary import AuditAction
from controlhub.actions.revocation import REMOVED, user_ends
from controlhub.actions.roles import require_another_full_admin, require_covers
from controlhub.actions.users.lifecycle import lock
from controlhub.actions.users.target import audit_target
from controlhub.database.statements import Condition, OvertakenError, removal
from controlhub.errors import HeldError, NotInactiveError
from controlhub.models import Cause, User, retention

_UNHELD = "NOT EXISTS (SELECT FROM controlhub_organization o WHERE o.id = %s AND o.hold_reason <> '')"


def purge_user(
    user: User, *, cause: Cause, condition: Condition | None = None, has_access: bool = True, actor: Actor
) -> None:
    """Remove a user for good, with all that is the user's; the log keeps the story, `PurgedUser` that there was one.

    Groups that lose a member count up. `has_access` is False where the user was just read so, without a lock. HeldError
    where a legal hold keeps the user. OvertakenError, and nothing is done, if the user was read without a lock and has
    changed or was given access since, or if `condition` does not hold.
    """
    if retention.held_because(user):
        raise HeldError
    require_covers(actor, user)
    require_another_full_admin(user)
    story = Story(before=user.document, reason=f"{cause.label}.")
    unheld = Condition(_UNHELD, (user.organization_id,))
    if condition:
        unheld = Condition(f"{unheld.text} AND {condition.text}", (*unheld.params, *condition.params))
    ends = user_ends(cause, has_access=has_access)
    change = removal(user, version=user.version, returning=REMOVED, consequences=ends, condition=unheld)
    try:
        record(AuditAction.USER_PURGED, target=audit_target(user), story=story, actor=actor, change=change)
    except IntegrityError as error:  # something of the user's came after the statement had begun
        raise OvertakenError from error
    except OvertakenError:
        if user.may_be_overtaken:
            raise
        raise HeldError from None  # the row is locked: nothing else can have come in between


@transaction.atomic
def purge_inactive_user(user: User, *, actor: Actor) -> None:
    """What an administrator does who deletes permanently before the retention ends: only to the Inactive."""
    user = lock(user)
    if user.active:
        raise NotInactiveError
    purge_user(user, cause=Cause.ADMIN, actor=actor)
