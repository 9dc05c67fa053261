"""Violations of the organization's rules. Only the outermost layers (pages, SCIM, commands) catch and translate them.

DomainError
├── InvalidNameError  InvalidSettingError
├── NameTakenError  AddressTakenError  ValueTakenError  IdentityTakenError  SchemaInUseError
├── UnknownMemberError  CircularGroupError
├── OwnedAttributeError  OwnedGroupError  JobStateError  StreamStateError  AlertStateError
├── ApplicationStateError  OutdatedError
├── LastFullAdminError  RoleTooHighError  PermissionMissingError
├── NotInactiveError  PersonStateError  HeldError  UserGoneError  GroupGoneError
└── TooManyAttemptsError  TooManyTokensError  InvalidInvitationError

Messages are in the language that is active when the error is raised: English for SCIM and commands.
"""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MALFORMED_INPUT_ERRORS = (AttributeError, LookupError, OverflowError, RecursionError, TypeError, ValueError)
"""Errors that other libraries' parsers raise for input that does not conform to its standard."""


class DomainError(Exception):
    """An error with a stable `code`, a message that says what to do, and the name of a field."""

    code = "refused"
    default_message: str | Promise = _("The organization's rules do not allow this.")

    def __init__(self, message: str | None = None, *, field: str | None = None) -> None:
        self.message = message or str(self.default_message)
        self.field = field
        super().__init__(self.message)


class InvalidNameError(DomainError):
    code = "invalid-name"


class InvalidSettingError(DomainError):
    code = "invalid-setting"


class NameTakenError(DomainError):
    code = "name-taken"
    default_message: str | Promise = _("Another user of this organization has this userName.")


class AddressTakenError(DomainError):
    code = "address-taken"
    default_message: str | Promise = _("Another administrator already signs in with this address.")


class ValueTakenError(DomainError):
    code = "value-taken"
    default_message: str | Promise = _("Another resource of this organization has this value.")


class IdentityTakenError(DomainError):
    code = "identity-taken"
    default_message: str | Promise = _("This identity is already connected to another administrator.")


class SchemaInUseError(DomainError):
    code = "schema-in-use"


class UnknownMemberError(DomainError):
    code = "unknown-member"


class CircularGroupError(DomainError):
    code = "circular-group"


class OwnedGroupError(DomainError):
    code = "owned-group"


class OwnedAttributeError(DomainError):
    code = "owned-attribute"


class LastFullAdminError(DomainError):
    code = "last-full-admin"
    default_message: str | Promise = _(
        "This is the organization's last active full administrator. Give another user that role first."
    )


class RoleTooHighError(DomainError):
    code = "role-too-high"
    default_message: str | Promise = _("This role has permissions that yours lacks. Ask a full administrator.")


class PermissionMissingError(DomainError):
    code = "permission-missing"
    default_message: str | Promise = _("Your role does not allow this. Ask a full administrator.")


class NotInactiveError(DomainError):
    code = "not-inactive"
    default_message: str | Promise = _("The user is Active. Deactivate or delete the user first.")


class InvalidInvitationError(DomainError):
    code = "invalid-invitation"
    default_message: str | Promise = _("This invitation is no longer valid. Ask for a new one.")


class TooManyTokensError(DomainError):
    code = "too-many-tokens"
    default_message: str | Promise = _("This connection already has two valid tokens. Revoke the unused one first.")


class UserGoneError(DomainError):
    code = "user-gone"
    default_message: str | Promise = _("This user has been permanently deleted.")


class GroupGoneError(DomainError):
    code = "group-gone"
    default_message: str | Promise = _("This group has been deleted.")


class PersonStateError(DomainError):
    code = "person-state"


class HeldError(DomainError):
    code = "held"
    default_message: str | Promise = _("This user is under a legal hold. End the hold first.")


class JobStateError(DomainError):
    code = "job-state"
    default_message = _("The job's state has changed. Reload the page and try again.")


class StreamStateError(DomainError):
    code = "stream-state"


class AlertStateError(DomainError):
    code = "alert-state"


class ApplicationStateError(DomainError):
    code = "application-state"


class OutdatedError(DomainError):
    code = "outdated"
    default_message: str | Promise = _(
        "Somebody else saved this in the meantime. Your entries are kept: compare them with the page, and save again."
    )


class TooManyAttemptsError(DomainError):
    code = "too-many-attempts"
    default_message: str | Promise = _("There were too many attempts. Wait 15 minutes and try again.")
