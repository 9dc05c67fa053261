"""Every event that can be recorded, in Entra's words (behaviours.md A.1, B.7).

A user or group that a provisioning client changes is *Account Provisioning*; the same change made by an admin,
a command or a job is *Core Directory*; provisioning configuration is *Account Provisioning* in any case.
"""

from dataclasses import dataclass
from enum import StrEnum

from audit.actor import Actor


class Service(StrEnum):
    ACCOUNT_PROVISIONING = "Account Provisioning"
    CORE_DIRECTORY = "Core Directory"


class Category(StrEnum):
    USER_MANAGEMENT = "UserManagement"
    GROUP_MANAGEMENT = "GroupManagement"
    RESOURCE_MANAGEMENT = "ResourceManagement"
    PROVISIONING_MANAGEMENT = "ProvisioningManagement"
    ROLE_MANAGEMENT = "RoleManagement"
    DIRECTORY_MANAGEMENT = "DirectoryManagement"
    AUTHENTICATION = "Authentication"


class Result(StrEnum):
    SUCCESS = "success"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class _Meaning:
    category: Category
    activity: str


class AuditAction(StrEnum):
    USER_CREATED = "user.created"
    USER_UPDATED = "user.updated"
    USER_DEACTIVATED = "user.deactivated"
    USER_REACTIVATED = "user.reactivated"
    USER_DELETED = "user.deleted"
    USER_RESTORED = "user.restored"
    USER_PURGED = "user.purged"
    USER_INVITED = "user.invited"
    USER_VERIFIED = "user.verified"
    USER_HELD = "user.held"
    USER_RELEASED = "user.released"
    USER_EXTENDED = "user.extended"
    USERS_REVIEWED = "users.reviewed"
    PURGE_STAGED = "purge.staged"
    PURGE_ALLOWED = "purge.allowed"
    PURGE_HELD = "purge.held"
    BURST_FOUND = "burst.found"
    GROUP_CREATED = "group.created"
    GROUP_UPDATED = "group.updated"
    GROUP_DELETED = "group.deleted"
    MEMBERS_CHANGED = "group.members_changed"
    RESOURCE_CREATED = "resource.created"
    RESOURCE_UPDATED = "resource.updated"
    RESOURCE_DELETED = "resource.deleted"
    SCHEMA_REGISTERED = "schema.registered"
    SCHEMA_EXTENDED = "schema.extended"
    SCHEMA_REMOVED = "schema.removed"
    RESOURCE_TYPE_REGISTERED = "resource_type.registered"
    RESOURCE_TYPE_REMOVED = "resource_type.removed"
    TOKEN_ISSUED = "token.issued"  # noqa: S105 — the name of an event
    TOKEN_REVOKED = "token.revoked"  # noqa: S105
    CLIENT_ISSUED = "client.issued"
    CLIENT_REVOKED = "client.revoked"
    SESSIONS_ENDED = "sessions.ended"
    ORGANIZATION_CREATED = "organization.created"
    ORGANIZATION_UPDATED = "organization.updated"
    ROLE_ASSIGNED = "role.assigned"
    ROLE_REMOVED = "role.removed"
    GROUP_MAPPED = "group.mapped"
    GROUP_UNMAPPED = "group.unmapped"
    PASSWORD_CHANGED = "password.changed"  # noqa: S105
    FACTOR_ADDED = "factor.added"
    FACTOR_REMOVED = "factor.removed"
    IDENTITY_LINKED = "identity.linked"
    IDENTITY_UNLINKED = "identity.unlinked"
    PROVIDER_ADDED = "provider.added"
    PROVIDER_UPDATED = "provider.updated"
    PROVIDER_REMOVED = "provider.removed"
    SIGNED_IN = "session.signed_in"
    SIGN_IN_FAILED = "session.sign_in_failed"
    SIGNED_OUT = "session.signed_out"

    @property
    def category(self) -> Category:
        return _MEANINGS[self].category

    @property
    def activity(self) -> str:
        return _MEANINGS[self].activity

    def service(self, actor: Actor) -> Service:
        """Which service the event belongs to, by what was done and by whom."""
        if actor.is_client or self.category is Category.PROVISIONING_MANAGEMENT:
            return Service.ACCOUNT_PROVISIONING
        return Service.CORE_DIRECTORY


