"""Lists, page by page: by index (RFC 7644 §3.4.2.4) or by cursor (RFC 9865)."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from scim.protocol.nodes import Node
from scim.protocol.project import Projection
from scim.protocol.schemas import ResourceSchema
from scim.resources.base import Context, ResourceHandler
from scim.resources.cursors import Position
from scim.resources.order import Order, Sort, order_of
from scim.resources.rows import Note, Row, Selection, Standing, Walk, count_and_note, count_rows, select_page, standing
from scim.resources.sql import Sql, where


@dataclass(frozen=True, slots=True)
class Window:
    """One page by index: `start_index` counts from 1."""

    start_index: int
    count: int

    @property
    def offset(self) -> int:
        return self.start_index - 1


@dataclass(frozen=True, slots=True)
class Query:
    """What a client lists: the resources of these types that satisfy `node`, in this order; `text` names it."""

    node: Node | None
    sort: Sort
    text: str

    def digest(self, handler: ResourceHandler) -> bytes:
        return hashlib.blake2b(f"{handler.endpoint}\n{self.text}".encode(), digest_size=16).digest()


@dataclass(frozen=True, slots=True)
class Listing:
    """One type's part of a query, ready to be selected."""

    handler: ResourceHandler
    selection: Selection
    order: Order
    query: Query


def listing(
    handler: ResourceHandler,
    query: Query,
    context: Context,
    projection: Projection,
    others: Sequence[ResourceSchema] = (),
) -> Listing:
    """Bind a query to one type. `others` are the schemas searched with it, whose attributes this type lacks."""
    condition = where(query.node, handler.schema, handler.bindings, others) if query.node else None
    beside = handler.beside(projection, context)
    selection = Selection(handler.bindings, context.organization.pk, condition, beside, context.proof)
    return Listing(handler, selection, order_of(query.sort, handler.schema, handler.bindings), query)


def index_page(part: Listing, offset: int, limit: int, context: Context) -> tuple[int, list[Row]]:
    """How many resources satisfy the query, and those of one page."""
    if limit == 0:
        return count_rows(part.selection), []
    if part.order.expression is not None:
        rows = select_page(part.selection, order=part.order.terms(), limit=limit, offset=offset)
        return _total(part, offset, limit, rows), rows
    walk = Walk(UUID(context.actor.id), part.query.digest(part.handler))
    if part.selection.condition is not None and offset == 0:
        rows = select_page(part.selection, order=part.order.terms(), limit=limit)
        full = len(rows) == limit
        return (count_and_note(part.selection, Note(walk, 1), rows) if full else len(rows)), rows
    return _walked_page(part, offset, limit, walk)


def _walked_page(part: Listing, offset: int, limit: int, walk: Walk) -> tuple[int, list[Row]]:
    """A page in order of creation. Who walks on from the page sent last pays for this page only, and misses nobody."""
    known = standing(part.selection, walk)
    beyond, total = _continued(part, known, offset + 1)
    if part.selection.condition is None:
        total = known.total
        beyond = beyond or _from_the_end(part, offset, total)
    rows = select_page(
        part.selection,
        order=part.order.terms(),
        limit=limit,
        offset=0 if beyond else offset,
        beyond=beyond,
        note=Note(walk, offset + 1, -1 if total is None else total, known.removed),
    )
    return (_total(part, offset, limit, rows) if total is None else total), rows


def _continued(part: Listing, known: Standing, start_index: int) -> tuple[Sql | None, int | None]:
    """Beyond what a page begins, if it follows the page sent last or is that page again; the total told to the walk."""
    last = known.remembered
    if last is None or start_index == 1:
        return None, None
    total = last.total if last.total >= 0 else None
    if last.next_index == start_index:
        return Sql(f"{part.order.key} > %s", (last.last,)), total
    if last.start_index == start_index and last.removed == known.removed and part.selection.condition is None:
        return Sql(f"{part.order.key} >= %s", (last.first,)), total
    return None, None


def _from_the_end(part: Listing, offset: int, total: int) -> Sql | None:
    """A page of the second half is counted off from the end."""
    if not total / 2 < offset < total:
        return None
    scope, order = part.selection.scope, part.order.terms(backwards=True)
    text = f"SELECT ordinal FROM {part.selection.bindings.name} WHERE {scope.text} ORDER BY {order} LIMIT 1 OFFSET %s"
    return Sql(f"{part.order.key} >= ({text})", (*scope.params, total - offset - 1))


def _total(part: Listing, offset: int, limit: int, rows: list[Row]) -> int:
    """A page that is not full tells the total itself."""
    if len(rows) < limit and (rows or not offset):
        return offset + len(rows)
    return count_rows(part.selection)


def cursor_page(
    parts: Sequence[Listing], position: Position | None, limit: int
) -> tuple[int, list[tuple[Listing, Row]], Position | None, Position | None]:
    """Total, rows, and the positions of the next and the previous page, over one type after the other."""
    total = position.total if position else sum(count_rows(part.selection) for part in parts)
    if limit == 0:
        return total, [], None, None
    backwards = position is not None and position.backwards
    found: list[tuple[Listing, Row]] = []
    first = position.type_index if position else 0
    for index in range(first, -1, -1) if backwards else range(first, len(parts)):
        part = parts[index]
        beyond = None
        if position and index == first:
            beyond = part.order.beyond(position.value, position.ordinal, backwards=backwards)
        rows = select_page(
            part.selection,
            order=part.order.terms(backwards=backwards),
            limit=limit + 1 - len(found),
            beyond=beyond,
            position=part.order.expression or "NULL",
        )
        found += [(part, row) for row in rows]
        if len(found) > limit:
            break
    more, found = len(found) > limit, found[:limit]
    if backwards:
        found.reverse()
    ahead = _position(parts, found[-1], total, backwards=False) if found and (more or backwards) else None
    behind = _position(parts, found[0], total, backwards=True) if found and (more if backwards else position) else None
    return total, found, ahead, behind


def _position(parts: Sequence[Listing], at: tuple[Listing, Row], total: int, *, backwards: bool) -> Position:
    part, row = at
    return Position(parts.index(part), row.position, row.ordinal, total, backwards)
