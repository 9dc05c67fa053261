"""What can be done to a user. SCIM, portal, commands and jobs all come here."""

from controlhub.actions.users.lifecycle import deactivate_user, delete_user, reactivate_user, restore_user
from controlhub.actions.users.purge import purge_due_users, purge_user
from controlhub.actions.users.write import create_user, create_users, revive_user, update_user

__all__ = [
    "create_user",
    "create_users",
    "deactivate_user",
    "delete_user",
    "purge_due_users",
    "purge_user",
    "reactivate_user",
    "restore_user",
    "revive_user",
    "update_user",
]
