"""The statements that read resources: by hand, because every request runs them (docs/decisions/0006).

Table names and conditions come from the bindings and the filter compiler; values are parameters.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from controlhub.models.tokens import Proof
from scim.resources.sql import Bindings, Sql, join

_COLUMNS = "id::text, document::text, version, created_at::text, modified_at::text, ordinal"
_PLAIN = ("id", "document", "version", "created_at", "modified_at", "ordinal")
NOTHING = Sql("NULL")
_STANDING = """
SELECT c.rows, c.removed, p.start_index, p.first, p.next_index, p.last, p.total, p.removed
FROM (SELECT COALESCE(sum(rows), 0)::bigint AS rows, COALESCE(sum(removed), 0)::bigint AS removed
    FROM controlhub_rowcount WHERE organization_id = %s AND kind = %s) AS c
LEFT JOIN controlhub_pageposition p
    ON p.token_id = %s AND p.query = %s AND p.noted_at > now() - interval '15 minutes'
"""
_PROVED = f"SELECT p.holds, r.* FROM (SELECT {Proof.SQL}) AS p(holds) LEFT JOIN ({{query}}) AS r ON TRUE"
_NOTE = """
INSERT INTO controlhub_pageposition AS p
    (token_id, query, start_index, first, next_index, last, total, removed, noted_at)
{values}
ON CONFLICT (token_id, query) DO UPDATE SET start_index = excluded.start_index, first = excluded.first,
    next_index = excluded.next_index, last = excluded.last, total = excluded.total,
    removed = excluded.removed, noted_at = excluded.noted_at
"""
_NOTE_PAGE = _NOTE.format(
    values="""SELECT %s, %s, %s, (SELECT min(ordinal) FROM page), %s,
    (SELECT max(ordinal) FROM page), %s, %s, now() WHERE (SELECT count(*) FROM page) = %s"""
)
_NOTE_COUNT = _NOTE.format(values="SELECT %s, %s, %s, %s, %s, %s, count(*), %s, now() FROM {table} WHERE {scope}")


@dataclass(frozen=True, slots=True)
class Row:
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

    @property
    def everything(self) -> Sql:
        """All rows of the organization and type."""
        own = Sql(f"{self.bindings.name}.organization_id = %s", (self.organization_id,))
        return join("AND", [own, self.bindings.discriminator]) if self.bindings.discriminator else own

    @property
    def scope(self) -> Sql:
        return join("AND", [self.everything, self.condition]) if self.condition else self.everything


@dataclass(frozen=True, slots=True)
class Walk:
    """Who walks through which list."""

    token_id: UUID
    query: bytes


@dataclass(frozen=True, slots=True)
class Note:
    """A page to be remembered, with the total that was told, -1 if it was not known."""

    walk: Walk
    start_index: int
    total: int = -1
    removed: int = 0


@dataclass(frozen=True, slots=True)
class Remembered:
    """The page of a list that was last sent to a token."""

    start_index: int
    first: int
    next_index: int
    last: int
    total: int
    removed: int


@dataclass(frozen=True, slots=True)
class Standing:
    """How many rows there are, whatever the condition, how many were ever removed, and the page sent last."""

    total: int
    removed: int
    remembered: Remembered | None


def select_one(selection: Selection, resource_id: UUID) -> Row | None:
    """The row with this id."""
    beside, scope = selection.beside or NOTHING, selection.scope
    text = f"SELECT {_COLUMNS}, {beside.text} FROM {selection.bindings.name} WHERE {scope.text} AND id = %s"
    found = _ask(text, (*beside.params, *scope.params, resource_id), selection.proof)
    return row_of(found[0]) if found else None


def select_page(
    selection: Selection,
    *,
    order: str,
    limit: int,
    offset: int = 0,
    beyond: Sql | None = None,
    position: str = "NULL",
    note: Note | None = None,
) -> list[Row]:
    """One page in the order of these terms, `beyond` a position; remembered, if it is full, as `note` says."""
    name, beside = selection.bindings.name, selection.beside or NOTHING
    scope = join("AND", [selection.scope, beyond]) if beyond else selection.scope
    # The rows before the page are counted off in the index alone.
    if offset:
        text = f"SELECT ordinal FROM {name} WHERE {scope.text} ORDER BY {order} LIMIT %s OFFSET %s"
        chosen = Sql(f"{name}.ordinal IN ({text})", (*scope.params, limit, offset))
        scope = join("AND", [selection.everything, chosen])
    source = f"FROM {name} WHERE {scope.text} ORDER BY {order} LIMIT %s"
    if note is None:
        text = f"SELECT {_COLUMNS}, {beside.text}, ({position})::text {source}"
        found = _ask(text, (*beside.params, *scope.params, limit), selection.proof)
        return [row_of(values) for values in found]
    page = f"SELECT {', '.join(_PLAIN)} {source}"
    # Whoever remembers a page has asked before, so that the proof is given.
    text = f"WITH page AS ({page}), noted AS ({_NOTE_PAGE}) SELECT {_COLUMNS}, {beside.text}, NULL FROM page AS {name}"
    walk, start = note.walk, note.start_index
    noted = (walk.token_id, walk.query, start, start + limit, note.total, note.removed, limit)
    found = _fetch(f"{text} ORDER BY {name}.ordinal", (*scope.params, limit, *noted, *beside.params))
    return [row_of(values) for values in found]


def count_rows(selection: Selection) -> int:
    """How many rows satisfy the condition; without one, nothing is counted."""
    if selection.condition is None:
        return standing(selection).total
    scope = selection.scope
    text = f"SELECT count(*) FROM {selection.bindings.name} WHERE {scope.text}"
    return int(_ask(text, scope.params, selection.proof)[0][0])


def count_and_note(selection: Selection, note: Note, rows: list[Row]) -> int:
    """How many rows satisfy the condition; the page, which is full, is remembered with it."""
    scope, walk, start = selection.scope, note.walk, note.start_index
    text = _NOTE_COUNT.format(table=selection.bindings.name, scope=scope.text) + " RETURNING total"
    page = (walk.token_id, walk.query, start, rows[0].ordinal, start + len(rows), rows[-1].ordinal, note.removed)
    return int(_fetch(text, (*page, *scope.params))[0][0])


NOBODY = Walk(UUID(int=0), b"")


def standing(selection: Selection, walk: Walk = NOBODY) -> Standing:
    """What is known of the list without looking at it."""
    params = (selection.organization_id, selection.bindings.kind, walk.token_id, walk.query)
    total, removed, *page = _ask(_STANDING, params, selection.proof)[0]
    return Standing(total, removed, None if page[0] is None else Remembered(*page))


def row_of(values: tuple[Any, ...]) -> Row:
    pk, document, version, created, modified, *rest = values
    return Row(pk, document, version, date_time(created), date_time(modified), *rest)


def date_time(text: str) -> str:
    """PostgreSQL's `2026-01-31 12:00:00.5+00` as xsd:dateTime in UTC with milliseconds (RFC 7643 §2.3.5)."""
    return f"{text[:10]}T{text[11:19]}.{text[20:-3]:0<3.3}Z"


def _ask(text: str, params: tuple[Any, ...], proof: Proof | None) -> list[tuple[Any, ...]]:
    """The rows of a query whose first column is never null; with it goes the question whether the proof holds."""
    if proof is None or proof.is_given:
        return _fetch(text, params)
    found = _fetch(_PROVED.format(query=text), (*proof.params, *params))
    proof.require(found[0][0])
    return [values for _, *values in found if values[0] is not None]  # type: ignore[misc]


def _fetch(text: str, params: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(text, params)
        return list(cursor.fetchall())
