"""An entry of the request log that waits to be written."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from audit.actor import Actor

RECORDER = "controlhub.recorder"
"""The key in the WSGI environment of a recorder that gets the entry instead of the log; self-tests use one."""


class RefusedOperation(NamedTuple):
    """A refused request, or a refused operation of a bulk request. `cause` contains no value that the client sent."""

    method: str
    endpoint: str
    resource_id: str
    status: int
    scim_type: str
    cause: str


class RefusedToken(NamedTuple):
    """A token that was not accepted. The organization is the one in the URL, if any."""

    at: float
    digest: bytes | None
    organization_id: UUID | None
    address: str | None
    agent: str
    request_id: str


class Entry(NamedTuple):
    """One request and its response, waiting to be written.

    `at` is in seconds since 1970. `body` and `answer` are as they were sent, or empty if they are not kept. Ids are
    strings. `digest` is that of a token that was not accepted; in that case the organization is the one in the URL, if
    any.
    """

    at: float
    seconds: float
    id: str
    request_id: str
    organization_id: str | None
    connection_id: str | None
    token_id: str | None
    digest: bytes | None
    method: str
    path: str
    status: int
    resource_id: str
    quirks: tuple[str, ...]
    address: str | None
    agent: str
    body: bytes
    body_size: int
    answer: bytes
    is_error: bool
    secrets: frozenset[str] = frozenset()
    is_kept: bool = True
    actor: Actor | None = None
    refused: tuple[RefusedOperation, ...] = ()


def error_of(entry: Entry) -> Mapping[str, Any]:
    """Returns the error in the response."""
    with suppress(orjson.JSONDecodeError):
        found = orjson.loads(entry.answer)
        if isinstance(found, dict):
            return found
    return {}
