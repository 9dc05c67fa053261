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
from scim.resources.rows import Row, Selection, count_rows, select_page
from scim.resources.sql import where
from scim.resources.walks import Walk, count_and_note, walked_page


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
    beside, marks = handler.beside_each(projection, context)
    selection = Selection(handler.bindings, context.organization.pk, condition, beside, context.proof, marks)
    return Listing(handler, selection, order_of(query.sort, handler.schema, handler.bindings), query)


def index_page(part: Listing, offset: int, limit: int, context: Context) -> tuple[int, list[Row]]:
    """How many resources satisfy the query, and those of one page."""
    selection, total = part.selection, None
    if limit == 0:
        return count_rows(selection), []
    walk = Walk(UUID(context.actor.id), part.query.digest(part.handler))
    is_walk = part.order.expression is None
    if is_walk and (offset or selection.condition is None):
        total, rows = walked_page(selection, walk, offset=offset, limit=limit)
    else:
        rows = select_page(selection, order=part.order.terms(), limit=limit, offset=offset)
    if len(rows) < limit and (rows or not offset):
        return offset + len(rows), rows  # a page that is not full tells the total itself
    if total is None and is_walk and rows:
        total = count_and_note(selection, walk, offset + 1, rows)
    return (count_rows(selection) if total is None else total), rows


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
