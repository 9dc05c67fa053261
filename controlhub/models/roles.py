"""Roles of the portal and their permissions: the one table that every page and action checks."""

from enum import StrEnum

from django.db import models
from django.utils.translation import gettext_lazy as _


class Permission(StrEnum):
    """One thing that an administrator may or may not do."""

    VIEW_USERS = "view_users"
    RECOVER_USERS = "recover_users"  # reactivate, restore, resend invitations
    MANAGE_USERS = "manage_users"  # add, import, edit, sign out, deactivate, delete, extend the retention
    VIEW_GROUPS = "view_groups"
    MANAGE_GROUPS = "manage_groups"  # create, rename, delete, add and remove members
    PURGE_USERS = "purge_users"  # permanently delete, hold, allow a large purge
    VIEW_PROVISIONING = "view_provisioning"
    MANAGE_PROVISIONING = "manage_provisioning"  # tokens, schemas, how SCIM is read
    VIEW_AUDIT = "view_audit"
    VIEW_JOBS = "view_jobs"
    MANAGE_ROLES = "manage_roles"  # of people whose role has no permissions that one's own lacks
    VIEW_DIRECTORY = "view_directory"
    MANAGE_DIRECTORY = "manage_directory"  # its people and groups, and who is assigned to an application
    MANAGE_ORGANIZATION = "manage_organization"  # the policies of a user's lifecycle

    @property
    def label(self) -> str:
        return str(_PERMISSION_LABELS[self])


_PERMISSION_LABELS = {
    Permission.VIEW_USERS: _("View users"),
    Permission.RECOVER_USERS: _("Recover users"),
    Permission.MANAGE_USERS: _("Manage users"),
    Permission.VIEW_GROUPS: _("View groups"),
    Permission.MANAGE_GROUPS: _("Manage groups"),
    Permission.PURGE_USERS: _("Permanently delete users"),
    Permission.VIEW_PROVISIONING: _("View provisioning"),
    Permission.MANAGE_PROVISIONING: _("Manage provisioning"),
    Permission.VIEW_AUDIT: _("View the audit log"),
    Permission.VIEW_JOBS: _("View jobs"),
    Permission.MANAGE_ROLES: _("Manage roles"),
    Permission.VIEW_DIRECTORY: _("View the directory"),
    Permission.MANAGE_DIRECTORY: _("Manage the directory"),
    Permission.MANAGE_ORGANIZATION: _("Manage the organization"),
}


class Role(models.TextChoices):
    FULL_ADMIN = "full_admin", _("Full administrator")
    USER_ADMIN = "user_admin", _("User administrator")
    READ_ONLY_ADMIN = "read_only_admin", _("Read-only administrator")
    HELP_DESK = "help_desk", _("Help desk")
    AUDITOR = "auditor", _("Auditor")

    @property
    def permissions(self) -> frozenset[Permission]:
        return _PERMISSIONS[self]

    def may(self, permission: Permission) -> bool:
        return permission in _PERMISSIONS[self]

    def covers(self, other: "Role") -> bool:
        """Whether this role has all permissions of the other one: only then can it give or remove that role."""
        return self.permissions >= other.permissions


_VIEW = {
    Permission.VIEW_USERS,
    Permission.VIEW_GROUPS,
    Permission.VIEW_PROVISIONING,
    Permission.VIEW_AUDIT,
    Permission.VIEW_JOBS,
    Permission.VIEW_DIRECTORY,
}
_PERMISSIONS = {
    Role.FULL_ADMIN: frozenset(Permission),
    Role.USER_ADMIN: frozenset(
        {
            *_VIEW,
            Permission.RECOVER_USERS,
            Permission.MANAGE_USERS,
            Permission.MANAGE_GROUPS,
            Permission.MANAGE_DIRECTORY,
            Permission.MANAGE_ROLES,
        }
    ),
    Role.READ_ONLY_ADMIN: frozenset(_VIEW),
    Role.HELP_DESK: frozenset({Permission.VIEW_USERS, Permission.VIEW_GROUPS, Permission.RECOVER_USERS}),
    Role.AUDITOR: frozenset({Permission.VIEW_AUDIT}),
}
