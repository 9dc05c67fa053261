"""SCIM errors (RFC 7644 §3.12).

ScimError
├── InvalidFilter  InvalidPath  InvalidSyntax  InvalidValue  NoTarget  TooMany
├── InvalidVersion  Mutability  Uniqueness
├── InvalidCursor  ExpiredCursor  InvalidCount (RFC 9865 §2.1)
├── Unauthorized  Forbidden  NotFound  MethodNotAllowed
├── PreconditionFailed  PayloadTooLarge  UnsupportedMediaType  UnsupportedCoding  TooManyRequests
└── NotImplementedHere  Unavailable ── Paused
"""

from collections.abc import Iterable

from scim.protocol import urns


class ScimError(Exception):
    """An error with HTTP `status`, optional `scim_type`, and a `detail` that says what to do. The docs use `when`."""

    when = ""
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
    when = "the filter is malformed, names an unknown attribute, or makes an unsupported comparison"
    scim_type = "invalidFilter"
    default_detail = "The filter is malformed, or names an attribute that cannot be filtered."


class InvalidPath(ScimError):
    when = "a PATCH path is malformed or names an unknown attribute"
    scim_type = "invalidPath"
    default_detail = "The path does not name an attribute of this resource."


class InvalidSyntax(ScimError):
    when = "the body is not JSON or not a SCIM message; unknown `op`; wrong message URN; `Host` not in `ALLOWED_HOSTS`"
    scim_type = "invalidSyntax"
    default_detail = "The body is not a well-formed SCIM message."


class InvalidValue(ScimError):
    when = "a required value is missing, a value has the wrong type or is too long, or a member is unknown"
    scim_type = "invalidValue"
    default_detail = "A value is missing or has the wrong type."


class NoTarget(ScimError):
    when = "`remove` without `path`; a filter matches nothing, and no element can be created from it"
    scim_type = "noTarget"
    default_detail = "The path does not match anything in the resource."


class TooMany(ScimError):
    when = "the query takes longer than `STATEMENT_TIMEOUT`, or without an index longer than `SCIM_UNINDEXED_SECONDS`"
    scim_type = "tooMany"
    default_detail = "The filter matches too many resources. Narrow the filter."


class InvalidVersion(ScimError):
    when = "the base path has a SCIM version other than 2"
    scim_type = "invalidVers"
    default_detail = "Only SCIM version 2 is supported. Use the path with /v2."


class Mutability(ScimError):
    when = "a PATCH path names a read-only attribute, or a sub-attribute of a member"
    scim_type = "mutability"
    default_detail = "The attribute cannot be changed."


class Uniqueness(ScimError):
    when = "the userName is taken, also when a deleted user is restored; another unique value is taken"
    status = 409
    scim_type = "uniqueness"
    default_detail = "Another resource already has this value."


class InvalidCursor(ScimError):
    when = "the cursor belongs to another organization or query, or was changed"
    scim_type = "invalidCursor"
    default_detail = "The cursor does not belong to this query. Start again with an empty 'cursor'."


class ExpiredCursor(ScimError):
    when = "the cursor has expired"
    scim_type = "expiredCursor"
    default_detail = "The cursor has expired. Start again with an empty 'cursor'."


class InvalidCount(ScimError):
    when = "`count` is not an integer (in a request with a cursor)"
    scim_type = "invalidCount"
    default_detail = "With a cursor, 'count' must be an integer of at least 0."


class Unauthorized(ScimError):
    when = "the token is missing, unknown, expired or revoked, or its owner is Inactive; with `WWW-Authenticate`"
    status = 401
    default_detail = "A valid bearer token is required."


class Forbidden(ScimError):
    when = "the token lacks the scope; a filter on a discovery endpoint; removing the last active full administrator"
    status = 403
    default_detail = "The token does not allow this."


class NotFound(ScimError):
    when = "the resource or endpoint does not exist, or the organization is not the token's"
    status = 404
    default_detail = "There is no such resource."


class MethodNotAllowed(ScimError):
    when = "the endpoint does not support the method; `Allow` lists the supported methods"
    status = 405
    default_detail = "This endpoint does not support this method."

    def __init__(self, detail: str | None = None, *, allowed: Iterable[str] = ()) -> None:
        super().__init__(detail)
        self.allowed = tuple(allowed)


class PreconditionFailed(ScimError):
    when = "the resource does not have the version in `If-Match`"
    status = 412
    default_detail = "The resource has changed since this version. Read it again."


class PayloadTooLarge(ScimError):
    when = "the body or the bulk request is larger than `/ServiceProviderConfig` allows"
    status = 413
    default_detail = "The request body is too large."


class UnsupportedMediaType(ScimError):
    when = "the body has another media type or charset, or is compressed"
    status = 415
    default_detail = "The media type of the body is not supported. Send application/scim+json or application/json."


class UnsupportedCoding(UnsupportedMediaType):
    when = ""  # documented with UnsupportedMediaType
    default_detail = "The body is compressed. Send it without 'Content-Encoding'."


class TooManyRequests(ScimError):
    when = "more requests than `SCIM_REQUESTS_PER_SECOND`; a second query without an index; with `Retry-After`"
    status = 429
    default_detail = "Too many requests. Wait for the time in Retry-After, then try again."

    def __init__(self, detail: str | None = None, *, retry_after: int = 1) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class NotImplementedHere(ScimError):
    when = "`/Me` with a connection's token"
    status = 501
    default_detail = "This operation is not supported."


class Unavailable(ScimError):
    when = "the database is unavailable or read-only, or a lock was not released in time; with `Retry-After`"
    status = 503
    default_detail = "The service is temporarily unavailable. Wait for the time in Retry-After, then try again."


class Paused(Unavailable):
    when = "an administrator paused the connection; with `Retry-After`"
    default_detail = "An administrator paused this connection. Resume it on the Provisioning page."
    retry_after = 600
