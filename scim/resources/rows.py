"""The statements that read resources: by hand, because every request runs them (docs/decisions/0006).

Table names and conditions come from the bindings and the filter compiler; values are parameters.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from django.db import connection

from controlhub.models.tokens import Proof
from scim.resources.sql import Bindings, Sql, join

COLUMNS = "id::text, document::text, version, created_at::text, modified_at::text, ordinal"
PAGE_COLUMNS = "id, document, version, created_at, modified_at, ordinal"
NOTHING = Sql("NULL")
_PROVED = f"SELECT r.*, p.holds FROM (SELECT {Proof.SQL}) AS p(holds) LEFT JOIN ({{query}}) AS r ON TRUE"


class Row(NamedTuple):
    """One resource as it is read or was written: JSON texts that are glued, not parsed.

    `ordinal` is its place in the order of creation, 0 where nobody asks; `beside` the JSON array of the one attribute
    that is no part of the stored document, None where it is empty; `position` the value it is sorted by, as text.
    """

    id: str
    document: str
    version: int
    created: str
    modified: str
    ordinal: int = 0
    beside: str | None = None
    position: str | None = None


_TOLD, _BESIDE = len(Row._fields), Row._fields.index("beside")


@dataclass(frozen=True, slots=True)
class Marks:
    """What is read beside the rows of a page in short, because many rows share it.

    `names` is SQL for a JSON object over the relation `page`, read once: name to what it stands for; `write` makes
    the text of one row's `beside` from its marks and that object.
    """

    names: str
    write: Callable[[str, Mapping[str, str]], str | None]


@dataclass(frozen=True, slots=True)
class Selection:
    """Which rows: those of an organization in a table, that satisfy a condition; and what is read beside each.

    A `proof` that was not given yet is asked for in the first statement.
    """

    bindings: Bindings
    organization_id: UUID
    condition: Sql | None = None
    beside: Sql | None = None
    proof: Proof | None = None
    marks: Marks | None = None

    @property
    def told(self) -> str:
        """The column that tells what the marks of the page stand for, in its first row alone."""
        return f"CASE WHEN row_number() OVER () = 1 THEN {self.marks.names} END" if self.marks else "NULL"

    @property
    def everything(self) -> Sql:
        """All rows of the organization and type."""
        own = Sql(f"{self.bindings.name}.organization_id = %s", (self.organization_id,))
        return join("AND", [own, self.bindings.discriminator]) if self.bindings.discriminator else own

    @property
    def found(self) -> Sql:
        """The scope, its rows looked up first where a plan would rather walk through all rows in their order."""
        if not (self.condition and self.condition.is_vague):
            return self.scope
        name, scope = self.bindings.name, self.scope
        found = f"{name}.ordinal = ANY(ARRAY(SELECT ordinal FROM {name} WHERE {scope.text}))"
        return join("AND", [self.everything, Sql(found, scope.params)])

    @property
    def scope(self) -> Sql:
        return join("AND", [self.everything, self.condition]) if self.condition else self.everything


def select_one(selection: Selection, resource_id: UUID) -> Row | None:
    """The row with this id."""
    beside, scope = selection.beside or NOTHING, selection.scope
    text = f"SELECT {COLUMNS}, {beside.text}, NULL, NULL FROM {selection.bindings.name} WHERE {scope.text} AND id = %s"
    found = ask(Sql(text, (*beside.params, *scope.params, resource_id)), selection.proof)
    return row_of(found[0]) if found else None


def select_page(
    selection: Selection,
    *,
    order: str,
    limit: int,
    offset: int = 0,
    beyond: Sql | None = None,
    position: str = "NULL",
) -> list[Row]:
    """One page in the order of these terms, `beyond` a position."""
    name, beside = selection.bindings.name, selection.beside or NOTHING
    scope = join("AND", [selection.found, beyond]) if beyond else selection.found
    # The rows before the page are counted off in the index alone.
    if offset:
        text = f"SELECT ordinal FROM {name} WHERE {scope.text} ORDER BY {order} LIMIT %s OFFSET %s"
        chosen = Sql(f"{name}.ordinal IN ({text})", (*scope.params, limit, offset))
        scope = join("AND", [selection.everything, chosen])
    columns = f"{PAGE_COLUMNS}, {beside.text} AS beside, ({position})::text AS position"
    page = f"SELECT {columns} FROM {name} WHERE {scope.text} ORDER BY {order} LIMIT %s"
    text = f"WITH page AS MATERIALIZED ({page}) SELECT {COLUMNS}, beside, position, {selection.told} FROM page"
    return rows_of(ask(Sql(text, (*beside.params, *scope.params, limit)), selection.proof), selection.marks)


def count_rows(selection: Selection) -> int:
    """How many rows satisfy the condition; without one, nothing is counted."""
    if selection.condition is None:
        text = "SELECT COALESCE(sum(rows), 0)::bigint FROM controlhub_rowcount WHERE organization_id = %s AND kind = %s"
        query = Sql(text, (selection.organization_id, selection.bindings.kind))
    else:
        scope = selection.scope
        query = Sql(f"SELECT count(*) FROM {selection.bindings.name} WHERE {scope.text}", scope.params)
    return int(ask(query, selection.proof)[0][0])


def rows_of(found: Sequence[tuple[Any, ...]], marks: Marks | None) -> list[Row]:
    """The rows of a page: COLUMNS, what was read beside them, the position, and what the marks stand for."""
    told = next((values[_TOLD] for values in found if values[_TOLD]), None)
    if marks is None or told is None:
        return [row_of(values) for values in found]
    names = orjson.loads(told)
    texts = {beside: marks.write(beside, names) for beside in {values[_BESIDE] for values in found} if beside}
    return [row_of(values, texts) for values in found]


def row_of(values: tuple[Any, ...], texts: Mapping[str, str | None] = MappingProxyType({})) -> Row:
    """One of them; `texts` say what its marks come to."""
    pk, document, version, created, modified, ordinal, beside, position = values[:_TOLD]
    moment = date_time(created)
    changed = moment if modified == created else date_time(modified)
    return Row(pk, document, version, moment, changed, ordinal, texts.get(beside, beside), position)


def date_time(text: str) -> str:
    """PostgreSQL's `2026-01-31 12:00:00.5+00` as xsd:dateTime in UTC with milliseconds (RFC 7643 §2.3.5)."""
    return f"{text[:10]}T{text[11:19]}.{text[20:-3]:0<3.3}Z"


def ask(query: Sql, proof: Proof | None, *, after: Sql | None = None) -> list[tuple[Any, ...]]:
    """The rows of a query whose first column is never null.

    The question whether the proof holds goes with it and adds a last column. `after` are parts of a WITH clause.
    """
    text, params, is_proved = query.text, query.params, proof is None or proof.is_given
    if proof and not is_proved:
        text, params = _PROVED.format(query=text), (*proof.params, *params)
    if after:
        text, params = f"WITH {after.text} {text}", (*after.params, *params)
    with connection.cursor() as cursor:
        cursor.execute(text, params)
        found = list(cursor.fetchall())
    if proof and not is_proved:
        proof.require(found[0][-1])
        return found if found[0][0] is not None else []
    return found
