"""Moves many users between Active, Inactive, deleted and permanently deleted."""

from django.utils.translation import gettext_lazy as _

from controlhub.actions.bulk.kinds import CHANGED, NOT_UNDOABLE, BulkKind, Change
from controlhub.actions.bulk.rules import Need, Rule
from controlhub.actions.jobs import register
from controlhub.actions.users import deactivate_user, delete_user, purge_inactive_user, reactivate_user
from controlhub.models import Permission, User


@register
class DeactivateUsers(BulkKind):
    name = "deactivate-users"
    permission = Permission.MANAGE_USERS
    undo_kind = "reactivate-users"
    rule = Rule(Need.ACTIVE, spares_self=True, keeps_an_admin=True)
    title = _("Deactivate users")
    done = _("Deactivated")

    def act(self, user: User, change: Change) -> str:
        deactivate_user(user, actor=change.actor)
        return CHANGED


@register
class ReactivateUsers(BulkKind):
    name = "reactivate-users"
    permission = Permission.RECOVER_USERS
    undo_kind = "deactivate-users"
    rule = Rule(Need.INACTIVE)
    title = _("Reactivate users")
    done = _("Reactivated")

    def act(self, user: User, change: Change) -> str:
        reactivate_user(user, actor=change.actor)
        return CHANGED


@register
class DeleteUsers(BulkKind):
    """Undo restores users, which makes them Active. Users who were Inactive before the deletion stay deleted."""

    name = "delete-users"
    permission = Permission.MANAGE_USERS
    undo_kind = "restore-users"
    rule = Rule(Need.NOT_DELETED, spares_self=True, keeps_an_admin=True)
    title = _("Delete users")
    done = _("Deleted")

    def act(self, user: User, change: Change) -> str:
        was_active = user.active
        delete_user(user, actor=change.actor)
        return CHANGED if was_active else NOT_UNDOABLE


@register
class RestoreUsers(BulkKind):
    name = "restore-users"
    permission = Permission.RECOVER_USERS
    undo_kind = "delete-users"
    rule = Rule(Need.NOT_ACTIVE)
    title = _("Restore users")
    done = _("Restored")

    def act(self, user: User, change: Change) -> str:
        was_deleted = user.is_deleted
        reactivate_user(user, actor=change.actor)
        return CHANGED if was_deleted else NOT_UNDOABLE


@register
class PurgeUsers(BulkKind):
    name = "purge-users"
    permission = Permission.PURGE_USERS
    rule = Rule(Need.PURGEABLE)
    title = _("Permanently delete users")
    done = _("Permanently deleted")

    def act(self, user: User, change: Change) -> str:
        purge_inactive_user(user, actor=change.actor)
        return NOT_UNDOABLE
