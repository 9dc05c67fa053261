"""Resource types, built in or registered by an organization.

A file in `definitions/` with the member `resourceType` declares a built-in type. The rest of the file is its schema:

    {"id": "urn:…:Device", "name": "Device", "description": "…", "attributes": […],
     "resourceType": {"endpoint": "/Devices", "description": "…", "schemaExtensions": [{"schema": "urn:…"}]}}
"""

import json
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from uuid import NAMESPACE_URL, UUID, uuid5

from scim.protocol.definition import parse_resource_type, secret_paths
from scim.protocol.errors import InvalidValue
from scim.protocol.schemas import DEFINITIONS, Document, ResourceSchema, Schema

FIRST = ("User", "Group")
"""The types that are listed first, in this order."""
_MEMBER = "resourceType"


@dataclass(frozen=True)
class ResourceType:
    """A resource type. Types without their own table are distinguished by `id`."""

    id: UUID
    name: str
    endpoint: str
    description: str
    schema: ResourceSchema
    is_built_in: bool = False

    @cached_property
    def secrets(self) -> frozenset[str]:
        """The lowercase paths, as in documents of this type, of attributes that are `returned: never`."""
        core = f"{self.schema.core.urn}:".lower()
        schemas = (self.schema.core, *self.schema.extensions)
        return frozenset(path.removeprefix(core) for schema in schemas for path in secret_paths(schema))


@cache
def built_in_types() -> tuple[ResourceType, ...]:
    """The built-in types, in the order in which they are listed."""
    return load_types(DEFINITIONS)


def built_in_endpoints() -> dict[str, str]:
    """The endpoints of the built-in types, by name."""
    return {kind.name: kind.endpoint for kind in built_in_types()}


def load_types(folder: Path) -> tuple[ResourceType, ...]:
    """The types declared in the definition files of a folder. Raises InvalidValue if a declaration is wrong."""
    documents = _documents(folder)
    schemas = {document["id"]: Schema.from_document(document) for document in documents}
    types = [_type(document, schemas) for document in documents if _MEMBER in document]
    return tuple(
        sorted(types, key=lambda kind: (FIRST.index(kind.name) if kind.name in FIRST else len(FIRST), kind.name))
    )


def require_own(urn: str) -> None:
    """Raises InvalidValue for the URN of a built-in schema."""
    if urn.lower() in built_in_urns():
        raise InvalidValue(f"'{urn}' is a built-in schema. Choose another URN.")


@cache
def built_in_urns() -> frozenset[str]:
    """The lowercase URNs of all built-in definitions."""
    return frozenset(document["id"].lower() for document in _documents(DEFINITIONS))


def _documents(folder: Path) -> list[Document]:
    return [json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json"))]


def _type(document: Document, schemas: dict[str, Schema]) -> ResourceType:
    declared = parse_resource_type({"name": document["name"], "schema": document["id"], **document[_MEMBER]})
    extensions = declared["schemaExtensions"]
    schema = ResourceSchema(
        schemas[declared["schema"]],
        tuple(schemas[extension["schema"]] for extension in extensions),
        frozenset(extension["schema"] for extension in extensions if extension["required"]),
    )
    # The id is stored with each resource, so it is derived from the URN, which never changes.
    pk = uuid5(NAMESPACE_URL, document["id"])
    return ResourceType(pk, declared["name"], declared["endpoint"], declared["description"], schema, is_built_in=True)


USER_RESOURCE, GROUP_RESOURCE = (kind.schema for kind in built_in_types() if kind.name in FIRST)
