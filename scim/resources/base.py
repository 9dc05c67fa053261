"""What a resource type implements so that one set of views serves them all."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from django.db import models

from audit.actor import Actor
from controlhub.models import Organization
from scim.protocol.errors import NotFound
from scim.protocol.leniency import Leniency
from scim.protocol.messages import Operation
from scim.protocol.nodes import Node
from scim.protocol.project import WHOLE, Projection, project
from scim.protocol.schemas import Document, ResourceSchema
from scim.resources.sql import Bindings, where


@dataclass(frozen=True, slots=True)
class Context:
    """On whose behalf a request runs, and where its resources live."""

    organization: Organization
    actor: Actor
    base_url: str
    leniency: Leniency = field(default_factory=Leniency)


@dataclass(frozen=True, slots=True)
class Row:
    """One resource as it is read or was written: its document as text, and what is beside it."""

    id: UUID
    document: str
    version: int
    created: datetime
    modified: datetime
    extra: Document = field(default_factory=dict)

    @property
    def etag(self) -> str:
        return f'W/"{self.version}"'


class ResourceHandler(ABC):
    """One resource type bound to its table.

    Reading yields `Row`s, always inside `context.organization`; writing goes to the actions and returns the resource
    as it is now, with what the projection needs. Methods raise ScimError or DomainError and leave nothing half done.
    """

    name: str
    endpoint: str
    description: str
    schema: ResourceSchema
    bindings: Bindings

    @abstractmethod
    def queryset(self, context: Context) -> models.QuerySet[Any]:
        """The organization's resources."""

    @abstractmethod
    def rows(self, queryset: models.QuerySet[Any], context: Context, projection: Projection) -> Iterable[Row]:
        """The rows of a queryset, in one statement, with what the projection needs."""

    @abstractmethod
    def create(self, body: Document, context: Context, *, projection: Projection) -> Row:
        """Add a resource from a POST body."""

    @abstractmethod
    def replace(
        self, resource_id: UUID, body: Document, context: Context, *, projection: Projection, if_match: str | None
    ) -> Row:
        """PUT."""

    @abstractmethod
    def patch(
        self,
        resource_id: UUID,
        operations: list[Operation],
        context: Context,
        *,
        projection: Projection,
        if_match: str | None,
    ) -> Row | None:
        """PATCH: all operations or none. None where the answer has no body."""

    @abstractmethod
    def delete(self, resource_id: UUID, context: Context, *, if_match: str | None) -> None:
        """DELETE."""

    def fetch(self, resource_id: UUID, context: Context, projection: Projection = WHOLE) -> Row:
        """One resource, or NotFound."""
        found = list(self.rows(self.queryset(context).filter(pk=resource_id), context, projection))
        if not found:
            raise NotFound(f"There is no {self.name} {resource_id}.")
        return found[0]

    def search(self, node: Node | None, context: Context) -> models.QuerySet[Any]:
        """The organization's resources that satisfy a filter, in a total order."""
        queryset = self.queryset(context).order_by("pk")
        return queryset if node is None else queryset.filter(where(node, self.schema, self.bindings))

    def location(self, resource_id: UUID, context: Context) -> str:
        return f"{context.base_url}{self.endpoint}/{resource_id}"

    def represent(self, row: Row, context: Context, projection: Projection) -> str:
        """The resource as JSON text; a whole document goes out without being parsed."""
        meta = {
            "resourceType": self.name,
            "created": date_time(row.created),
            "lastModified": date_time(row.modified),
            "location": self.location(row.id, context),
            "version": row.etag,
        }
        if projection.is_whole:
            tail = dump({**row.extra, "meta": meta})
            return f'{{"id":"{row.id}",{row.document[1:-1]},{tail[1:]}'
        document = {"id": str(row.id), **orjson.loads(row.document), **row.extra, "meta": meta}
        return dump(project(document, projection, self.schema))


def date_time(moment: datetime) -> str:
    """xsd:dateTime in UTC with milliseconds (RFC 7643 §2.3.5)."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def dump(document: Any) -> str:
    return orjson.dumps(document).decode()
