"""Pagination of lists by index (RFC 7644 §3.4.2.4) or by cursor (RFC 9865)."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from uuid import UUID

from controlhub.database.outages import with_note
from controlhub.sql.counts import TooManyMatchesError, count_rows
from controlhub.sql.pages import Page, SortPosition, select_few, select_page
from controlhub.sql.room import Room
from controlhub.sql.selection import MOST_FOUND, Selection
from controlhub.sql.walks import Walk, count_and_note, walked_page
from scim.protocol.nodes import Node
from scim.protocol.project import Projection
from scim.protocol.schemas import ResourceSchema
from scim.resources.base import Context, ResourceHandler, dump
from scim.resources.cursors import Position
from scim.resources.queries.filters import where
from scim.resources.queries.order import Order, Sort, order_of

KEYS = 2
"""The version of sort keys. A cursor with a key of another version is invalid."""
MOST_SKIPPED = 10_000
"""The maximum number of rows that an indexed sort may skip by `startIndex`, because each of them is read."""


@dataclass(frozen=True, slots=True)
class Window:
    """One page by index. `start_index` starts at 1."""

    start_index: int
    count: int

    @property
    def offset(self) -> int:
        return self.start_index - 1


@dataclass(frozen=True, slots=True)
class Query:
    """A client's query: the resources that satisfy `node`, in this order."""

    node: Node | None
    sort: Sort

    @property
    def text(self) -> str:
        """A string that identifies the query."""
        sort = [self.sort.by.lower(), self.sort.descending, KEYS] if self.sort.by else [None, False]
        return dump([str(self.node) if self.node else None, *sort])

    def digest(self, handler: ResourceHandler) -> bytes:
        return hashlib.blake2b(f"{handler.endpoint}\n{self.text}".encode(), digest_size=16).digest()


@dataclass(frozen=True, slots=True)
class Listing:
    """One type's part of a query, ready to run."""

    handler: ResourceHandler
    selection: Selection
    order: Order
    query: Query

    def is_indexed(self, offset: int = 0) -> bool:
        """Whether an index serves both the page after `offset` rows and the total."""
        if self.selection.condition:
            return self.selection.condition.is_indexed
        return self.order.column is None or (self.order.is_indexed and offset <= MOST_SKIPPED)

    def within(self, room: Room) -> "Listing":
        """The same listing, limited to the room that other types have left."""
        selection = self.selection.within(room)
        return self if selection is self.selection else replace(self, selection=selection)


def listing(
    handler: ResourceHandler,
    query: Query,
    context: Context,
    projection: Projection,
    others: Sequence[ResourceSchema] = (),
    *,
    is_scan: bool = False,
) -> Listing:
    """Bind a query to one type. `others` are the other schemas in the query, whose attributes this type may lack.

    With `is_scan`, its filter uses no index.
    """
    values, condition = handler.parameters(context), None
    if query.node:
        schema = handler.queried(context)
        condition = where(query.node, schema, handler.bindings, values, others, is_scan=is_scan)
    related = handler.related(projection, context)
    selection = Selection(handler.bindings.table, values.values, condition, related, context.proof)
    return Listing(handler, selection, order_of(query.sort, handler.queried(context), handler.bindings), query)


def index_page(part: Listing, offset: int, limit: int, room: Room, context: Context) -> tuple[int, Page]:
    """The total number of resources that satisfy the query, and one page of them, as many as fit in the room."""
    if limit == 0:
        return count_rows(part.selection), Page()
    if part.selection.is_looked_up_first and offset + limit > MOST_FOUND:
        raise TooManyMatchesError
    part = part.within(room)
    total, page = _rows_by_index(part, offset, limit, context)
    while page.fitting:
        total, page = _rows_by_index(part, offset, page.fitting, context)
        page = page._replace(is_cut=True)
    if page.fitting == 0:
        return count_rows(part.selection), Page(is_cut=True)
    if page.size < limit and (page.size or not offset) and not page.is_cut:
        return offset + page.size, page  # a partial page determines the total
    if total is None and page.size and part.order.expression is None:
        total = _total_of_first_page(part, offset, page, context)
    return (count_rows(part.selection) if total is None else total), page


