"""The attributes that the users of an organization have."""

from functools import cache
from threading import Lock
from uuid import UUID

from cachetools import LRUCache, cached

from controlhub.models import CustomSchema, Organization, SchemaExtension
from scim.protocol.definition import schema_of
from scim.protocol.resource_types import built_in_types
from scim.protocol.schemas import ResourceSchema

REMEMBERED = 256


def user_schema(organization: Organization) -> ResourceSchema:
    """Returns the standard's User with the organization's own extensions, built once per version in each process."""
    return _build(organization) if organization.catalogue_version else standard()


@cache
def standard() -> ResourceSchema:
    """Returns the schema of users without extensions of an organization."""
    return next(kind.schema for kind in built_in_types() if kind.name == "User")


def _version_of(organization: Organization) -> tuple[UUID, int]:
    return organization.pk, organization.catalogue_version


@cached(LRUCache(REMEMBERED), key=_version_of, lock=Lock())
def _build(organization: Organization) -> ResourceSchema:
    extensions = SchemaExtension.objects.in_organization(organization).filter(resource_type="User").order_by("pk")
    found = [(extension.schema_id, extension.required) for extension in extensions]
    documents = dict(CustomSchema.objects.in_organization(organization).values_list("pk", "document"))
    added = [(schema_of(documents[pk]), required) for pk, required in found]
    base = standard()
    return ResourceSchema(
        base.core,
        (*base.extensions, *(schema for schema, _ in added)),
        base.required_extensions | {schema.urn for schema, required in added if required},
    )
