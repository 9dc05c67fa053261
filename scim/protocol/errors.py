"""What can be wrong with a SCIM message (RFC 7644 §3.12).

ScimError
├── InvalidFilter  InvalidPath  InvalidSyntax  InvalidValue  NoTarget  TooMany
├── InvalidVersion  Mutability  Uniqueness
├── InvalidCursor  ExpiredCursor  InvalidCount (RFC 9865 §2.1)
├── Unauthorized  Forbidden  NotFound  MethodNotAllowed
├── PreconditionFailed  PayloadTooLarge  UnsupportedMediaType  TooManyRequests
└── NotImplementedHere  Unavailable
"""

from collections.abc import Iterable

from scim.protocol import urns


class ScimError(Exception):
    """A refusal: HTTP `status`, optional `scim_type`, and a `detail` that says what to do."""

    status = 400
    scim_type: str | None = None
    default_detail = "The request is not valid."

    def __init__(self, detail: str | None = None) -> None:
        self.detail = detail or self.default_detail
        super().__init__(self.detail)

    def to_document(self) -> dict[str, object]:
        """The error body of RFC 7644 §3.12; `status` is a string there."""
        document: dict[str, object] = {"schemas": [urns.ERROR], "status": str(self.status)}
        if self.scim_type:
            document["scimType"] = self.scim_type
        document["detail"] = self.detail
        return document


class InvalidFilter(ScimError):
    scim_type = "invalidFilter"
    default_detail = "The filter is malformed or names an attribute that cannot be filtered."


class InvalidPath(ScimError):
    scim_type = "invalidPath"
    default_detail = "The path does not name an attribute of this resource."


class InvalidSyntax(ScimError):
    scim_type = "invalidSyntax"
    default_detail = "The body is not a well-formed SCIM message."


class InvalidValue(ScimError):
    scim_type = "invalidValue"
    default_detail = "A value is missing or not of its attribute's type."


class NoTarget(ScimError):
    scim_type = "noTarget"
    default_detail = "The path names nothing that could be changed."


class TooMany(ScimError):
    scim_type = "tooMany"
    default_detail = "The filter matches more resources than can be answered; narrow it."


class InvalidVersion(ScimError):
    scim_type = "invalidVers"
    default_detail = "Only version 2 of SCIM is spoken here; call .../v2."


class Mutability(ScimError):
    scim_type = "mutability"
    default_detail = "The attribute cannot be changed."


class Uniqueness(ScimError):
    status = 409
    scim_type = "uniqueness"
    default_detail = "Another resource already has this value."


class InvalidCursor(ScimError):
    scim_type = "invalidCursor"
    default_detail = "The cursor was not made for this query; start again with an empty cursor."


class ExpiredCursor(ScimError):
    scim_type = "expiredCursor"
    default_detail = "The cursor has expired; start again with an empty cursor."


class InvalidCount(ScimError):
    scim_type = "invalidCount"
    default_detail = "With a cursor, 'count' must be a whole number from 0 on."


class Unauthorized(ScimError):
    status = 401
    default_detail = "A valid bearer token is required."


class Forbidden(ScimError):
    status = 403
    default_detail = "The token does not allow this."


class NotFound(ScimError):
    status = 404
    default_detail = "There is no such resource."


class MethodNotAllowed(ScimError):
    status = 405
    default_detail = "This method is not allowed here."

    def __init__(self, detail: str | None = None, *, allowed: Iterable[str] = ()) -> None:
        super().__init__(detail)
        self.allowed = tuple(allowed)


class PreconditionFailed(ScimError):
    status = 412
    default_detail = "The resource has changed since this version; read it again."


class PayloadTooLarge(ScimError):
    status = 413
    default_detail = "The request body is too large."


class UnsupportedMediaType(ScimError):
    status = 415
    default_detail = "Send application/scim+json or application/json."


class TooManyRequests(ScimError):
    status = 429
    default_detail = "Too many requests; wait as long as Retry-After says."

    def __init__(self, detail: str | None = None, *, retry_after: int = 1) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class NotImplementedHere(ScimError):
    status = 501
    default_detail = "This operation is not supported."


class Unavailable(ScimError):
    status = 503
    default_detail = "The service cannot answer now; try again as Retry-After says."