_MEANINGS = {
    AuditAction.USER_CREATED: _Meaning(Category.USER_MANAGEMENT, "Add user"),
    AuditAction.USER_UPDATED: _Meaning(Category.USER_MANAGEMENT, "Update user"),
    AuditAction.USER_DEACTIVATED: _Meaning(Category.USER_MANAGEMENT, "Disable account"),
    AuditAction.USER_REACTIVATED: _Meaning(Category.USER_MANAGEMENT, "Enable account"),
    AuditAction.USER_DELETED: _Meaning(Category.USER_MANAGEMENT, "Delete user"),
    AuditAction.USER_RESTORED: _Meaning(Category.USER_MANAGEMENT, "Restore user"),
    AuditAction.USER_PURGED: _Meaning(Category.USER_MANAGEMENT, "Hard Delete user"),
    AuditAction.USER_INVITED: _Meaning(Category.USER_MANAGEMENT, "Invite user"),
    AuditAction.USER_VERIFIED: _Meaning(Category.USER_MANAGEMENT, "Accept invitation"),
    AuditAction.USER_HELD: _Meaning(Category.USER_MANAGEMENT, "Place legal hold"),
    AuditAction.USER_RELEASED: _Meaning(Category.USER_MANAGEMENT, "End legal hold"),
    AuditAction.USER_EXTENDED: _Meaning(Category.USER_MANAGEMENT, "Extend retention"),
    AuditAction.USERS_REVIEWED: _Meaning(Category.USER_MANAGEMENT, "Review deactivations"),
    AuditAction.PURGE_STAGED: _Meaning(Category.USER_MANAGEMENT, "Stage purge"),
    AuditAction.PURGE_ALLOWED: _Meaning(Category.USER_MANAGEMENT, "Allow purge"),
    AuditAction.PURGE_HELD: _Meaning(Category.USER_MANAGEMENT, "Hold purge"),
    AuditAction.BURST_FOUND: _Meaning(Category.USER_MANAGEMENT, "Flag unusual deactivations"),
    AuditAction.GROUP_CREATED: _Meaning(Category.GROUP_MANAGEMENT, "Add group"),
    AuditAction.GROUP_UPDATED: _Meaning(Category.GROUP_MANAGEMENT, "Update group"),
    AuditAction.GROUP_DELETED: _Meaning(Category.GROUP_MANAGEMENT, "Delete group"),
    AuditAction.MEMBERS_CHANGED: _Meaning(Category.GROUP_MANAGEMENT, "Change group members"),
    AuditAction.RESOURCE_CREATED: _Meaning(Category.RESOURCE_MANAGEMENT, "Add resource"),
    AuditAction.RESOURCE_UPDATED: _Meaning(Category.RESOURCE_MANAGEMENT, "Update resource"),
    AuditAction.RESOURCE_DELETED: _Meaning(Category.RESOURCE_MANAGEMENT, "Delete resource"),
    AuditAction.SCHEMA_REGISTERED: _Meaning(Category.PROVISIONING_MANAGEMENT, "Register schema"),
    AuditAction.SCHEMA_EXTENDED: _Meaning(Category.PROVISIONING_MANAGEMENT, "Extend resource type"),
    AuditAction.SCHEMA_REMOVED: _Meaning(Category.PROVISIONING_MANAGEMENT, "Remove schema"),
    AuditAction.RESOURCE_TYPE_REGISTERED: _Meaning(Category.PROVISIONING_MANAGEMENT, "Register resource type"),
    AuditAction.RESOURCE_TYPE_REMOVED: _Meaning(Category.PROVISIONING_MANAGEMENT, "Remove resource type"),
    AuditAction.TOKEN_ISSUED: _Meaning(Category.PROVISIONING_MANAGEMENT, "Issue token"),
    AuditAction.TOKEN_REVOKED: _Meaning(Category.PROVISIONING_MANAGEMENT, "Revoke token"),
    AuditAction.CLIENT_ISSUED: _Meaning(Category.PROVISIONING_MANAGEMENT, "Issue client credentials"),
    AuditAction.CLIENT_REVOKED: _Meaning(Category.PROVISIONING_MANAGEMENT, "Revoke client credentials"),
    AuditAction.SESSIONS_ENDED: _Meaning(Category.AUTHENTICATION, "End sessions"),
    AuditAction.ORGANIZATION_CREATED: _Meaning(Category.DIRECTORY_MANAGEMENT, "Add organization"),
    AuditAction.ORGANIZATION_UPDATED: _Meaning(Category.DIRECTORY_MANAGEMENT, "Update organization"),
    AuditAction.ROLE_ASSIGNED: _Meaning(Category.ROLE_MANAGEMENT, "Add member to role"),
    AuditAction.ROLE_REMOVED: _Meaning(Category.ROLE_MANAGEMENT, "Remove member from role"),
    AuditAction.GROUP_MAPPED: _Meaning(Category.ROLE_MANAGEMENT, "Add group to role"),
    AuditAction.GROUP_UNMAPPED: _Meaning(Category.ROLE_MANAGEMENT, "Remove group from role"),
    AuditAction.PASSWORD_CHANGED: _Meaning(Category.AUTHENTICATION, "Change password"),
    AuditAction.FACTOR_ADDED: _Meaning(Category.AUTHENTICATION, "Register sign-in method"),
    AuditAction.FACTOR_REMOVED: _Meaning(Category.AUTHENTICATION, "Remove sign-in method"),
    AuditAction.IDENTITY_LINKED: _Meaning(Category.AUTHENTICATION, "Connect identity"),
    AuditAction.IDENTITY_UNLINKED: _Meaning(Category.AUTHENTICATION, "Disconnect identity"),
    AuditAction.PROVIDER_ADDED: _Meaning(Category.AUTHENTICATION, "Add identity provider"),
    AuditAction.PROVIDER_UPDATED: _Meaning(Category.AUTHENTICATION, "Update identity provider"),
    AuditAction.PROVIDER_REMOVED: _Meaning(Category.AUTHENTICATION, "Delete identity provider"),
    AuditAction.SIGNED_IN: _Meaning(Category.AUTHENTICATION, "Sign in"),
    AuditAction.SIGN_IN_FAILED: _Meaning(Category.AUTHENTICATION, "Sign in"),
    AuditAction.SIGNED_OUT: _Meaning(Category.AUTHENTICATION, "Sign out"),
}
