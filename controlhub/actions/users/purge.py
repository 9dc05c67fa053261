"""Permanently deletes one user."""

from django.db import IntegrityError, transaction

from audit.actor import Actor
from audit.record import EventContent, record
from audit.vocabulary import AuditAction
from controlhub.actions.roles import require_another_full_admin, require_covers
from controlhub.actions.users.lifecycle import lock_with_groups
from controlhub.actions.users.target import audit_target
from controlhub.errors import HeldError, NotInactiveError
from controlhub.models import Cause, User, retention
from controlhub.sql.burst_limits import limits
from controlhub.sql.statements import OvertakenError, Statement
from controlhub.sql.users import PURGE_USER, PURGE_USER_WITHOUT_ACCESS


def purge_user(user: User, *, cause: Cause, needs_room: bool = False, actor: Actor) -> None:
    """Delete a user permanently, with everything that belongs to them. Audit events and a `PurgedUser` remain.

    Groups that lose a member get a new version. HeldError if a legal hold keeps the user. OvertakenError, without a
    change, if the user was read without a lock and has changed since. With `needs_room`, also if it is not certain that
    clients may delete another user now (`controlhub.actions.bursts`).
    """
    if retention.held_because(user):
        raise HeldError
    require_covers(actor, user)
    require_another_full_admin(user)
    content = EventContent(before=user.document, is_whole=True, reason=f"{cause.recorded}.")
    organization = user.organization
    params = {
        **limits(organization.pk, floor=organization.purge_floor, share=organization.purge_share),
        "id": user.pk,
        "version": user.version,
        "cause": cause.value,
        "needs_room": needs_room,
    }
    change = Statement(PURGE_USER if user.access_version else PURGE_USER_WITHOUT_ACCESS, params)
    try:
        record(AuditAction.USER_PURGED, target=audit_target(user), content=content, actor=actor, change=change)
    except IntegrityError as error:  # a row that refers to the user was added after the statement had begun
        raise OvertakenError from error
    except OvertakenError:
        if user.may_be_overtaken:
            raise
        raise HeldError from None  # the row is locked, so nothing else can have changed


@transaction.atomic
def purge_inactive_user(user: User, *, actor: Actor) -> None:
    """Permanently delete an Inactive user before the retention period ends, for an administrator."""
    user = lock_with_groups(user)
    if user.active:
        raise NotInactiveError
    purge_user(user, cause=Cause.ADMIN, actor=actor)
