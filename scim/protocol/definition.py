"""Validates definitions that an organization registers: schemas and resource types (RFC 7643 §7)."""

import re
from collections.abc import Mapping

from scim.protocol.errors import InvalidSyntax, InvalidValue
from scim.protocol.schemas import COMMON, Document, Json, Mutability, Returned, Schema, Type

MAX_ATTRIBUTES = 200
MAX_TEXT = 1_000
_URN = re.compile(r"urn:[A-Za-z0-9][A-Za-z0-9-]{0,31}:[A-Za-z0-9:._-]{1,200}\Z")
_ATTRIBUTE = re.compile(r"(\$ref|[A-Za-z][A-Za-z0-9_-]{0,63})\Z")
_TYPE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]{0,63}\Z")
_ENDPOINT = re.compile(r"/[A-Za-z][A-Za-z0-9]{0,63}\Z")
_RESERVED = frozenset(attribute.name.lower() for attribute in COMMON)
_TAKEN = frozenset({"bulk", "me", "schemas", "resourcetypes", "serviceproviderconfig", "openapi"})
_UNIQUENESS = frozenset({"none", "server", "global"})


def parse_schema(body: Json) -> Document:
    """Validate a schema and return it as it is stored and served. The InvalidValue it raises names the attribute."""
    document = _object(body, "A schema")
    urn = document.get("id")
    if not isinstance(urn, str) or not _URN.match(urn):
        raise InvalidValue("'id' must be the URN of the schema, such as urn:example:scim:2.0:Badge.")
    if urn.lower().startswith("urn:ietf:params:scim:"):
        raise InvalidValue("'id' must be your own URN. URNs under urn:ietf:params:scim are reserved.")
    attributes = document.get("attributes")
    if not isinstance(attributes, list) or not attributes:
        raise InvalidValue("'attributes' must be an array with at least one attribute.")
    if _size(attributes) > MAX_ATTRIBUTES:
        raise InvalidValue(f"A schema can have at most {MAX_ATTRIBUTES} attributes, including sub-attributes.")
    return {
        "id": urn,
        "name": _text(document, "name", of=urn) or urn.rpartition(":")[2],
        "description": _text(document, "description", of=urn),
        "attributes": _attributes(attributes, reserved=_RESERVED, is_sub=False),
    }


def parse_resource_type(body: Json) -> Document:
    """`{name, endpoint, description, schema, schemaExtensions}`. Does not check whether the schemas exist."""
    document = _object(body, "A resource type")
    name, endpoint = document.get("name"), document.get("endpoint")
    if not isinstance(name, str) or not _TYPE_NAME.match(name):
        raise InvalidValue("'name' must consist of letters and digits, such as Device.")
    if not isinstance(endpoint, str) or not _ENDPOINT.match(endpoint) or endpoint[1:].lower() in _TAKEN:
        raise InvalidValue("'endpoint' must be an unused path with one segment, such as /Devices.")
    schema = document.get("schema")
    if not isinstance(schema, str):
        raise InvalidValue("'schema' must be the URN of the resource type's schema.")
    extensions = document.get("schemaExtensions", [])
    if not isinstance(extensions, list):
        raise InvalidValue("'schemaExtensions' must be an array of objects with 'schema' and 'required'.")
    return {
        "name": name,
        "endpoint": endpoint,
        "description": _text(document, "description", of=name),
        "schema": schema,
        "schemaExtensions": [_extension(extension) for extension in extensions],
    }


def schema_of(document: Document) -> Schema:
    """The schema that a stored definition describes."""
    return Schema.from_document(document)


def secret_paths(schema: Schema) -> set[str]:
    """The lowercase paths, with URN, of attributes that are `returned: never`."""
    paths = {f"{schema.urn}:{attribute.name}": attribute for attribute in schema.attributes}
    paths |= {f"{path}.{sub.name}": sub for path, attribute in paths.items() for sub in attribute.sub_attributes}
    return {path.lower() for path, attribute in paths.items() if attribute.returned is Returned.NEVER}


def _object(body: Json, what: str) -> Mapping[str, Json]:
    if not isinstance(body, Mapping):
        raise InvalidSyntax(f"{what} must be a JSON object.")
    return body


def _extension(value: Json) -> Document:
    if not isinstance(value, Mapping) or not isinstance(value.get("schema"), str):
        raise InvalidValue("Each element of 'schemaExtensions' needs a 'schema'.")
    return {"schema": value["schema"], "required": _flag(value, "required", of=value["schema"])}


