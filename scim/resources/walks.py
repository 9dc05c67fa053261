"""Pages by index in order of creation, for clients that walk through a whole list.

Where the page sent last to a token began and ended is remembered (controlhub.models.PagePosition): who asks for the
next one, or for that one again, pays for the page and not for those before it, and misses nobody when rows before it
are removed meanwhile (docs/decisions/0010).
"""

from dataclasses import dataclass
from uuid import UUID

from scim.resources.rows import COLUMNS, NOTHING, PAGE_COLUMNS, Row, Selection, ask, rows_of
from scim.resources.sql import Sql

_TOTAL = len(Row._fields) + 1
_KNOWN = """
known AS MATERIALIZED (
    SELECT %s::bigint AS skipped, c.*, p.start_index, p.first, p.next_index, p.last, p.total, p.removed AS removed_then
    FROM (SELECT COALESCE(sum(rows), 0)::bigint AS rows, COALESCE(sum(removed), 0)::bigint AS removed
        FROM controlhub_rowcount WHERE organization_id = %s AND kind = %s) AS c
    LEFT JOIN controlhub_pageposition p
        ON p.token_id = %s AND p.query = %s AND p.noted_at > now() - interval '15 minutes')"""
_START = """
start AS MATERIALIZED (SELECT {ordinal} AS ordinal, {total} AS total, removed FROM known)"""
_WALK_ON = """CASE
    WHEN next_index = skipped + 1 THEN last + 1
    WHEN start_index = skipped + 1 AND removed_then = removed AND {unfiltered} THEN first
    WHEN {unfiltered} AND rows / 2 < skipped AND skipped < rows THEN
        (SELECT ordinal FROM {table} WHERE {scope} ORDER BY ordinal DESC LIMIT 1 OFFSET rows - skipped - 1)
    ELSE (SELECT ordinal FROM {table} WHERE {scope} ORDER BY ordinal LIMIT 1 OFFSET skipped)
    END"""
_TOLD = "CASE WHEN next_index = skipped + 1 AND total >= 0 THEN total END"
_PAGE = """
page AS MATERIALIZED (SELECT {columns}, {beside} AS beside FROM {table}
    WHERE {scope} AND {table}.ordinal >= (SELECT ordinal FROM start) ORDER BY {table}.ordinal LIMIT {limit})"""
_NOTE = """
INSERT INTO controlhub_pageposition AS p
    (token_id, query, start_index, next_index, first, last, total, removed, noted_at)
SELECT %s, %s, %s, %s, {values}, now() {source}
ON CONFLICT (token_id, query) DO UPDATE SET start_index = excluded.start_index, next_index = excluded.next_index,
    first = excluded.first, last = excluded.last, total = excluded.total, removed = excluded.removed,
    noted_at = excluded.noted_at"""
_NOTE_PAGE = _NOTE.format(
    values="min(page.ordinal), max(page.ordinal), COALESCE(min(total), -1), min(removed)",
    source="FROM page, start HAVING count(*) = %s",
)
_NOTE_COUNT = _NOTE.format(values="%s, %s, count(*), 0", source="FROM {table} WHERE {scope}") + " RETURNING total"


@dataclass(frozen=True, slots=True)
class Walk:
    """Who walks through which list."""

    token_id: UUID
    query: bytes


def walked_page(selection: Selection, walk: Walk, *, offset: int, limit: int) -> tuple[int | None, list[Row]]:
    """A page, in one statement, and the total, None where it must be counted. A full page is remembered.

    Without a condition the total is always known, with one only to who walks on.
    """
    name, beside, scope = selection.bindings.name, selection.beside or NOTHING, selection.scope
    known = Sql(_KNOWN, (offset, selection.organization_id, selection.bindings.kind, walk.token_id, walk.query))
    page = Sql(
        _PAGE.format(columns=PAGE_COLUMNS, beside=beside.text, table=name, scope=scope.text, limit=int(limit)),
        (*beside.params, *scope.params),
    )
    noted = Sql(f"noted AS ({_NOTE_PAGE})", (walk.token_id, walk.query, offset + 1, offset + 1 + limit, limit))
    parts = (known, _start(selection, offset), page, noted)
    after = Sql(",".join(part.text for part in parts), tuple(value for part in parts for value in part.params))
    columns = f"{COLUMNS}, beside, NULL, {selection.told}, (SELECT total FROM start)"
    query = Sql(f"SELECT {columns} FROM page ORDER BY ordinal")
    found = ask(query, selection.proof, after=after)
    return (found[0][_TOTAL] if found else None), rows_of(found, selection.marks)


def count_and_note(selection: Selection, walk: Walk, start_index: int, rows: list[Row]) -> int:
    """How many rows satisfy the condition; the page, which is full, is remembered with it."""
    scope, table = selection.scope, selection.bindings.name
    page = (walk.token_id, walk.query, start_index, start_index + len(rows), rows[0].ordinal, rows[-1].ordinal)
    query = Sql(_NOTE_COUNT.format(table=table, scope=scope.text), (*page, *scope.params))
    return int(ask(query, None)[0][0])


def _start(selection: Selection, offset: int) -> Sql:
    """Where the page begins, and the total if it is known."""
    unfiltered = selection.condition is None
    total = "rows" if unfiltered else _TOLD
    if not offset:
        return Sql(_START.format(ordinal="0::bigint", total=total))
    scope = selection.scope
    ordinal = _WALK_ON.format(
        unfiltered="TRUE" if unfiltered else "FALSE", table=selection.bindings.name, scope=scope.text
    )
    return Sql(_START.format(ordinal=ordinal, total=total), (*scope.params, *scope.params))
