"""Deactivate, reactivate, delete, restore, withdraw: the transitions between Active, Inactive and deleted."""

from django.db import transaction

from audit.actor import Actor
from audit.record import EventContent, record
from audit.vocabulary import AuditAction
from controlhub.actions.roles import require_covers
from controlhub.actions.uniqueness import take_back_values
from controlhub.actions.users.target import audit_target
from controlhub.actions.users.update import update_user
from controlhub.errors import UserGoneError
from controlhub.models import User
from controlhub.sql import memberships
from controlhub.sql.statements import execute
from controlhub.sql.users import HIDE_USER
from controlhub.text.names import tombstone_name


@transaction.atomic
def deactivate_user(user: User, *, actor: Actor) -> User:
    """Make the user Inactive: signed out everywhere, and kept for the organization's retention period."""
    user = lock(user)
    return update_user(user, document={**user.document, "active": False}, actor=actor)


@transaction.atomic
def reactivate_user(user: User, *, actor: Actor) -> User:
    """Make the user Active again. A deleted user also gets userName (or NameTakenError) and remaining groups back."""
    user = lock(user)
    was_hidden, groups = user.hidden, user.kept_groups
    user = update_user(user, document={**user.document, "active": True}, actor=actor)
    if was_hidden:
        User.objects.filter(pk=user.pk).update(hidden=False, kept_groups=[])
        take_back_values(user.organization_id, user.pk)
        memberships.rejoin(user.organization_id, user.pk, groups)
    return user


@transaction.atomic
def delete_user(user: User, *, reason: str = "", actor: Actor) -> User:
    """Make the user Inactive with a tombstone name, which frees the userName. Recoverable until the purge."""
    return _delete_locked(lock(user), reason, actor)


def _delete_locked(user: User, reason: str, actor: Actor) -> User:
    if user.is_deleted:
        return user
    name = user.user_name if user.is_tombstoned else tombstone_name(user.id, user.user_name)
    document = {**user.document, "userName": name, "active": False}
    return update_user(user, document=document, reason=reason, actor=actor)


def withdraw_user(user: User, *, reason: str, is_reviewed: bool = True, actor: Actor) -> User:
    """Delete a user for SCIM, which responds with 404 from now on (RFC 7644 §3.6). Recoverable here until the purge.

    The user's groups are remembered. A user who was already deleted is only hidden. Unless it `is_reviewed`, an
    administrator must review it before the purge. The user and the user's groups must be locked. RoleTooHighError is
    raised before any change, because the groups that the user leaves may give a role.
    """
    require_covers(actor, user)
    was_deleted = user.is_deleted
    groups = memberships.leave_all(user.pk)
    user = _delete_locked(user, reason, actor)
    is_reviewed = is_reviewed and user.reviewed
    execute(HIDE_USER, {"id": user.pk, "groups": groups, "is_reviewed": is_reviewed})
    user.hidden, user.kept_groups, user.reviewed = True, groups, is_reviewed
    if was_deleted:
        content = EventContent(reason=reason)
        record(AuditAction.USER_DELETED, target=audit_target(user), content=content, actor=actor)
    return user


def lock_with_groups(user: User) -> User:
    """Like `lock`, for a user who may leave groups: the groups are locked first (controlhub.sql.memberships)."""
    memberships.hold_groups_of(user.organization_id, [user.pk])
    return lock(user)


def lock(user: User) -> User:
    """Returns the current user with its row locked. UserGoneError if it no longer exists."""
    found = User.objects.locked().select_related("organization").filter(pk=user.pk).first()
    if found is None:
        raise UserGoneError
    return found
