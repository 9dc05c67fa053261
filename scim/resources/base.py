"""The interface that each resource type implements, so that one set of views serves all of them."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

import orjson

from audit.actor import Actor
from controlhub.actions.uniqueness import claim_values, claims_of
from controlhub.models import Organization, ScimResource
from controlhub.sql.changing import read_row
from controlhub.sql.conditions import Parameters
from controlhub.sql.proof import TOKEN_IS_UNCHANGED, Proof
from controlhub.sql.rows import Row, fetch_row
from controlhub.sql.selection import NO_RELATED, Related, related_and_etag_part
from scim.protocol.errors import InvalidValue, NotFound
from scim.protocol.leniency import Leniency, Tolerance
from scim.protocol.messages import Operation
from scim.protocol.project import WHOLE, Projection, View
from scim.protocol.resource_types import ResourceType
from scim.protocol.schemas import Document, ResourceSchema, Returned
from scim.protocol.validate import keep_blank
from scim.protocol.work import Work
from scim.resources.queries.bindings import Bindings
from scim.resources.queries.indexed import Indexed, indexed
from scim.resources.webex import queried

MAX_DOCUMENT = 1_048_576
"""The maximum size of a stored resource in bytes, without members and groups."""
M = TypeVar("M", bound=ScimResource)


@dataclass(frozen=True, slots=True)
class Context:
    """The context of a request: its organization, its actor, and the base URL of its resources."""

    organization: Organization
    actor: Actor
    base_url: str
    leniency: Leniency = field(default_factory=Leniency)
    proof: Proof | None = None
    is_webex_path: bool = False
    """Whether the Webex base path was called."""
    work: Work = field(default_factory=Work)


class RelatedText(NamedTuple):
    """Read together with a row to change: the JSON text of its related rows, and their part of the etag."""

    text: str | None = None
    etag_part: str = ""


NONE_READ = RelatedText()


class ResourceHandler(ABC):
    """One resource type bound to its table.

    Reads use our own SQL (docs/decisions/0006), always within `context.organization`. Writes call the actions and
    return the current resource, with everything the projection needs. Methods raise ScimError or DomainError and
    leave no partial changes.
    """

    bindings: Bindings
    unstored: frozenset[str] = frozenset()

    def __init__(self, resource_type: ResourceType) -> None:
        self.resource_type = resource_type
        self.name, self.endpoint = resource_type.name, resource_type.endpoint
        self.description, self.schema = resource_type.description, resource_type.schema

    def related(self, projection: Projection, context: Context) -> Related:  # noqa: ARG002
        """SQL for the array of related rows; NO_RELATED if the projection excludes it."""
        return NO_RELATED

    def related_values(self, context: Context) -> dict[str, Any]:  # noqa: ARG002
        """The named parameters of `related`."""
        return {}

    def parameters(self, context: Context) -> Parameters:
        """The named parameters of a query that lists resources."""
        return Parameters(
            context.organization.pk,
            kind=self.bindings.table.kind,
            type_name=self.name,
            location=json_fragment(f"{context.base_url}{self.endpoint}/"),
            **self.bindings.values,
            **self.related_values(context),
        )

    @abstractmethod
    def create(self, body: Document, context: Context, *, projection: Projection) -> Row:
        """Add a resource from a POST body."""

    def create_all(self, bodies: list[Document], context: Context) -> list[Row] | None:  # noqa: ARG002
        """Add all of these resources at once. If one of them fails, its error is raised and nothing is added.

        Returns None if resources of this type must be created one by one in this organization.
        """
        return None

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
        """PATCH: all operations or none. Returns None if the response has no body."""

    @abstractmethod
    def delete(self, resource_id: UUID, context: Context, *, if_match: str | None) -> None:
        """DELETE."""

    def fetch(self, resource_id: UUID, context: Context, projection: Projection = WHOLE) -> Row:
        """One resource. Raises NotFound."""
        values = {"organization": context.organization.pk, "id": resource_id}
        values |= self.bindings.values
        values |= self.related_values(context)
        found = fetch_row(self.bindings.table, self.related(projection, context).text, values, context.proof)
        if found is None:
            raise NotFound(f"There is no {self.name} {resource_id}.")
        return found

    def read(
        self,
        model: type[M],
        resource_id: UUID,
        context: Context,
        *,
        is_locked: bool = True,
        related: str = "",
    ) -> tuple[M, RelatedText]:
        """The row to change, and its related rows. Raises NotFound or, checked first, StaleTokenError.

        `related` is SQL with the named parameters of `related_values`.
        """
        proof, values = context.proof, self.related_values(context)
        also = related_and_etag_part(self.bindings.table, related)
        if proof and not proof.is_given:
            also, values = f"{also},\n    {TOKEN_IS_UNCHANGED}", {**values, **proof.values}
        found = read_row(model, context.organization.pk, resource_id, is_locked=is_locked, also=also, values=values)
        if found is None:
            raise NotFound(f"There is no {self.name} {resource_id}.")
        row, (related_text, *holds) = found
        row.organization = context.organization
        if proof and holds:
            proof.require(holds[0])
        return row, RelatedText(*related_text)

    @cached_property
    def _webex_schema(self) -> ResourceSchema:
        return queried(self.schema)

    def queried(self, context: Context) -> ResourceSchema:
        """The schema for interpreting a query's filter, `sortBy` and `attributes`."""
        return self._webex_schema if context.is_webex_path else self.schema

    @cached_property
    def indexed(self) -> Indexed:
        """The filters and sort attributes that an index serves."""
        return indexed(self.schema, self.bindings)

    def location(self, resource_id: UUID | str, context: Context) -> str:
        return f"{context.base_url}{self.endpoint}/{resource_id}"

    def etag(self, version: int, related: RelatedText = NONE_READ) -> str:
        """The weak entity tag of a resource."""
        return f'W/"{version}{related.etag_part}"'

    def represent(self, row: Row, context: Context, projection: Projection) -> str:
        """A resource as JSON text. A whole document is returned without parsing it."""
        added = f',"{self.bindings.table.related_name}":{row.related}' if row.related else ""
        text = (
            f'{{"id":"{row.id}",{row.document[1:-1]}{added},"meta":{{"resourceType":"{self.name}",'
            f'{row.moments},"location":"{context.base_url}{self.endpoint}/{row.id}",'
            f'"version":"W/\\"{row.revision}\\""}}}}'
        )
        if projection.is_whole and self.is_plain:
            return text
        return self.projected(text.encode(), projection).decode()

    def projected(self, text: bytes, projection: Projection) -> bytes:
        """Apply the projection to the JSON of resources, which are separated by commas."""
        if projection.is_whole and self.is_plain:
            return text
        view = View(projection, self.schema)
        return b",".join(orjson.dumps(view.of(document)) for document in orjson.loads(b"[%b]" % text))

    @cached_property
    def is_plain(self) -> bool:
        """Whether every stored attribute is returned by default."""
        stored = [target.attribute for target in self.schema.targets if str(target) not in self.unstored]
        parts = [part for attribute in stored if attribute for part in (attribute, *attribute.sub_attributes)]
        return not any(part.returned in {Returned.NEVER, Returned.REQUEST} for part in parts)

    def put(self, document: Document, body: Document, before: Document, context: Context) -> Document:
        """The document that a PUT stores. Attributes sent with only blank elements keep the values of `before`."""
        if Tolerance.BLANK_ELEMENT not in context.leniency.used:
            return document
        return keep_blank(document, body, before, self.schema)

    def require_room(self, document: Document, before: Document | None = None) -> None:
        """Raises InvalidValue beyond MAX_DOCUMENT bytes, unless the document does not grow or makes a user Inactive."""
        size = len(orjson.dumps(document))
        if size <= MAX_DOCUMENT or (before and (size <= len(orjson.dumps(before)) or ends_access(document, before))):
            return
        raise InvalidValue(f"A {self.name} has at most {MAX_DOCUMENT:,} bytes; this one would have {size:,}.")

    def claim(self, resource_id: UUID, document: Document, context: Context) -> None:
        """Claim the values that must be unique for this type, in the transaction that writes them."""
        if self.has_claims(context):
            claim_values(context.organization.pk, self.name, resource_id, self.claims(document, context))

    def has_claims(self, context: Context) -> bool:  # noqa: ARG002
        return bool(self.schema.uniques)

    def claims(self, document: Document, context: Context) -> Mapping[str, str]:  # noqa: ARG002
        """The unique values by attribute, folded if they are case-insensitive."""
        return claims_of(document, self.schema)


def ends_access(document: Document, before: Document) -> bool:
    """Whether a change makes a user Inactive, which must never fail because of the document's size."""
    return before.get("active") is True and document.get("active") is False


def dump(document: Any) -> str:
    return orjson.dumps(document).decode()


def json_fragment(text: str) -> str:
    """The text escaped for use inside a JSON string, without the quotes."""
    return dump(text)[1:-1]
