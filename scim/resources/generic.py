"""Resources without their own table: any schema, bound to `controlhub.models.Resource`."""

from uuid import UUID

from django.db import transaction

from controlhub.actions.resources import create_resource, delete_resource, update_resource
from controlhub.models import Resource
from controlhub.sql.rows import Row
from controlhub.sql.selection import ResourceTable
from controlhub.text.moments import moments
from scim.protocol import patch
from scim.protocol.errors import NotFound
from scim.protocol.messages import Operation
from scim.protocol.project import Projection
from scim.protocol.resource_types import ResourceType
from scim.protocol.schemas import Document
from scim.protocol.validate import clean, require_immutables_kept
from scim.resources.base import Context, ResourceHandler, dump
from scim.resources.preconditions import require_match
from scim.resources.queries.bindings import Bindings
from scim.resources.queries.columns import id_column, meta_columns, text_column
from scim.resources.rules import RULES

_T = "controlhub_resource"


def bindings_of(resource_type: ResourceType) -> Bindings:
    """The common attributes have columns. Everything else is in the document."""
    return Bindings(
        table=ResourceTable(_T, kind=str(resource_type.id), served="resource_type_id = %(resource_type)s"),
        columns=(
            id_column(f"{_T}.id"),
            text_column("externalId", f"{_T}.external_id"),
            *meta_columns(_T, resource_type.name),
        ),
        values={"resource_type": resource_type.id},
    )


class GenericHandler(ResourceHandler):
    """A resource type without its own table, built in or registered by an organization."""

    def __init__(self, resource_type: ResourceType) -> None:
        super().__init__(resource_type)
        self.bindings = bindings_of(resource_type)

    @transaction.atomic
    def create(self, body: Document, context: Context, *, projection: Projection) -> Row:  # noqa: ARG002
        document = clean(body, self.schema, context.leniency)
        self._require_rule(document, None, context)
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
        self._require_rule(document, resource.document, context)
        self.require_room(document, resource.document)
        update_resource(
            resource, self.resource_type, document=document, tolerated=context.leniency.used, actor=context.actor
        )
        self.claim(resource.id, document, context)
        return _row(resource)

    def _require_rule(self, document: Document, before: Document | None, context: Context) -> None:
        rule = RULES.get(self.name) if self.resource_type.is_built_in else None
        if rule:
            rule(document, before, context)

    def _lock(self, resource_id: UUID, context: Context, if_match: str | None) -> Resource:
        resource, _ = self.read(Resource, resource_id, context)
        if resource.resource_type_id != self.resource_type.id:
            raise NotFound(f"There is no {self.name} {resource_id}.")
        require_match(if_match, self.etag(resource.version))
        return resource


def _row(resource: Resource) -> Row:
    written = moments(resource.created_at, resource.modified_at)
    return Row(str(resource.id), dump(resource.document), str(resource.version), written)
