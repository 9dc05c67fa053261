"""Resources of an organization's own types: any schema, bound to `controlhub.models.Resource`."""

from uuid import UUID

from django.db import transaction

from controlhub.actions.resources import create_resource, delete_resource, update_resource
from controlhub.models import CustomResourceType, Resource
from scim.protocol import patch
from scim.protocol.errors import NotFound
from scim.protocol.messages import Operation
from scim.protocol.project import Projection
from scim.protocol.schemas import COMMON, Document, ResourceSchema
from scim.protocol.validate import clean, require_immutables_kept
from scim.resources.base import Context, ResourceHandler, dump, moments
from scim.resources.columns import constant, moment_column, not_filterable, text_column, uuid_column
from scim.resources.preconditions import require_match
from scim.resources.rows import Row
from scim.resources.sql import Bindings, ColumnTest, SortColumn, Sql

_T = '"controlhub_resource"'
_META = next(attribute for attribute in COMMON if attribute.name == "meta")


def bindings_of(resource_type: CustomResourceType) -> Bindings:
    """The common attributes in their columns, everything else in the document."""
    return Bindings(
        table="controlhub_resource",
        kind=str(resource_type.pk),
        discriminator=Sql(f"{_T}.resource_type_id = %s", (resource_type.pk,)),
        columns={
            "id": uuid_column(f"{_T}.id"),
            "externalId": text_column(f"{_T}.external_id"),
            "meta.created": _moment("created", "created_at"),
            "meta.lastModified": _moment("lastModified", "modified_at"),
            "meta.resourceType": constant(resource_type.name),
            "meta.location": not_filterable,
            "meta.version": not_filterable,
        },
        presence={
            name: Sql("TRUE")
            for name in ("id", "meta", "meta.created", "meta.lastModified", "meta.resourceType", "schemas")
        },
        order={
            "id": SortColumn(f"{_T}.id", "uuid", is_total=True, is_unique=True),
            "externalId": SortColumn(f'{_T}.external_id COLLATE "C"'),
            "meta.created": SortColumn(f"{_T}.created_at", "timestamptz", is_total=True),
            "meta.lastModified": SortColumn(f"{_T}.modified_at", "timestamptz", is_total=True),
        },
    )


def _moment(name: str, column: str) -> ColumnTest:
    attribute = _META.sub(name)
    assert attribute is not None  # noqa: S101 — a constant of the schema
    return moment_column(f"{_T}.{column}", attribute)


class CustomHandler(ResourceHandler):
    """One resource type that an organization registered."""

    def __init__(self, resource_type: CustomResourceType, schema: ResourceSchema) -> None:
        super().__init__(schema)
        self.resource_type = resource_type
        self.name, self.endpoint = resource_type.name, resource_type.endpoint
        self.description = resource_type.description
        self.bindings = bindings_of(resource_type)

    def beside(self, projection: Projection, context: Context) -> None:  # noqa: ARG002
        return None

    @transaction.atomic
    def create(self, body: Document, context: Context, *, projection: Projection) -> Row:  # noqa: ARG002
        document = clean(body, self.schema, context.leniency)
        self.require_room(document)
        resource = create_resource(
            context.organization,
            self.resource_type,
            document=document,
            tolerated=context.leniency.used,
            actor=context.actor,
            proof=context.proof,
        )
        self.claim(resource.id, document, context)
        return _row(resource)

    @transaction.atomic
    def replace(
        self,
        resource_id: UUID,
        body: Document,
        context: Context,
        *,
        projection: Projection,  # noqa: ARG002
        if_match: str | None,
    ) -> Row:
        document = clean(body, self.schema, context.leniency)
        resource = self._lock(resource_id, context, if_match)
        return self._update(resource, self.put(document, body, resource.document, context), context)

    @transaction.atomic
    def patch(
        self,
        resource_id: UUID,
        operations: list[Operation],
        context: Context,
        *,
        projection: Projection,  # noqa: ARG002
        if_match: str | None,
    ) -> Row:
        resource = self._lock(resource_id, context, if_match)
        patched = patch.apply(operations, resource.document, self.schema, context.leniency, work=context.work)
        return self._update(resource, patched.document, context)

    @transaction.atomic
    def delete(self, resource_id: UUID, context: Context, *, if_match: str | None) -> None:
        delete_resource(self._lock(resource_id, context, if_match), self.resource_type, actor=context.actor)

    def _update(self, resource: Resource, document: Document, context: Context) -> Row:
        require_immutables_kept(resource.document, document, self.schema)
        self.require_room(document, resource.document)
        update_resource(
            resource, self.resource_type, document=document, tolerated=context.leniency.used, actor=context.actor
        )
        self.claim(resource.id, document, context)
        return _row(resource)

    def _lock(self, resource_id: UUID, context: Context, if_match: str | None) -> Resource:
        resource, _ = self.read(Resource, resource_id, context)
        if resource.resource_type_id != self.resource_type.pk:
            raise NotFound(f"There is no {self.name} {resource_id}.")
        require_match(if_match, self.etag(resource.version))
        return resource


def _row(resource: Resource) -> Row:
    written = moments(resource.created_at, resource.modified_at)
    return Row(str(resource.id), dump(resource.document), str(resource.version), written)
