"""The resource types served to an organization: the built-in ones with its extensions, and its custom ones."""

from dataclasses import dataclass, replace
from functools import cache, cached_property
from threading import Lock
from uuid import UUID

from cachetools import LRUCache, cached

from controlhub.models import CustomResourceType, CustomSchema, Organization, SchemaExtension
from scim.protocol.definition import schema_of
from scim.protocol.resource_types import ResourceType, built_in_types
from scim.protocol.schemas import DISCOVERY, ResourceSchema, Schema
from scim.resources.base import ResourceHandler
from scim.resources.generic import GenericHandler
from scim.resources.groups import GroupHandler
from scim.resources.users import UserHandler

REMEMBERED = 256


@dataclass(frozen=True)
class Catalogue:
    """The resource types that are served, in order."""

    handlers: tuple[ResourceHandler, ...]

    @cached_property
    def by_endpoint(self) -> dict[str, ResourceHandler]:
        return {handler.endpoint.lstrip("/"): handler for handler in self.handlers}

    @property
    def schemas(self) -> list[Schema]:
        """Every schema of a served resource type, and the discovery schemas, without duplicates."""
        served = [schema for handler in self.handlers for schema in (handler.schema.core, *handler.schema.extensions)]
        return list({schema.urn: schema for schema in (*served, *DISCOVERY)}.values())


HANDLERS: dict[str, type[ResourceHandler]] = {"User": UserHandler, "Group": GroupHandler}
"""The handlers of built-in types with their own tables. `GenericHandler` serves all other types."""


@cache
def standard() -> Catalogue:
    """The catalogue of an organization without its own definitions."""
    return Catalogue(tuple(map(_handler, built_in_types())))


def _handler(kind: ResourceType) -> ResourceHandler:
    return (HANDLERS.get(kind.name, GenericHandler) if kind.is_built_in else GenericHandler)(kind)


def catalogue_of(organization: Organization) -> Catalogue:
    """The organization's catalogue, built once per version in each process."""
    return _build(organization) if organization.catalogue_version else standard()


def _version_of(organization: Organization) -> tuple[UUID, int]:
    return organization.pk, organization.catalogue_version


@cached(LRUCache(REMEMBERED), key=_version_of, lock=Lock())
def _build(organization: Organization) -> Catalogue:
    schemas = {schema.pk: schema_of(schema.document) for schema in CustomSchema.objects.in_organization(organization)}
    extensions: dict[str, list[SchemaExtension]] = {}
    for extension in SchemaExtension.objects.in_organization(organization).order_by("pk"):
        extensions.setdefault(extension.resource_type, []).append(extension)

    def extended(kind: ResourceType) -> ResourceType:
        base, own = kind.schema, extensions.get(kind.name, [])
        added = tuple(schemas[extension.schema_id] for extension in own)
        required = frozenset(schemas[extension.schema_id].urn for extension in own if extension.required)
        schema = ResourceSchema(base.core, base.extensions + added, base.required_extensions | required)
        return replace(kind, schema=schema)

    own = [
        ResourceType(kind.pk, kind.name, kind.endpoint, kind.description, ResourceSchema(schemas[kind.schema_id]))
        for kind in CustomResourceType.objects.in_organization(organization).order_by("pk")
    ]
    built_in = _without_clashes(own, {schema.urn.lower() for schema in schemas.values()})
    return Catalogue(tuple(_handler(extended(kind)) for kind in (*built_in, *own)))


def _without_clashes(own: list[ResourceType], urns: set[str]) -> list[ResourceType]:
    """The built-in types, except those whose name, endpoint or URN the organization had registered before."""
    taken = urns | {text.lower() for kind in own for text in (kind.name, kind.endpoint)}
    return [
        kind
        for kind in built_in_types()
        if taken.isdisjoint(text.lower() for text in (kind.name, kind.endpoint, kind.schema.core.urn))
    ]
