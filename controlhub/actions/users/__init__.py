"""The actions on users, called by SCIM, the portal, commands and jobs."""

from controlhub.actions.users.attribute_edits import AttributeEdit, change_attribute, remove_override
from controlhub.actions.users.create import create_user, create_users
from controlhub.actions.users.holds import extend_user, hold_user, release_user
from controlhub.actions.users.lifecycle import deactivate_user, delete_user, reactivate_user, withdraw_user
from controlhub.actions.users.purge import purge_inactive_user, purge_user
from controlhub.actions.users.revival import InactiveTwinError, inactive_twins, is_revivable
from controlhub.actions.users.scim_delete import delete_by_policy, keeps_every_user
from controlhub.actions.users.update import revive_user, update_user

__all__ = [
    "AttributeEdit",
    "InactiveTwinError",
    "change_attribute",
    "create_user",
    "create_users",
    "deactivate_user",
    "delete_by_policy",
    "delete_user",
    "extend_user",
    "hold_user",
    "inactive_twins",
    "is_revivable",
    "keeps_every_user",
    "purge_inactive_user",
    "purge_user",
    "reactivate_user",
    "release_user",
    "remove_override",
    "revive_user",
    "update_user",
    "withdraw_user",
]