def _rows_by_index(part: Listing, offset: int, limit: int, context: Context) -> tuple[int | None, Page]:
    """The total if it is known, and a page."""
    selection = part.selection
    if part.order.expression is not None:
        return None, select_page(selection, order=part.order.terms(), limit=limit, offset=offset)
    finds_few = selection.condition is not None and selection.condition.finds_few
    if not offset and finds_few and (page := select_few(selection, limit=limit)):
        return None, page
    if offset or selection.condition is None:
        return _walked_page(part, offset, limit, context)
    return None, select_page(selection, order=part.order.terms(), limit=limit)


def _walked_page(part: Listing, offset: int, limit: int, context: Context) -> tuple[int | None, Page]:
    """A page whose position is stored for the next page, unless the database is read-only."""
    page = partial(walked_page, part.selection, walk_of(part, context), offset=offset, limit=limit)
    return with_note(partial(page, is_noted=True), partial(page, is_noted=False))


def _total_of_first_page(part: Listing, offset: int, page: Page, context: Context) -> int:
    """The counted total. The position of the full first page is stored, unless the database is read-only."""
    selection = part.selection
    return with_note(
        lambda: count_and_note(selection, walk_of(part, context), offset + 1, page), lambda: count_rows(selection)
    )


def walk_of(part: Listing, context: Context) -> Walk:
    return Walk(UUID(context.actor.id), part.query.digest(part.handler))


def cursor_page(
    parts: Sequence[Listing], position: Position | None, limit: int
) -> tuple[int, list[tuple[int, Page]], Position | None, Position | None]:
    """The total, pages by the index of their part, and the positions of the next and previous page.

    Types are listed one after another.
    """
    total = position.total if position else sum(count_rows(part.selection) for part in parts)
    if limit == 0:
        return total, [], None, None
    backwards = position is not None and position.backwards
    found: list[tuple[int, Page]] = []
    first, wanted, has_more, room = position.type_index if position else 0, limit, False, Room()
    for index in range(first, -1, -1) if backwards else range(first, len(parts)):
        part = parts[index].within(room)
        page = _part_page(part, position if index == first else None, wanted, backwards=backwards)
        wanted, room = wanted - page.size, room.behind(page.bytes, page.size)
        if page.size:
            found.append((index, page))
        if has_more := page.has_more:
            break
    if not found:
        return total, [], None, None
    if backwards:
        found.reverse()
    (head, start), (tail, end) = (found[0][0], found[0][1].first), (found[-1][0], found[-1][1].last)
    ahead = _position(tail, end, total, backwards=False) if has_more or backwards else None
    behind = _position(head, start, total, backwards=True) if (has_more if backwards else position) else None
    return total, found, ahead, behind


def _part_page(part: Listing, position: Position | None, limit: int, *, backwards: bool) -> Page:
    """One type's rows in a page, from a position in the type or from its beginning."""
    selection, after = part.selection, ""
    if position:
        after = part.order.after(has_value=position.value is not None, backwards=backwards)
        from_there = {"after_value": position.value, "after_ordinal": position.ordinal}
        selection = replace(selection, values={**selection.values, **from_there})
    select = partial(
        select_page,
        selection,
        order=part.order.terms(backwards=backwards),
        after=after,
        sort_value=part.order.expression or "NULL",
        backwards=backwards,
    )
    page = select(limit=limit)
    while page.fitting is not None:
        page = select(limit=page.fitting)
    return page


def _position(index: int, at: SortPosition | None, total: int, *, backwards: bool) -> Position:
    assert at is not None  # noqa: S101 — the page has rows
    return Position(index, at.value, at.ordinal, total, backwards)
