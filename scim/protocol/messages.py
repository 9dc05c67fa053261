"""The envelopes of RFC 7644: ListResponse, PatchOp, SearchRequest, Error."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from scim.protocol import urns
from scim.protocol.errors import InvalidSyntax, InvalidValue, NoTarget
from scim.protocol.leniency import Leniency, Tolerance
from scim.protocol.schemas import Document, Json

MAX_OPERATIONS = 1_000


class Op(StrEnum):
    ADD = "add"
    REMOVE = "remove"
    REPLACE = "replace"


class Missing:
    """The type of MISSING: a PATCH operation without `value`, which is not `value: null`."""


MISSING = Missing()


@dataclass(frozen=True, slots=True)
class Operation:
    op: Op
    path: str | None
    value: Json


def parse_patch(body: Json, leniency: Leniency) -> list[Operation]:
    """The operations of a PatchOp message (RFC 7644 §3.5.2), in order."""
    require_envelope(body, urns.PATCH_OP, leniency)
    operations = member(body, "Operations")
    if not isinstance(operations, list) or not operations:
        raise InvalidSyntax("'Operations' must be an array of at least one operation.")
    if len(operations) > MAX_OPERATIONS:
        raise InvalidValue(f"At most {MAX_OPERATIONS} operations are taken in one request.")
    return [_operation(operation, leniency) for operation in operations]


def require_envelope(body: Json, urn: str, leniency: Leniency) -> None:
    """InvalidSyntax unless `body` is a message of this URN."""
    if not isinstance(body, Mapping):
        raise InvalidSyntax("The body must be a JSON object.")
    schemas = member(body, "schemas")
    if schemas is None and leniency.allows(Tolerance.PATCH_WITHOUT_SCHEMAS):
        return
    if not isinstance(schemas, list) or urn.lower() not in [str(schema).lower() for schema in schemas]:
        raise InvalidSyntax(f"'schemas' must hold {urn}.")


def member(body: Mapping[str, Json], name: str) -> Json:
    """A member of a message by its name in any case (RFC 7643 §2.1)."""
    if name in body:
        return body[name]
    return next((value for key, value in body.items() if key.lower() == name.lower()), None)


def _operation(operation: Json, leniency: Leniency) -> Operation:
    if not isinstance(operation, Mapping):
        raise InvalidSyntax("Each operation must be a JSON object.")
    members = {key.lower(): value for key, value in operation.items()}
    op, path = _op(members.get("op"), leniency), members.get("path")
    if path is not None and not isinstance(path, str):
        raise InvalidSyntax("'path' must be a string.")
    value = members.get("value", MISSING)
    if op is Op.REMOVE and path is None:
        raise NoTarget("'remove' needs a 'path'.")
    if op is not Op.REMOVE and value is MISSING:
        raise InvalidValue(f"'{op}' needs a 'value'.")
    return Operation(op, path, value)


def _op(text: Json, leniency: Leniency) -> Op:
    known = isinstance(text, str) and text.lower() in set(Op)
    if known and (text in set(Op) or leniency.allows(Tolerance.OPERATION_CASE)):
        return Op(text.lower())
    raise InvalidSyntax("'op' must be add, remove or replace.")


def list_response(resources: list[Document]) -> Document:
    """All there is, as the ListResponse of RFC 7644 §3.4.2."""
    return {
        "schemas": [urns.LIST_RESPONSE],
        "totalResults": len(resources),
        "startIndex": 1,
        "itemsPerPage": len(resources),
        "Resources": resources,
    }
