"""The envelopes of RFC 7644: ListResponse, PatchOp, SearchRequest, Error."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from scim.protocol import urns
from scim.protocol.errors import InvalidPath, InvalidSyntax, InvalidValue, NoTarget
from scim.protocol.leniency import Leniency, Tolerance
from scim.protocol.schemas import Document, Json, ResourceSchema

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
        raise InvalidSyntax("'Operations' must be an array with at least one operation.")
    if len(operations) > MAX_OPERATIONS:
        raise InvalidValue(f"A request can have at most {MAX_OPERATIONS} operations.")
    return [_operation(operation, leniency) for operation in operations]


def require_envelope(body: Json, urn: str, leniency: Leniency) -> None:
    """Raises InvalidSyntax unless `body` is a message with this URN."""
    if not isinstance(body, Mapping):
        raise InvalidSyntax("The body must be a JSON object.")
    schemas = member(body, "schemas")
    if schemas is None and leniency.allows(Tolerance.PATCH_WITHOUT_SCHEMAS):
        return
    if not isinstance(schemas, list) or urn.lower() not in [str(schema).lower() for schema in schemas]:
        raise InvalidSyntax(f"'schemas' must contain {urn}.")


def require_schemas(body: Mapping[str, Json], schema: ResourceSchema, leniency: Leniency) -> None:
    """Raises InvalidSyntax unless `schemas` of a POST or PUT body complies with RFC 7643 §3 or is tolerated."""
    schemas = member(body, "schemas")
    if schemas is not None and not isinstance(schemas, list):
        raise InvalidSyntax("'schemas' must be an array of URNs.")
    fault = _schemas_fault(schemas or [], body, schema)
    if fault and not leniency.allows(Tolerance.RESOURCE_SCHEMAS):
        raise InvalidSyntax(fault)


def _schemas_fault(schemas: list[Json], body: Mapping[str, Json], schema: ResourceSchema) -> str | None:
    """The error in 'schemas' (a URN that is missing, unknown to the resource type, or repeated); None if valid."""
    core, sent = schema.core.urn, [str(urn).lower() for urn in schemas]
    if core.lower() not in sent:
        return f"'schemas' must contain {core}."
    if len(set(sent)) < len(sent):
        return "'schemas' names the same URN twice."
    for urn in schemas:
        if str(urn).lower() != core.lower() and not schema.extension(str(urn)):
            return f"'schemas' names '{urn}', which is not a schema of this resource type."
    for key, value in body.items():
        if ":" in key and value and (extension := schema.extension(key)) and extension.urn.lower() not in sent:
            return f"'schemas' must contain {extension.urn}, because the body has attributes of this extension."
    return None


def member(body: Mapping[str, Json], name: str) -> Json:
    """A member of a message by its case-insensitive name (RFC 7643 §2.1); None if it is missing."""
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
    if op is Op.REMOVE and (path is None or not path.strip()):
        raise NoTarget("'remove' needs a 'path'.")
    if path is not None and not path.strip():
        if not leniency.allows(Tolerance.EMPTY_PATH):
            raise InvalidPath("'path' is empty. Leave out 'path' to change attributes of the resource itself.")
        path = None
    if op is not Op.REMOVE and value is MISSING:
        raise InvalidValue(f"'{op}' needs a 'value'.")
    return Operation(op, path, value)


_OPS = {op.value: op for op in Op}


def _op(text: Json, leniency: Leniency) -> Op:
    if isinstance(text, str):
        op = _OPS.get(text.lower())
        if op is not None and (text in _OPS or leniency.allows(Tolerance.OPERATION_CASE)):
            return op
    raise InvalidSyntax("'op' must be add, remove or replace.")


def list_response(resources: list[Document]) -> Document:
    """A ListResponse with all resources on one page (RFC 7644 §3.4.2)."""
    return {
        "schemas": [urns.LIST_RESPONSE],
        "totalResults": len(resources),
        "startIndex": 1,
        "itemsPerPage": len(resources),
        "Resources": resources,
    }
