"""Every event that can be recorded, in Entra's terms.

A change to a user or group by a provisioning client is *Account Provisioning*; the same change by an admin, a command
or a job is *Core Directory*. Provisioning configuration is always *Account Provisioning*.
"""

from enum import StrEnum
from typing import Self

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from audit.actor import Actor


class Service(StrEnum):
    ACCOUNT_PROVISIONING = "Account Provisioning"
    CORE_DIRECTORY = "Core Directory"


class Category(StrEnum):
    """The part of the product that an event is about. `label` is its name in the portal."""

    label: str | Promise

    def __new__(cls, name: str, label: str | Promise) -> Self:
        category = str.__new__(cls, name)
        category._value_ = name
        category.label = label
        return category

    USER_MANAGEMENT = "UserManagement", _("User management")
    GROUP_MANAGEMENT = "GroupManagement", _("Group management")
    RESOURCE_MANAGEMENT = "ResourceManagement", _("Resource management")
    PROVISIONING_MANAGEMENT = "ProvisioningManagement", _("Provisioning management")
    ROLE_MANAGEMENT = "RoleManagement", _("Role management")
    DIRECTORY_MANAGEMENT = "DirectoryManagement", _("Directory management")
    AUTHENTICATION = "Authentication", _("Authentication")


class Result(StrEnum):
    SUCCESS = "success", _("Success")
    FAILURE = "failure", _("Failure")

    label: str | Promise

    def __new__(cls, name: str, label: str | Promise) -> Self:
        result = str.__new__(cls, name)
        result._value_ = name
        result.label = label
        return result


class TargetType(StrEnum):
    """The types of targets. Resources of custom types use the name of their type instead."""

    USER = "User"
    GROUP = "Group"
    DIRECTORY_USER = "DirectoryUser"
    DIRECTORY_GROUP = "DirectoryGroup"
    TOKEN = "Token"  # noqa: S105
    CONNECTION = "Connection"
    ORGANIZATION = "Organization"
    IDENTITY_PROVIDER = "IdentityProvider"
    SCHEMA = "Schema"
    RESOURCE_TYPE = "ResourceType"
    JOB = "Job"
    REQUEST = "Request"
    VIEW = "View"
    STREAM = "Stream"
    PAGE = "Page"
    ALERT = "Alert"
    APPLICATION = "Application"


