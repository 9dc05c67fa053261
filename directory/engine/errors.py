"""The errors of requests to an application, with Entra's error codes."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

MAX_SHOWN = 300
"""The maximum number of characters of an answer that the log keeps."""


class Cause(StrEnum):
    """What a failure means for the object, and for the cycle."""

    OBJECT = "object"
    """The application refuses this object: sending the same again does not help."""
    TRANSIENT = "transient"
    """No answer, or a temporary error: the same request may succeed later."""
    HELD = "held"
    """The application asks to wait."""
    CREDENTIALS = "credentials"
    CONFLICT = "conflict"
    """Another object has a value that must be unique."""


@dataclass(frozen=True, slots=True)
class RequestNote:
    """A request and its answer, without secrets. `answer` is the first line; `status` is 0 without an answer."""

    method: str
    path: str
    status: int = 0
    answer: str = ""

    def to_json(self) -> dict[str, Any]:
        return {"method": self.method, "path": self.path, "status": self.status, "answer": self.answer}


class RequestFailedError(Exception):
    """A request has failed. `code` is Entra's; `seconds` is how long the application asks to wait."""

    def __init__(
        self, cause: Cause, code: str, note: RequestNote, *, seconds: float = 0, is_lost: bool = False
    ) -> None:
        self.cause = cause
        self.code = code
        self.note = note
        self.seconds = seconds
        self.is_lost = is_lost
        """Whether nothing came back at all: no connection, or no answer in time."""
        super().__init__(f"{note.method} {note.path}: {note.status or 'no answer'} ({code})")


_BY_STATUS: Mapping[int, tuple[Cause, str]] = {
    401: (Cause.CREDENTIALS, "Unauthorized"),
    402: (Cause.OBJECT, "LicenseLimitExceeded"),
    403: (Cause.OBJECT, "InsufficientRights"),
    404: (Cause.OBJECT, "InvalidAnchor"),
    405: (Cause.OBJECT, "MethodNotAllowed"),
    408: (Cause.TRANSIENT, "Timeout"),
    409: (Cause.CONFLICT, "EntryConflict"),
    412: (Cause.TRANSIENT, "Conflict"),
    422: (Cause.OBJECT, "UnprocessableEntity"),
    423: (Cause.HELD, "TooManyRequests"),
    429: (Cause.HELD, "TooManyRequests"),
    501: (Cause.OBJECT, "NotImplemented"),
    503: (Cause.TRANSIENT, "InternalServerError"),
    504: (Cause.TRANSIENT, "Timeout"),
}
_BY_TYPE: Mapping[str, tuple[Cause, str]] = {
    "uniqueness": (Cause.CONFLICT, "EntryConflict"),
    "invalidPath": (Cause.OBJECT, "SchemaAttributeNotFound"),
    "noTarget": (Cause.OBJECT, "SchemaAttributeNotFound"),
    "invalidValue": (Cause.OBJECT, "SchemaPropertyCanOnlyAcceptValue"),
    "mutability": (Cause.OBJECT, "NotPermitted"),
}


def failure_of(note: RequestNote, *, scim_type: str = "", seconds: float = 0) -> RequestFailedError:
    """The error for an unsuccessful answer."""
    cause, code = _BY_TYPE.get(scim_type) or _BY_STATUS.get(note.status) or _other(note.status)
    if note.status == 503 and seconds:
        cause = Cause.HELD
    return RequestFailedError(cause, code, note, seconds=seconds)


def _other(status: int) -> tuple[Cause, str]:
    if status >= 500:
        return Cause.TRANSIENT, "InternalServerError"
    if status >= 400:
        return Cause.OBJECT, "UnprocessableEntity"
    return Cause.OBJECT, "SystemForCrossDomainIdentityManagementServiceIncompatible"
