"""Describes refused requests for the audit log: the cause, without values that the client sent."""

import re
from collections.abc import Mapping
from typing import Any

import orjson
from django.http import HttpRequest

from controlhub.actions.request_log import RefusedOperation
from controlhub.text.identifiers import id_of
from scim.protocol.errors import ScimError

REFUSED = frozenset({400, 403, 409, 412, 413, 415, 422})
"""The statuses that are recorded. 401 is about the token; 404, 405, 429 and 5xx do not refuse a change."""
FORBIDDEN = 403
SHORTEST = 3
"""Shorter values are ignored, because they occur in many words."""
MOST_CAUSE = 500
ENDPOINT = re.compile(r"\.?[A-Za-z][A-Za-z0-9]{0,63}")
WORDS = frozenset({"op", "schemas", "method"})
"""Members whose values are protocol keywords."""


def refused_request(
    request: HttpRequest, named: Mapping[str, Any], error: ScimError, *, is_read: bool
) -> tuple[RefusedOperation, ...]:
    """The refusal of a whole request. For reads, only missing permissions are recorded.

    `named` are the parameters in the URL.
    """
    if error.status not in REFUSED or (is_read and error.status != FORBIDDEN):
        return ()
    endpoint = str(named.get("endpoint") or request.path_info.rstrip("/").rpartition("/")[2])
    body: bytes = request.META.get("scim.body") or b""
    return (refused(request.method or "", endpoint, str(named.get("resource_id") or ""), error, body),)


def refused(method: str, endpoint: str, resource_id: str, error: ScimError, sent: bytes | object) -> RefusedOperation:
    """`sent` is the body from the client, as bytes or parsed JSON."""
    place = endpoint if ENDPOINT.fullmatch(endpoint) else ""
    cause = cause_of(error, sent)
    return RefusedOperation(method, place, str(id_of(resource_id) or ""), error.status, error.scim_type or "", cause)


def cause_of(error: ScimError, sent: bytes | object) -> str:
    """The error's detail, or its general description if the detail repeats a value that was sent.

    This keeps personal names out of the event, from which they could not be erased with the person.
    """
    general = type(error).default_detail
    if error.detail == general:
        return general
    try:
        document = orjson.loads(sent) if isinstance(sent, bytes) and sent else sent
    except orjson.JSONDecodeError:
        return general
    detail = error.detail.casefold()
    return general if any(value in detail for value in _values(document)) else error.detail[:MOST_CAUSE]


def _values(document: Any) -> set[str]:
    """The lowercase values in the document that may be personal."""
    found, waiting = set[str](), [document]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting += [member for name, member in value.items() if not _is_word(name, member)]
        elif isinstance(value, list):
            waiting += value
        elif isinstance(value, str | int | float) and not isinstance(value, bool):
            found.add(str(value).casefold())
    return {text for text in found if len(text) >= SHORTEST}


def _is_word(name: str, value: object) -> bool:
    """Whether a value is a protocol keyword. A path without a filter contains only attribute names."""
    return name.lower() in WORDS or (name.lower() == "path" and isinstance(value, str) and '"' not in value)
