"""What the organization's rules refuse. Surfaces translate these once; nobody catches them in between.

DomainError
├── InvalidNameError  InvalidSettingError
├── NameTakenError  AddressTakenError  ValueTakenError  IdentityTakenError  SchemaInUseError
├── UnknownMemberError  CircularGroupError
├── LastFullAdminError  NotInactiveError  RoleTooHighError  HeldError  UserGoneError
└── TooManyAttemptsError  TooManyTokensError  InvalidInvitationError
"""

MALFORMED_INPUT_ERRORS = (AttributeError, LookupError, OverflowError, RecursionError, TypeError, ValueError)
"""What parsers of other libraries raise for input that does not have the form of its standard."""


class DomainError(Exception):
    """A refusal with a stable `code`, a sentence that says what to do, and the field at fault."""

    code = "refused"
    default_message = "The organization's rules do not allow this."

    def __init__(self, message: str | None = None, *, field: str | None = None) -> None:
        self.message = message or self.default_message
        self.field = field
        super().__init__(self.message)


class InvalidNameError(DomainError):
    code = "invalid-name"


class InvalidSettingError(DomainError):
    code = "invalid-setting"


class NameTakenError(DomainError):
    code = "name-taken"
    default_message = "Another user of this organization has this userName."


class AddressTakenError(DomainError):
    code = "address-taken"
    default_message = "Another administrator already signs in with this address."


class ValueTakenError(DomainError):
    code = "value-taken"
    default_message = "Another resource of this organization has this value."


class IdentityTakenError(DomainError):
    code = "identity-taken"
    default_message = "This identity is connected to another administrator already."


class SchemaInUseError(DomainError):
    code = "schema-in-use"


class UnknownMemberError(DomainError):
    code = "unknown-member"


class CircularGroupError(DomainError):
    code = "circular-group"


class LastFullAdminError(DomainError):
    code = "last-full-admin"
    default_message = "This is the organization's last active full administrator; give another person that role first."


class RoleTooHighError(DomainError):
    code = "role-too-high"
    default_message = "Your own role does not cover this one; ask a full administrator."


class NotInactiveError(DomainError):
    code = "not-inactive"
    default_message = "The user is Active; deactivate or delete the user first."


class InvalidInvitationError(DomainError):
    code = "invalid-invitation"
    default_message = "This invitation is not valid any more; ask for another one."


class TooManyTokensError(DomainError):
    code = "too-many-tokens"
    default_message = "This connection has two live tokens; revoke the one that is no longer used first."


class UserGoneError(DomainError):
    code = "user-gone"
    default_message = "This user was removed for good meanwhile."


class HeldError(DomainError):
    code = "held"
    default_message = "A legal hold keeps this user; end the hold first."


class TooManyAttemptsError(DomainError):
    code = "too-many-attempts"
    default_message = "There were too many attempts; wait a quarter of an hour and try again."
