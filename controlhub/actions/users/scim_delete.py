"""What a SCIM DELETE does to a user: a permanent or recoverable deletion, depending on policies and safeguards."""

from audit.actor import Actor
from controlhub.actions.bursts import has_room
from controlhub.actions.users.lifecycle import withdraw_user
from controlhub.actions.users.purge import purge_user
from controlhub.models import Cause, Organization, Permission, Role, ScimDelete, User, retention
from controlhub.sql.statements import OvertakenError

IN_A_BURST = f"{Cause.SCIM.recorded}, one of unusually many within an hour"


def delete_by_policy(user: User, *, actor: Actor) -> None:
    """Delete a user permanently, or recoverably and hidden from SCIM.

    The deletion is recoverable if the policy `scim_delete` is soft, a legal hold or a pending review keeps the user,
    the actor may not delete permanently, or clients have deleted an unusual number of users within the hour. In the
    last case, an administrator must review the user.

    A user that was read without a lock is deleted in one statement. OvertakenError, without a change, if that is not
    possible. Otherwise the user and the user's groups must be locked.
    """
    if user.may_be_overtaken:
        if _must_stay_recoverable(user, actor):
            raise OvertakenError
        purge_user(user, cause=_cause(actor), needs_room=True, actor=actor)
    else:
        _delete_locked(user, actor)


def _delete_locked(user: User, actor: Actor) -> None:
    if _must_stay_recoverable(user, actor):
        withdraw_user(user, reason=Cause.SCIM.recorded if actor.is_client else "", actor=actor)
    elif actor.is_client and not has_room(user.organization):
        withdraw_user(user, reason=IN_A_BURST, is_reviewed=False, actor=actor)
    else:
        purge_user(user, cause=_cause(actor), actor=actor)


def keeps_every_user(organization: Organization, actor: Actor) -> bool:
    """Whether `delete_by_policy` keeps all users of the organization recoverable for this actor."""
    may_purge = not actor.role or Role(actor.role).may(Permission.PURGE_USERS)
    return organization.scim_delete == ScimDelete.SOFT or bool(organization.hold_reason) or not may_purge


def _must_stay_recoverable(user: User, actor: Actor) -> bool:
    is_protected = bool(retention.held_because(user)) or not user.reviewed
    return is_protected or keeps_every_user(user.organization, actor)


def _cause(actor: Actor) -> Cause:
    return Cause.SCIM if actor.is_client else Cause.ADMIN
