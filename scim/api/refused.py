"""What the audit log says of a request that was refused: the cause, without values that the client sent."""

import re
from collections.abc import Mapping
from typing import Any

import orjson
from django.http import HttpRequest

from controlhub.actions.request_log import RefusedOperation
from controlhub.text.identifiers import id_of
from scim.protocol.errors import ScimError

REFUSED = frozenset({400, 403, 409, 412, 413, 415, 422})
"""Statuses of refusals that are recorded. 401 is about the token; 404, 405, 429 and 5xx refuse no change."""
FORBIDDEN = 403
SHORTEST = 3
"""Shorter values are not looked for: they are in many words."""
MOST_CAUSE = 500
ENDPOINT = re.compile(r"\.?[A-Za-z][A-Za-z0-9]{0,63}")
WORDS = frozenset({"op", "schemas", "method"})
"""Members whose values are words of the protocol."""


def refused_request(
    request: HttpRequest, named: Mapping[str, Any], error: ScimError, *, is_read: bool
) -> tuple[RefusedOperation, ...]:
    """The refusal of a whole request; of readings, only those for which the token has no permission.

    `named` are the parts of the address.
    """
    if error.status not in REFUSED or (is_read and error.status != FORBIDDEN):
        return ()
    endpoint = str(named.get("endpoint") or request.path_info.rstrip("/").rpartition("/")[2])
    body: bytes = request.META.get("scim.body") or b""
    return (refused(request.method or "", endpoint, str(named.get("resource_id") or ""), error, body),)


def refused(method: str, endpoint: str, resource_id: str, error: ScimError, sent: bytes | object) -> RefusedOperation:
    """`sent` is what the client sent, as bytes or as JSON that was read."""
    place = endpoint if ENDPOINT.fullmatch(endpoint) else ""
    cause = cause_of(error, sent)
    return RefusedOperation(method, place, str(id_of(resource_id) or ""), error.status, error.scim_type or "", cause)


def cause_of(error: ScimError, sent: bytes | object) -> str:
    """The error's detail, or what it means in general if the detail repeats a value that was sent.

    So no name of a person gets into the event, where it could not be erased with that person.
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
    """The values in the document that may be personal, in lower case."""
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
    """A path without a filter names attributes only."""
    return name.lower() in WORDS or (name.lower() == "path" and isinstance(value, str) and '"' not in value)
