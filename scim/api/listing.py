"""Queries over one or more resource types: reads the parameters and writes the ListResponse as text."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from uuid import UUID

import orjson

from controlhub.sql.counts import TooManyMatchesError
from controlhub.sql.pages import Page
from controlhub.sql.room import Room
from controlhub.sql.selection import MOST_FOUND
from scim.api.pagination import parse_count, parse_window
from scim.api.parameters import split_names
from scim.protocol import urns
from scim.protocol.errors import InvalidCursor, InvalidFilter, InvalidValue
from scim.protocol.grammar import parse_attribute_path, parse_filter
from scim.protocol.leniency import Tolerance
from scim.protocol.nodes import AttributePath, attribute_paths
from scim.protocol.project import WHOLE, Projection, parse_projection
from scim.protocol.schemas import Document, Json, ResourceSchema
from scim.resources.base import Context, ResourceHandler
from scim.resources.cursors import Position, read_cursor, write_cursor
from scim.resources.pages import Listing, Query, Window, cursor_page, index_page, listing
from scim.resources.queries.order import parse_sort
from scim.resources.turns import turn

Parameters = Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Part:
    """One resource type's part of the response."""

    listing: Listing
    projection: Projection


def list_page(handlers: Sequence[ResourceHandler], parameters: Parameters, context: Context) -> bytes:
    """The requested page as a ListResponse in UTF-8, over one resource type after another.

    `parameters` are those of RFC 7644 §3.4.2 and RFC 9865 §2, by lowercase name.
    """
    parts = _parts(handlers, parameters, context)
    try:
        return _page(parts, parameters, context)
    except TooManyMatchesError:
        return _page(_parts(handlers, parameters, context, is_scan=True), parameters, context)


def _page(parts: list[Part], parameters: Parameters, context: Context) -> bytes:
    cursor = parameters.get("cursor")
    if cursor is None:
        window = parse_window(parameters.get("startindex"), parameters.get("count"))
        with _turn(parts, window.offset, context):
            return _by_index(parts, window, context)
    if str(parameters.get("startindex") or "1") != "1":
        raise InvalidValue("Send either 'cursor' or 'startIndex', not both.")
    count = parse_count(parameters.get("count"))
    with _turn(parts, 0, context):
        return _by_cursor(parts, cursor, count, context)


def _turn(parts: list[Part], offset: int, context: Context) -> AbstractContextManager[None]:
    """A context manager for the query, which limits queries that no index serves."""
    unserved = [part.listing for part in parts if not part.listing.is_indexed(offset)]
    if not unserved:
        return nullcontext()

    def advice() -> str:
        return " ".join(f"Indexed for {part.handler.name}: {part.handler.indexed}." for part in unserved)

    return turn(UUID(context.actor.id), context.organization.pk, advice)


def _parts(
    handlers: Sequence[ResourceHandler], parameters: Parameters, context: Context, *, is_scan: bool = False
) -> list[Part]:
    text = parameters.get("filter")
    node = parse_filter(require_text(text, "filter")) if text is not None else None
    sort = parse_sort(parameters.get("sortby"), parameters.get("sortorder"))
    query = Query(node, sort)
    if Tolerance.URN_WITH_DOT not in context.leniency.allowed:
        require_colons(query, [handler.schema for handler in handlers])
    parts = []
    for handler in handlers:
        projection = projection_of(parameters, handler, context)
        others = [other.queried(context) for other in handlers if other is not handler]
        parts.append(Part(listing(handler, query, context, projection, others, is_scan=is_scan), projection))
    return parts


def _by_index(parts: list[Part], window: Window, context: Context) -> bytes:
    total, count, texts, offset, wanted, room = 0, 0, list[bytes](), window.offset, window.count, Room()
    for part in parts:
        size, page = index_page(part.listing, offset, wanted, room, context)
        total, count, offset = total + size, count + page.size, max(0, offset - size)
        wanted, room = 0 if page.is_cut else wanted - page.size, room.behind(page.bytes, page.size)
        texts += _text(part, page)
    return _response({"totalResults": total, "startIndex": window.start_index, "itemsPerPage": count}, texts)


def _by_cursor(parts: list[Part], cursor: Json, count: int, context: Context) -> bytes:
    if not isinstance(cursor, str):
        raise InvalidCursor
    query = "\n".join([*(part.listing.handler.endpoint for part in parts), parts[0].listing.query.text])
    organization_id = context.organization.pk
    position = read_cursor(cursor, organization_id=organization_id, query=query) if cursor else None
    if position and position.total > MOST_FOUND and any(part.listing.selection.is_looked_up_first for part in parts):
        raise TooManyMatchesError
    total, found, ahead, behind = cursor_page([part.listing for part in parts], position, count)

    def written(position: Position) -> str:
        return write_cursor(position, organization_id=organization_id, query=query)

    head: Document = {"totalResults": total, "itemsPerPage": sum(page.size for _, page in found)}
    if behind:
        head["previousCursor"] = written(behind)
    if ahead:
        head["nextCursor"] = written(ahead)
    return _response(head, [text for index, page in found for text in _text(parts[index], page)])


def _text(part: Part, page: Page) -> list[bytes]:
    """The resources of a page, separated by commas, if there are any."""
    return [part.listing.handler.projected(page.text, part.projection)] if page.size else []


def _response(head: Document, texts: list[bytes]) -> bytes:
    start = orjson.dumps({"schemas": [urns.LIST_RESPONSE], **head})[:-1]
    return b"".join((start, b',"Resources":[', b",".join(texts), b"]}"))


def projection_of(parameters: Parameters, handler: ResourceHandler, context: Context) -> Projection:
    """Reads `attributes` and `excludedAttributes`, and Webex's `returnGroups` and `includeMembers` if false."""
    if not parameters:
        return WHOLE
    excluded = list(split_names(parameters.get("excludedattributes")))
    if is_no(parameters.get("returngroups")) and handler.bindings.table.related_name == "groups":
        excluded.append("groups")
    if is_no(parameters.get("includemembers")) and handler.bindings.table.related_name == "members":
        excluded.append("members")
    return parse_projection(
        split_names(parameters.get("attributes")), excluded, handler.queried(context), context.leniency
    )


def require_colons(query: Query, schemas: Sequence[ResourceSchema]) -> None:
    """Raises InvalidFilter or InvalidValue if a dot separates a URN from its attribute."""
    for path in attribute_paths(query.node) if query.node else ():
        if has_dotted_urn(path, schemas):
            raise InvalidFilter(f"Put a colon between the URN and the attribute in '{path}'.")
    if query.sort.by and has_dotted_urn(parse_attribute_path(query.sort.by), schemas):
        raise InvalidValue(f"Put a colon between the URN and the attribute in '{query.sort.by}'.")


def has_dotted_urn(path: AttributePath, schemas: Sequence[ResourceSchema]) -> bool:
    return any((target := schema.resolve(path)) and target.has_dotted_urn for schema in schemas)


def is_no(value: Json) -> bool:
    return value is False or (isinstance(value, str) and value.lower() == "false")


def require_text(value: Json, name: str) -> str:
    if not isinstance(value, str):
        raise InvalidFilter(f"'{name}' must be a string.")
    return value
