"""What a resource type implements so that one set of views serves them all."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson

from audit.actor import Actor
from controlhub.models import Organization
from scim.protocol.errors import NotFound
from scim.protocol.leniency import Leniency
from scim.protocol.messages import Operation
from scim.protocol.nodes import Node
from scim.protocol.project import WHOLE, Projection, project
from scim.protocol.schemas import Document, ResourceSchema
from scim.resources.order import Sort, order_by
from scim.resources.rows import count_rows, select_rows
from scim.resources.sql import Bindings, Sql, where


@dataclass(frozen=True, slots=True)
class Context:
    """On whose behalf a request runs, and where its resources live."""

    organization: Organization
    actor: Actor
    base_url: str
    leniency: Leniency = field(default_factory=Leniency)


@dataclass(frozen=True, slots=True)
class Row:
    """One resource as it is read or was written: JSON texts that are glued, not parsed.

    `beside` is the JSON array of the one attribute that is no part of the stored document, None where it is empty.
    """

    id: str
    document: str
    version: int
    created: str
    modified: str
    beside: str | None = None

    @property
    def etag(self) -> str:
        return f'W/"{self.version}"'


class ResourceHandler(ABC):
    """One resource type bound to its table.

    Reading is SQL by hand (docs/decisions/0006), always inside `context.organization`; writing goes to the actions
    and returns the resource
    as it is now, with what the projection needs. Methods raise ScimError or DomainError and leave nothing half done.
    """

    name: str
    endpoint: str
    description: str
    schema: ResourceSchema
    bindings: Bindings
    beside_name: str

    @abstractmethod
    def beside(self, projection: Projection, context: Context) -> Sql | None:
        """SQL for the text of `beside_name`'s array, of the row at hand; None where the projection leaves it out."""

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
        table, beside = self.bindings.table, self.beside(projection, context)
        found = select_rows(table, context.organization.pk, Sql("id = %s", (resource_id,)), beside)
        if not found:
            raise NotFound(f"There is no {self.name} {resource_id}.")
        return Row(*found[0])

    def search(
        self, node: Node | None, sort: Sort, offset: int, limit: int, context: Context, projection: Projection
    ) -> tuple[int, list[Row]]:
        """How many of the organization's resources satisfy the filter, and those of one page."""
        condition = where(node, self.schema, self.bindings) if node else None
        table, organization_id = self.bindings.table, context.organization.pk
        order = order_by(sort, self.schema, self.bindings)
        rows: list[Row] = []
        if limit:
            beside = self.beside(projection, context)
            found = select_rows(table, organization_id, condition, beside, order=order, offset=offset, limit=limit)
            rows = [Row(*values) for values in found]
            if len(rows) < limit and (rows or not offset):
                return offset + len(rows), rows
        return count_rows(table, organization_id, condition), rows

    def location(self, resource_id: UUID | str, context: Context) -> str:
        return f"{context.base_url}{self.endpoint}/{resource_id}"

    def represent(self, row: Row, context: Context, projection: Projection) -> str:
        """The resource as JSON text; a whole document goes out without being parsed."""
        beside = f',"{self.beside_name}":{row.beside}' if row.beside else ""
        text = (
            f'{{"id":"{row.id}",{row.document[1:-1]}{beside},"meta":{{"resourceType":"{self.name}",'
            f'"created":"{row.created}","lastModified":"{row.modified}",'
            f'"location":"{context.base_url}{self.endpoint}/{row.id}","version":"W/\\"{row.version}\\""}}}}'
        )
        return text if projection.is_whole else dump(project(orjson.loads(text), projection, self.schema))


def date_time(moment: datetime) -> str:
    """xsd:dateTime in UTC with milliseconds (RFC 7643 §2.3.5)."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def dump(document: Any) -> str:
    return orjson.dumps(document).decode()
