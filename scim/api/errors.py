"""Converts exceptions to SCIM error bodies (RFC 7644 §3.12)."""

import logging

from django.core.exceptions import DisallowedHost, SuspiciousOperation
from django.db import DataError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils.log import log_response
from psycopg.errors import ProgramLimitExceeded, QueryCanceled

from controlhub.database.outages import reason_of
from controlhub.errors import (
    DomainError,
    HeldError,
    LastFullAdminError,
    NameTakenError,
    NotInactiveError,
    RoleTooHighError,
    ValueTakenError,
)
from controlhub.middleware.database_outages import RETRY_AFTER
from scim.protocol.errors import (
    Forbidden,
    InvalidSyntax,
    InvalidValue,
    MethodNotAllowed,
    NotImplementedHere,
    Paused,
    ScimError,
    TooMany,
    TooManyRequests,
    Unavailable,
    Uniqueness,
    UnsupportedCoding,
)

logger = logging.getLogger(__name__)

_DOMAIN: dict[str, type[ScimError]] = {
    NameTakenError.code: Uniqueness,
    ValueTakenError.code: Uniqueness,
    LastFullAdminError.code: Forbidden,
    NotInactiveError.code: Forbidden,
    RoleTooHighError.code: Forbidden,
    HeldError.code: Forbidden,
}


class InternalError(ScimError):
    when = "an error in the server; search its log for the request id"
    status = 500
    default_detail = "An internal error occurred. Search the server's log for the request id in X-Request-ID."


def to_scim_error(exception: Exception, *, is_read: bool = False) -> ScimError:
    """The error to send to the client. Unexpected errors are logged, and their details are not sent.

    A read that times out was too broad. A write that times out was waiting for others and can be retried.
    """
    if isinstance(exception, ScimError):
        return exception
    if isinstance(exception, DomainError):
        return _DOMAIN.get(exception.code, InvalidValue)(exception.message)
    if isinstance(exception, DisallowedHost):
        return InvalidSyntax("The host in the Host header is not allowed. Add it to ALLOWED_HOSTS.")
    if isinstance(exception, SuspiciousOperation):
        return InvalidSyntax("The request has too many or malformed parameters.")
    if isinstance(exception, DataError) or isinstance(exception.__cause__, ProgramLimitExceeded):
        logger.warning("The database rejected a value: %s", type(exception.__cause__).__name__)
        return InvalidValue("A value is too long or too large.")
    if is_read and isinstance(exception, OperationalError) and isinstance(exception.__cause__, QueryCanceled):
        return TooMany("The query took too long. Narrow the filter.")
    if reason := reason_of(exception):
        logger.error("The database is unavailable: %s", reason)
        return Unavailable()
    logger.exception("SCIM request failed")
    return InternalError()


def log_expected(error: ScimError, request: HttpRequest, response: HttpResponse) -> None:
    """Log an expected 501 at INFO. Django would log it as a server error."""
    if isinstance(error, NotImplementedHere):
        log_response("%s: %s", response.reason_phrase, request.path, response=response, request=request, level="info")


def headers(error: ScimError) -> dict[str, str]:
    """The HTTP headers of the error."""
    if error.status == 401:
        return {"WWW-Authenticate": 'Bearer realm="SCIM"'}
    if isinstance(error, TooManyRequests):
        return {"Retry-After": str(error.retry_after)}
    if isinstance(error, Paused):
        return {"Retry-After": str(error.retry_after)}
    if error.status == 503:
        return {"Retry-After": RETRY_AFTER}
    if isinstance(error, UnsupportedCoding):
        return {"Accept-Encoding": "identity"}  # RFC 9110 §15.5.16
    if isinstance(error, MethodNotAllowed) and error.allowed:
        return {"Allow": ", ".join(error.allowed)}
    return {}
