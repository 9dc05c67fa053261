"""The resource types that an organization is served: the standard's, with its own extensions, and its own."""

from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from uuid import UUID

from cachetools import LRUCache, cached

from controlhub.models import CustomResourceType, CustomSchema, Organization, SchemaExtension
from scim.protocol.definition import schema_of
from scim.protocol.schemas import DISCOVERY, GROUP_RESOURCE, USER_RESOURCE, ResourceSchema, Schema
from scim.resources.base import ResourceHandler
from scim.resources.custom import CustomHandler
from scim.resources.groups import GroupHandler
from scim.resources.users import UserHandler

REMEMBERED = 256


@dataclass(frozen=True)
class Catalogue:
    """What is served, in order."""

    handlers: tuple[ResourceHandler, ...]

    @cached_property
    def by_endpoint(self) -> dict[str, ResourceHandler]:
        return {handler.endpoint.lstrip("/"): handler for handler in self.handlers}

    @property
    def schemas(self) -> list[Schema]:
        """Every schema that is served or describes what is served, once."""
        served = [schema for handler in self.handlers for schema in (handler.schema.core, *handler.schema.extensions)]
        return list({schema.urn: schema for schema in (*served, *DISCOVERY)}.values())


STANDARD = Catalogue((UserHandler(), GroupHandler()))


def catalogue_of(organization: Organization) -> Catalogue:
    """The organization's catalogue; built once for each version of it in each process."""
    return _build(organization) if organization.catalogue_version else STANDARD


def _version_of(organization: Organization) -> tuple[UUID, int]:
    return organization.pk, organization.catalogue_version


@cached(LRUCache(REMEMBERED), key=_version_of, lock=Lock())
def _build(organization: Organization) -> Catalogue:
    schemas = {schema.pk: schema_of(schema.document) for schema in CustomSchema.objects.in_organization(organization)}
    extensions: dict[str, list[SchemaExtension]] = {}
    for extension in SchemaExtension.objects.in_organization(organization).order_by("pk"):
        extensions.setdefault(extension.resource_type, []).append(extension)

    def extended(name: str, base: ResourceSchema) -> ResourceSchema:
        own = extensions.get(name, [])
        added = tuple(schemas[extension.schema_id] for extension in own)
        required = frozenset(schemas[extension.schema_id].urn for extension in own if extension.required)
        return ResourceSchema(base.core, base.extensions + added, required)

    types = CustomResourceType.objects.in_organization(organization).order_by("pk")
    return Catalogue(
        (
            UserHandler(extended("User", USER_RESOURCE)),
            GroupHandler(extended("Group", GROUP_RESOURCE)),
            *(CustomHandler(kind, extended(kind.name, ResourceSchema(schemas[kind.schema_id]))) for kind in types),
        )
    )