class AuditAction(StrEnum):
    """The actions, with their category and the activity shown to people."""

    category: Category
    activity: str

    def __new__(cls, name: str, category: Category, activity: str) -> Self:
        action = str.__new__(cls, name)
        action._value_ = name
        action.category = category
        action.activity = activity
        return action

    USER_CREATED = "user.created", Category.USER_MANAGEMENT, "Add user"
    USER_UPDATED = "user.updated", Category.USER_MANAGEMENT, "Update user"
    USER_DEACTIVATED = "user.deactivated", Category.USER_MANAGEMENT, "Disable account"
    USER_REACTIVATED = "user.reactivated", Category.USER_MANAGEMENT, "Enable account"
    USER_DELETED = "user.deleted", Category.USER_MANAGEMENT, "Delete user"
    USER_RESTORED = "user.restored", Category.USER_MANAGEMENT, "Restore user"
    USER_PURGED = "user.purged", Category.USER_MANAGEMENT, "Hard Delete user"
    USER_INVITED = "user.invited", Category.USER_MANAGEMENT, "Invite user"
    USER_VERIFIED = "user.verified", Category.USER_MANAGEMENT, "Accept invitation"
    USER_HELD = "user.held", Category.USER_MANAGEMENT, "Place legal hold"
    USER_RELEASED = "user.released", Category.USER_MANAGEMENT, "End legal hold"
    USER_EXTENDED = "user.extended", Category.USER_MANAGEMENT, "Extend retention"
    USER_NOTED = "user.noted", Category.USER_MANAGEMENT, "Change note"
    USER_DATA_EXPORTED = "user.data_exported", Category.USER_MANAGEMENT, "Export personal data"
    USER_ERASED = "user.erased", Category.USER_MANAGEMENT, "Erase personal data"
    USERS_REVIEWED = "users.reviewed", Category.USER_MANAGEMENT, "Review deactivations"
    USERS_EXPORTED = "users.exported", Category.USER_MANAGEMENT, "Export users"
    PURGE_STAGED = "purge.staged", Category.USER_MANAGEMENT, "Stage purge"
    PURGE_ALLOWED = "purge.allowed", Category.USER_MANAGEMENT, "Allow purge"
    PURGE_HELD = "purge.held", Category.USER_MANAGEMENT, "Hold purge"
    BURST_FOUND = "burst.found", Category.USER_MANAGEMENT, "Flag unusual deactivations"
    GROUP_CREATED = "group.created", Category.GROUP_MANAGEMENT, "Add group"
    GROUP_UPDATED = "group.updated", Category.GROUP_MANAGEMENT, "Update group"
    GROUP_DELETED = "group.deleted", Category.GROUP_MANAGEMENT, "Delete group"
    MEMBERS_CHANGED = "group.members_changed", Category.GROUP_MANAGEMENT, "Change group members"
    DIRECTORY_USER_CREATED = "directory_user.created", Category.USER_MANAGEMENT, "Add user"
    DIRECTORY_USER_UPDATED = "directory_user.updated", Category.USER_MANAGEMENT, "Update user"
    DIRECTORY_USER_DISABLED = "directory_user.disabled", Category.USER_MANAGEMENT, "Disable account"
    DIRECTORY_USER_ENABLED = "directory_user.enabled", Category.USER_MANAGEMENT, "Enable account"
    DIRECTORY_USER_DELETED = "directory_user.deleted", Category.USER_MANAGEMENT, "Delete user"
    DIRECTORY_USER_RESTORED = "directory_user.restored", Category.USER_MANAGEMENT, "Restore user"
    DIRECTORY_USER_PURGED = "directory_user.purged", Category.USER_MANAGEMENT, "Hard Delete user"
    DIRECTORY_GROUP_CREATED = "directory_group.created", Category.GROUP_MANAGEMENT, "Add group"
    DIRECTORY_GROUP_UPDATED = "directory_group.updated", Category.GROUP_MANAGEMENT, "Update group"
    DIRECTORY_GROUP_DELETED = "directory_group.deleted", Category.GROUP_MANAGEMENT, "Delete group"
    DIRECTORY_MEMBERS_CHANGED = "directory_group.members_changed", Category.GROUP_MANAGEMENT, "Change group members"
    RESOURCE_CREATED = "resource.created", Category.RESOURCE_MANAGEMENT, "Add resource"
    RESOURCE_UPDATED = "resource.updated", Category.RESOURCE_MANAGEMENT, "Update resource"
    RESOURCE_DELETED = "resource.deleted", Category.RESOURCE_MANAGEMENT, "Delete resource"
    SCHEMA_REGISTERED = "schema.registered", Category.PROVISIONING_MANAGEMENT, "Register schema"
    SCHEMA_EXTENDED = "schema.extended", Category.PROVISIONING_MANAGEMENT, "Extend resource type"
    SCHEMA_REMOVED = "schema.removed", Category.PROVISIONING_MANAGEMENT, "Remove schema"
    RESOURCE_TYPE_REGISTERED = "resource_type.registered", Category.PROVISIONING_MANAGEMENT, "Register resource type"
    RESOURCE_TYPE_REMOVED = "resource_type.removed", Category.PROVISIONING_MANAGEMENT, "Remove resource type"
    TOKEN_ISSUED = "token.issued", Category.PROVISIONING_MANAGEMENT, "Issue token"
    TOKEN_REVOKED = "token.revoked", Category.PROVISIONING_MANAGEMENT, "Revoke token"
    CONNECTION_CREATED = "connection.created", Category.PROVISIONING_MANAGEMENT, "Add connection"
    CONNECTION_PAUSED = "connection.paused", Category.PROVISIONING_MANAGEMENT, "Pause connection"
    CONNECTION_RESUMED = "connection.resumed", Category.PROVISIONING_MANAGEMENT, "Resume connection"
    CONNECTION_RENAMED = "connection.renamed", Category.PROVISIONING_MANAGEMENT, "Rename connection"
    CONNECTION_DELETED = "connection.deleted", Category.PROVISIONING_MANAGEMENT, "Delete connection"
    CONNECTION_TESTED = "connection.tested", Category.PROVISIONING_MANAGEMENT, "Run self-test"
    REQUEST_REVEALED = "request.revealed", Category.PROVISIONING_MANAGEMENT, "Reveal request"
    BULK_REQUESTED = "bulk.requested", Category.PROVISIONING_MANAGEMENT, "Bulk request"
    REQUEST_REFUSED = "request.refused", Category.PROVISIONING_MANAGEMENT, "Refuse request"
    TOKEN_REFUSED = "token.refused", Category.PROVISIONING_MANAGEMENT, "Refuse token"
    TOKEN_AT_NEW_ADDRESS = "token.address_new", Category.PROVISIONING_MANAGEMENT, "Use token from new address"
    CLIENT_ISSUED = "client.issued", Category.PROVISIONING_MANAGEMENT, "Issue client credentials"
    CLIENT_REVOKED = "client.revoked", Category.PROVISIONING_MANAGEMENT, "Revoke client credentials"
    APPLICATION_ADDED = "application.added", Category.PROVISIONING_MANAGEMENT, "Add application"
    APPLICATION_RENAMED = "application.renamed", Category.PROVISIONING_MANAGEMENT, "Update application"
    APPLICATION_CONFIGURED = (
        "application.configured",
        Category.PROVISIONING_MANAGEMENT,
        "Update provisioning configuration",
    )
    APPLICATION_MAPPED = (
        "application.mappings_changed",
        Category.PROVISIONING_MANAGEMENT,
        "Update attribute mappings or scope",
    )
    USER_ASSIGNED = "assignment.user_added", Category.USER_MANAGEMENT, "Add app role assignment grant to user"
    USER_UNASSIGNED = "assignment.user_removed", Category.USER_MANAGEMENT, "Remove app role assignment from user"
    GROUP_ASSIGNED = "assignment.group_added", Category.GROUP_MANAGEMENT, "Add app role assignment to group"
    GROUP_UNASSIGNED = "assignment.group_removed", Category.GROUP_MANAGEMENT, "Remove app role assignment from group"
    APPLICATION_DELETED = "application.deleted", Category.PROVISIONING_MANAGEMENT, "Delete application"
    PROVISIONING_STARTED = "provisioning.started", Category.PROVISIONING_MANAGEMENT, "Start provisioning"
    PROVISIONING_RESTARTED = "provisioning.restarted", Category.PROVISIONING_MANAGEMENT, "Restart provisioning"
    PROVISIONING_STOPPED = "provisioning.stopped", Category.PROVISIONING_MANAGEMENT, "Stop provisioning cycle"
    PROVISIONING_PAUSED = "provisioning.paused", Category.PROVISIONING_MANAGEMENT, "Pause provisioning"
    PROVISIONING_RESUMED = "provisioning.resumed", Category.PROVISIONING_MANAGEMENT, "Resume provisioning"
    PROVISIONING_UNDONE = "provisioning.undone", Category.PROVISIONING_MANAGEMENT, "Undo provisioning cycle"
    PROVISIONED_ON_DEMAND = "provisioning.on_demand", Category.PROVISIONING_MANAGEMENT, "Provision on demand"
    REMOVALS_ALLOWED = "removals.allowed", Category.PROVISIONING_MANAGEMENT, "Allow removals"
    REMOVALS_REJECTED = "removals.rejected", Category.PROVISIONING_MANAGEMENT, "Reject removals"
    DEMO_FORWARDED = "demo.forwarded", Category.DIRECTORY_MANAGEMENT, "Fast-forward demo"
    PROVISIONING_LOG_EXPORTED = (
        "provisioning_log.exported",
        Category.PROVISIONING_MANAGEMENT,
        "Export provisioning log",
    )
    SESSIONS_ENDED = "sessions.ended", Category.AUTHENTICATION, "End sessions"
    JOB_STARTED = "job.started", Category.DIRECTORY_MANAGEMENT, "Start job"
    JOB_PAUSED = "job.paused", Category.DIRECTORY_MANAGEMENT, "Pause job"
    JOB_RESUMED = "job.resumed", Category.DIRECTORY_MANAGEMENT, "Resume job"
    JOB_CANCELLED = "job.cancelled", Category.DIRECTORY_MANAGEMENT, "Cancel job"
    JOB_FINISHED = "job.finished", Category.DIRECTORY_MANAGEMENT, "Finish job"
    JOB_FAILED = "job.failed", Category.DIRECTORY_MANAGEMENT, "Finish job"
    VIEW_SAVED = "view.saved", Category.DIRECTORY_MANAGEMENT, "Save view"
    VIEW_CHANGED = "view.changed", Category.DIRECTORY_MANAGEMENT, "Change view"
    VIEW_DELETED = "view.deleted", Category.DIRECTORY_MANAGEMENT, "Delete view"
    FILE_DOWNLOADED = "file.downloaded", Category.DIRECTORY_MANAGEMENT, "Download file"
    EVENTS_EXPORTED = "events.exported", Category.DIRECTORY_MANAGEMENT, "Export audit log"
    EXPORT_FINISHED = "events.export_finished", Category.DIRECTORY_MANAGEMENT, "Finish export of audit log"
    EVENTS_READ = "events.read", Category.DIRECTORY_MANAGEMENT, "Read audit log"
    STREAM_ADDED = "stream.added", Category.DIRECTORY_MANAGEMENT, "Add stream"
    STREAM_CHANGED = "stream.changed", Category.DIRECTORY_MANAGEMENT, "Change stream"
    STREAM_PAUSED = "stream.paused", Category.DIRECTORY_MANAGEMENT, "Pause stream"
    STREAM_RESUMED = "stream.resumed", Category.DIRECTORY_MANAGEMENT, "Resume stream"
    STREAM_REPLAYED = "stream.replayed", Category.DIRECTORY_MANAGEMENT, "Replay stream"
    STREAM_GAPS_DISMISSED = "stream.gaps_dismissed", Category.DIRECTORY_MANAGEMENT, "Dismiss gaps of stream"
    STREAM_DELETED = "stream.deleted", Category.DIRECTORY_MANAGEMENT, "Delete stream"
    ALERT_ADDED = "alert.added", Category.DIRECTORY_MANAGEMENT, "Add alert"
    ALERT_CHANGED = "alert.changed", Category.DIRECTORY_MANAGEMENT, "Change alert"
    ALERT_PAUSED = "alert.paused", Category.DIRECTORY_MANAGEMENT, "Pause alert"
    ALERT_RESUMED = "alert.resumed", Category.DIRECTORY_MANAGEMENT, "Resume alert"
    ALERT_DELETED = "alert.deleted", Category.DIRECTORY_MANAGEMENT, "Delete alert"
    ALERT_TESTED = "alert.tested", Category.DIRECTORY_MANAGEMENT, "Test alert"
    ALERT_FIRED = "alert.fired", Category.DIRECTORY_MANAGEMENT, "Send alert"
    ORGANIZATION_CREATED = "organization.created", Category.DIRECTORY_MANAGEMENT, "Add organization"
    ORGANIZATION_UPDATED = "organization.updated", Category.DIRECTORY_MANAGEMENT, "Update organization"
    BACKUP_CONFIRMED = "organization.backup_confirmed", Category.DIRECTORY_MANAGEMENT, "Confirm backup of secret keys"
    LOG_EXPIRED = "log.expired", Category.DIRECTORY_MANAGEMENT, "Remove expired audit events"
    LOG_RECOVERED = "log.recovered", Category.DIRECTORY_MANAGEMENT, "Record recovery of the audit log"
    ROLE_ASSIGNED = "role.assigned", Category.ROLE_MANAGEMENT, "Add member to role"
    ROLE_REMOVED = "role.removed", Category.ROLE_MANAGEMENT, "Remove member from role"
    ROLE_REFUSED = "role.refused", Category.ROLE_MANAGEMENT, "Refuse role"
    GROUP_MAPPED = "group.mapped", Category.ROLE_MANAGEMENT, "Add group to role"
    GROUP_UNMAPPED = "group.unmapped", Category.ROLE_MANAGEMENT, "Remove group from role"
    PAGE_REFUSED = "page.refused", Category.AUTHENTICATION, "Refuse page"
    RESET_REQUESTED = "password.reset_requested", Category.AUTHENTICATION, "Request password reset"
    PASSWORD_CHANGED = "password.changed", Category.AUTHENTICATION, "Change password"
    FACTOR_ADDED = "factor.added", Category.AUTHENTICATION, "Register sign-in method"
    FACTOR_REMOVED = "factor.removed", Category.AUTHENTICATION, "Remove sign-in method"
    IDENTITY_LINKED = "identity.linked", Category.AUTHENTICATION, "Connect identity"
    IDENTITY_UNLINKED = "identity.unlinked", Category.AUTHENTICATION, "Disconnect identity"
    PROVIDER_ADDED = "provider.added", Category.AUTHENTICATION, "Add identity provider"
    PROVIDER_UPDATED = "provider.updated", Category.AUTHENTICATION, "Update identity provider"
    PROVIDER_REMOVED = "provider.removed", Category.AUTHENTICATION, "Delete identity provider"
    SIGNED_IN = "session.signed_in", Category.AUTHENTICATION, "Sign in"
    SIGN_IN_FAILED = "session.sign_in_failed", Category.AUTHENTICATION, "Sign in"
    SIGNED_OUT = "session.signed_out", Category.AUTHENTICATION, "Sign out"

    def service(self, actor: Actor) -> Service:
        """The service that an event belongs to, by action and actor."""
        if actor.is_client or self.category is Category.PROVISIONING_MANAGEMENT:
            return Service.ACCOUNT_PROVISIONING
        return Service.CORE_DIRECTORY
