"""Bulk requests (RFC 7644 §3.7): parses operations and orders them so that every `bulkId:` is known when it is used."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from scim.protocol.errors import InvalidSyntax, InvalidValue, ScimError
from scim.protocol.schemas import Document, Json

_REFERENCE = re.compile(r"bulkId:(.+)\Z", re.DOTALL)
_PATH = re.compile(r"/+(?P<endpoint>[A-Za-z][A-Za-z0-9]*)(?:/+(?P<id>[^/]+))?/*\Z")


class BulkMethod(StrEnum):
    POST = "POST"
    PUT = "PUT"
    PATCH = "PATCH"
    DELETE = "DELETE"


@dataclass(frozen=True, slots=True)
class BulkOperation:
    """One operation. `resource_id` may be `bulkId:…`; `version` is like If-Match."""

    method: BulkMethod
    endpoint: str
    resource_id: str | None
    bulk_id: str | None
    data: Json
    version: str | None
    references: frozenset[str]
    """The bulkIds that must be known before this operation."""

    def resolved(self, known: Mapping[str, str]) -> tuple[str | None, Json]:
        """`resource_id` and `data` with bulkIds replaced by ids. Raises Conflict if a bulkId has no id."""
        if not self.references:
            return self.resource_id, self.data
        return resolve(self.resource_id, known), resolve(self.data, known)


class Conflict(ScimError):
    status = 409
    default_detail = "The bulkId cannot be resolved."


def parse_operation(value: Json) -> BulkOperation:
    """Parse one entry of `Operations`. Raises a ScimError for this entry."""
    if not isinstance(value, dict):
        raise InvalidSyntax("Each operation must be a JSON object.")
    members = {key.lower(): item for key, item in value.items()}
    try:
        method = BulkMethod(str(members.get("method")).upper())
    except ValueError:
        raise InvalidSyntax("'method' must be POST, PUT, PATCH or DELETE.") from None
    path = members.get("path")
    match = _PATH.match(path) if isinstance(path, str) else None
    if match is None:
        raise InvalidSyntax("'path' must be an endpoint such as /Users or /Users/{id}.")
    bulk_id, data = members.get("bulkid"), members.get("data")
    if method is BulkMethod.POST and (not isinstance(bulk_id, str) or not bulk_id):
        raise InvalidSyntax("POST in a bulk request needs a 'bulkId'.")
    if (method is BulkMethod.POST) == bool(match["id"]):
        raise InvalidSyntax("POST needs the path of an endpoint. Other methods need the path of a resource.")
    if method is not BulkMethod.DELETE and not isinstance(data, dict):
        raise InvalidSyntax(f"{method} needs 'data'.")
    version = members.get("version")
    return BulkOperation(
        method,
        match["endpoint"],
        match["id"],
        bulk_id if isinstance(bulk_id, str) else None,
        data,
        _text(version),
        frozenset(_references([match["id"], data])),
    )


def resolve(value: Json, known: Mapping[str, str]) -> Json:
    """The value with every `bulkId:x` replaced by the id of x. Raises Conflict if x has no id."""
    if isinstance(value, str) and (match := _REFERENCE.match(value)):
        if match[1] not in known:
            raise Conflict(f"No operation created a resource with the bulkId '{match[1]}'.")
        return known[match[1]]
    if isinstance(value, list):
        return [resolve(item, known) for item in value]
    if isinstance(value, dict):
        return {key: resolve(item, known) for key, item in value.items()}
    return value


def in_order(operations: Mapping[int, BulkOperation]) -> list[int]:
    """The numbers of the operations, each after those that it refers to, otherwise in the order of the request.

    Operations with circular references come last. Resolving them fails.
    """
    waiting = dict(operations)
    ordered: list[int] = []
    while waiting:
        unmade = {operation.bulk_id or "" for operation in waiting.values()}
        ready = [number for number in waiting if not waiting[number].references & unmade] or list(waiting)
        ordered += ready
        for number in ready:
            del waiting[number]
    return ordered


def _references(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        if match := _REFERENCE.match(value):
            yield match[1]
    elif isinstance(value, dict):
        for item in value.values():
            yield from _references(item)
    elif isinstance(value, list):
        for item in value:
            yield from _references(item)


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    raise InvalidSyntax("'version' must be a string.")


def require_document(data: Json) -> Document:
    if not isinstance(data, dict):
        raise InvalidValue("'data' must be a JSON object.")
    return data