def _attributes(values: list[Json], *, reserved: frozenset[str], is_sub: bool) -> list[Document]:
    parsed = [_attribute(_object(value, "An attribute"), is_sub=is_sub) for value in values]
    seen = set(reserved)
    for attribute in parsed:
        name = attribute["name"].lower()
        if name in seen:
            raise InvalidValue(f"'{attribute['name']}' is defined twice, or is a common attribute of all resources.")
        seen.add(name)
    return parsed


def _attribute(value: Mapping[str, Json], *, is_sub: bool) -> Document:
    name = value.get("name")
    if not isinstance(name, str) or not _ATTRIBUTE.match(name):
        raise InvalidValue("Each attribute needs a 'name' that starts with a letter (RFC 7643 §2.1).")
    kind = _choice(value, "type", {item.value for item in Type}, Type.STRING, of=name)
    document: Document = {
        "name": name,
        "type": kind,
        "multiValued": _flag(value, "multiValued", of=name),
        "description": _text(value, "description", of=name),
        "required": _flag(value, "required", of=name),
        "caseExact": _flag(value, "caseExact", of=name),
        "mutability": _choice(value, "mutability", {item.value for item in Mutability}, Mutability.READ_WRITE, of=name),
        "returned": _choice(value, "returned", {item.value for item in Returned}, Returned.DEFAULT, of=name),
        "uniqueness": _choice(value, "uniqueness", _UNIQUENESS, "none", of=name),
    }
    for key in ("canonicalValues", "referenceTypes"):
        if key in value:
            document[key] = _texts(value[key], key, of=name)
    if kind == Type.COMPLEX:
        document["subAttributes"] = _sub_attributes(value, name, is_sub=is_sub)
    _require_sense(document, is_sub=is_sub)
    return document


def _sub_attributes(value: Mapping[str, Json], name: str, *, is_sub: bool) -> list[Document]:
    subs = value.get("subAttributes")
    if is_sub:
        raise InvalidValue(f"'{name}' is a sub-attribute and cannot be complex (RFC 7643 §2.3.8).")
    if not isinstance(subs, list) or not subs:
        raise InvalidValue(f"'{name}' is complex and needs 'subAttributes'.")
    return _attributes(subs, reserved=frozenset(), is_sub=True)


def _require_sense(document: Document, *, is_sub: bool) -> None:
    name, unique = document["name"], document["uniqueness"] != "none"
    if unique and (is_sub or document["multiValued"] or document["type"] in {Type.COMPLEX, Type.BOOLEAN}):
        raise InvalidValue(f"'{name}' cannot be unique: only simple single-valued attributes can.")
    if document["mutability"] == Mutability.READ_ONLY and document["required"]:
        raise InvalidValue(f"'{name}' cannot be both required and readOnly.")
    if document["mutability"] == Mutability.WRITE_ONLY and document["returned"] != Returned.NEVER:
        raise InvalidValue(f"'{name}' is writeOnly; its 'returned' must be never (RFC 7643 §7).")


def _size(attributes: list[Json]) -> int:
    subs = [value.get("subAttributes") for value in attributes if isinstance(value, Mapping)]
    return len(attributes) + sum(len(found) for found in subs if isinstance(found, list))


def _flag(value: Mapping[str, Json], key: str, *, of: str) -> bool:
    found = value.get(key, False)
    if not isinstance(found, bool):
        raise InvalidValue(f"'{key}' of '{of}' must be true or false.")
    return found


def _choice(value: Mapping[str, Json], key: str, choices: set[str] | frozenset[str], default: str, *, of: str) -> str:
    found = value.get(key, str(default))
    if not isinstance(found, str) or found not in choices:
        raise InvalidValue(f"'{key}' of '{of}' must be one of {', '.join(sorted(choices))}.")
    return str(found)


def _text(value: Mapping[str, Json], key: str, *, of: str) -> str:
    found = value.get(key, "")
    if not isinstance(found, str) or len(found) > MAX_TEXT:
        raise InvalidValue(f"'{key}' of '{of}' must be text of at most {MAX_TEXT} characters.")
    return found


def _texts(value: Json, key: str, *, of: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise InvalidValue(f"'{key}' of '{of}' must be an array of strings.")
    return value
