"""What a resource type implements so that one set of views serves them all."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, TypeVar
from uuid import UUID

import orjson
from django.db.models import Model

from audit.actor import Actor
from controlhub.actions.uniqueness import claim_values
from controlhub.models import Organization
from controlhub.models.tokens import Proof
from controlhub.statements import read_row
from scim.protocol.errors import NotFound
from scim.protocol.leniency import Leniency
from scim.protocol.messages import Operation
from scim.protocol.project import WHOLE, Projection, View
from scim.protocol.schemas import Document, ResourceSchema, Returned
from scim.protocol.values import fold
from scim.resources.rows import NOTHING, Marks, Row, Selection, select_one
from scim.resources.sql import Bindings, Sql

M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Context:
    """On whose behalf a request runs, and where its resources live."""

    organization: Organization
    actor: Actor
    base_url: str
    leniency: Leniency = field(default_factory=Leniency)
    proof: Proof | None = None


class ResourceHandler(ABC):
    """One resource type bound to its table.

    Reading is SQL by hand (docs/decisions/0006), always inside `context.organization`; writing goes to the actions
    and returns the resource as it is now, with what the projection needs. Methods raise ScimError or DomainError and
    leave nothing half done.
    """

    name: str
    endpoint: str
    description: str
    bindings: Bindings
    beside_name = ""
    unstored: frozenset[str] = frozenset()

    def __init__(self, schema: ResourceSchema) -> None:
        self.schema = schema

    @abstractmethod
    def beside(self, projection: Projection, context: Context) -> Sql | None:
        """SQL for the text of `beside_name`'s array, of the row at hand; None where the projection leaves it out."""

    def beside_each(self, projection: Projection, context: Context) -> tuple[Sql | None, Marks | None]:
        """The same for the rows of a page, and how to read it if it is written in marks."""
        return self.beside(projection, context), None

    @abstractmethod
    def create(self, body: Document, context: Context, *, projection: Projection) -> Row:
        """Add a resource from a POST body."""

    def create_all(self, bodies: list[Document], context: Context) -> list[Row] | None:  # noqa: ARG002
        """Add all of these resources at once, or raise what stands against one of them; nothing is done then.

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
        beside = self.beside(projection, context)
        found = select_one(
            Selection(self.bindings, context.organization.pk, beside=beside, proof=context.proof), resource_id
        )
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
        beside: Sql | None = None,
    ) -> tuple[M, str | None]:
        """The row, to be changed, and what is read beside it; NotFound, or StaleTokenError before that."""
        beside, proof = beside or NOTHING, context.proof
        text, params = beside.text, beside.params
        if proof and not proof.is_given:
            text, params = f"{text}, {Proof.SQL}", (*params, *proof.params)
        found = read_row(model, context.organization.pk, resource_id, is_locked=is_locked, beside=text, params=params)
        if found is None:
            raise NotFound(f"There is no {self.name} {resource_id}.")
        row, values = found
        if proof and not proof.is_given:
            proof.require(values[1])
        return row, values[0]

    def location(self, resource_id: UUID | str, context: Context) -> str:
        return f"{context.base_url}{self.endpoint}/{resource_id}"

    def etag(self, version: int, beside: str | None) -> str:
        """The weak entity tag of a resource."""
        return f'W/"{self.revision(version, beside)}"'

    def revision(self, version: int, beside: str | None) -> str:  # noqa: ARG002
        """What an entity tag says between its quotes: letters, digits, hyphens."""
        return str(version)

    def row_etag(self, row: Row) -> str:
        return self.etag(row.version, row.beside)

    def represent(self, rows: Iterable[Row], context: Context, projection: Projection) -> list[str]:
        """The resources as JSON texts; whole documents go out without being parsed."""
        name, beside_name, revision = self.name, self.beside_name, self.revision
        location = f"{context.base_url}{self.endpoint}/"
        texts = []
        for pk, document, version, created, modified, _, beside, _ in rows:
            added = f',"{beside_name}":{beside}' if beside else ""
            texts.append(
                f'{{"id":"{pk}",{document[1:-1]}{added},"meta":{{"resourceType":"{name}","created":"{created}",'
                f'"lastModified":"{modified}","location":"{location}{pk}",'
                f'"version":"W/\\"{revision(version, beside)}\\""}}}}'
            )
        if projection.is_whole and self.is_plain:
            return texts
        view = View(projection, self.schema)
        return [dump(view.of(orjson.loads(text))) for text in texts]

    @cached_property
    def is_plain(self) -> bool:
        """Whether every stored attribute goes out when nothing special is asked for."""
        stored = [target.attribute for target in self.schema.targets if str(target) not in self.unstored]
        parts = [part for attribute in stored if attribute for part in (attribute, *attribute.sub_attributes)]
        return not any(part.returned in {Returned.NEVER, Returned.REQUEST} for part in parts)

    def claim(self, resource_id: UUID, document: Document, context: Context) -> None:
        """Take the values that no other resource of this type may have, in the transaction that writes them."""
        if self.has_claims(context):
            claim_values(context.organization.pk, self.name, resource_id, self.claims(document, context))

    def has_claims(self, context: Context) -> bool:  # noqa: ARG002
        return bool(self.schema.uniques)

    def claims(self, document: Document, context: Context) -> Mapping[str, str]:  # noqa: ARG002
        """Attribute to value, folded where case says nothing."""
        found = {}
        for target in self.schema.uniques:
            value = target.read(document)
            if value is not None and target.attribute is not None:
                text = value if isinstance(value, str) else dump(value)
                found[str(target)] = text if target.attribute.case_exact else fold(text)
        return found


def date_time(moment: datetime) -> str:
    """xsd:dateTime in UTC with milliseconds (RFC 7643 §2.3.5)."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")[:23] + "Z"


def dump(document: Any) -> str:
    return orjson.dumps(document).decode()


def json_fragment(text: str) -> str:
    """A text as it stands between the quotes of a JSON string."""
    return dump(text)[1:-1]
