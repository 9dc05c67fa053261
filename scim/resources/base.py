"""What a resource type implements so that one set of views serves them all."""

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
"""Bytes of a stored resource, without members and groups."""
M = TypeVar("M", bound=ScimResource)


@dataclass(frozen=True, slots=True)
class Context:
    """On whose behalf a request runs, and where its resources live."""

    organization: Organization
    actor: Actor
    base_url: str
    leniency: Leniency = field(default_factory=Leniency)
    proof: Proof | None = None
    is_webex_path: bool = False
    """Whether the Webex base path was called."""
    work: Work = field(default_factory=Work)


class RelatedText(NamedTuple):
    """What was read with a row that is to be changed: the JSON text of its related rows, and their part of the etag."""

    text: str | None = None
    etag_part: str = ""


NONE_READ = RelatedText()


class ResourceHandler(ABC):
    """One resource type bound to its table.

    Reading is SQL of our own (docs/decisions/0006), always inside `context.organization`; writing goes to the actions
    and returns the resource as it is now, with what the projection needs. Methods raise ScimError or DomainError and
    leave nothing half done.
    """

    bindings: Bindings
    unstored: frozenset[str] = frozenset()

    def __init__(self, resource_type: ResourceType) -> None:
        self.resource_type = resource_type
        self.name, self.endpoint = resource_type.name, resource_type.endpoint
        self.description, self.schema = resource_type.description, resource_type.schema

    def related(self, projection: Projection, context: Context) -> Related:  # noqa: ARG002
        """SQL for the array of related rows; NO_RELATED where the projection leaves it out."""
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
        """Add all of these resources at once, or raise the error of one of them; then nothing is added.

        None where resources of this type, in this organization, are only made one by one.
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
        """PATCH: all operations or none. None where the answer has no body."""

    @abstractmethod
    def delete(self, resource_id: UUID, context: Context, *, if_match: str | None) -> None:
        """DELETE."""

    def fetch(self, resource_id: UUID, context: Context, projection: Projection = WHOLE) -> Row:
        """One resource, or NotFound."""
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
        """The row, to be changed, and its related rows; NotFound, or StaleTokenError before that.

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
        """The schema by which a query's filter, `sortBy` and `attributes` are read."""
        return self._webex_schema if context.is_webex_path else self.schema

    @cached_property
    def indexed(self) -> Indexed:
        """The filters and sorts that an index serves."""
        return indexed(self.schema, self.bindings)

    def location(self, resource_id: UUID | str, context: Context) -> str:
        return f"{context.base_url}{self.endpoint}/{resource_id}"

    def etag(self, version: int, related: RelatedText = NONE_READ) -> str:
        """The weak entity tag of a resource."""
        return f'W/"{version}{related.etag_part}"'

    def represent(self, row: Row, context: Context, projection: Projection) -> str:
        """A resource as JSON text; a whole document goes out without being parsed."""
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
        """The JSON of resources after the projection, separated by commas."""
        if projection.is_whole and self.is_plain:
            return text
        view = View(projection, self.schema)
        return b",".join(orjson.dumps(view.of(document)) for document in orjson.loads(b"[%b]" % text))

    @cached_property
    def is_plain(self) -> bool:
        """Whether every stored attribute goes out when nothing special is asked for."""
        stored = [target.attribute for target in self.schema.targets if str(target) not in self.unstored]
        parts = [part for attribute in stored if attribute for part in (attribute, *attribute.sub_attributes)]
        return not any(part.returned in {Returned.NEVER, Returned.REQUEST} for part in parts)

    def put(self, document: Document, body: Document, before: Document, context: Context) -> Document:
        """The document that a PUT stores: what was sent with blank elements only keeps the values of `before`."""
        if Tolerance.BLANK_ELEMENT not in context.leniency.used:
            return document
        return keep_blank(document, body, before, self.schema)

    def require_room(self, document: Document, before: Document | None = None) -> None:
        """InvalidValue beyond MAX_DOCUMENT bytes, unless the document was larger `before` or makes a user Inactive."""
        size = len(orjson.dumps(document))
        if size <= MAX_DOCUMENT or (before and (size <= len(orjson.dumps(before)) or ends_access(document, before))):
            return
        raise InvalidValue(f"A {self.name} has at most {MAX_DOCUMENT:,} bytes; this one would have {size:,}.")

    def claim(self, resource_id: UUID, document: Document, context: Context) -> None:
        """Take the values that no other resource of this type may have, in the transaction that writes them."""
        if self.has_claims(context):
            claim_values(context.organization.pk, self.name, resource_id, self.claims(document, context))

    def has_claims(self, context: Context) -> bool:  # noqa: ARG002
        return bool(self.schema.uniques)

    def claims(self, document: Document, context: Context) -> Mapping[str, str]:  # noqa: ARG002
        """Attribute to value, folded where case says nothing."""
        return claims_of(document, self.schema)


def ends_access(document: Document, before: Document) -> bool:
    """Whether a change makes a user Inactive: that must never fail because of the size of the rest."""
    return before.get("active") is True and document.get("active") is False


def dump(document: Any) -> str:
    return orjson.dumps(document).decode()


def json_fragment(text: str) -> str:
    """A text as escaped inside a JSON string, without the quotes."""
    return dump(text)[1:-1]
