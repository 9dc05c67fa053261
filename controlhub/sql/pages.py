"""One page of resources in one statement: the database selects the rows and builds their JSON."""

from functools import cache
from typing import NamedTuple

from controlhub.sql.fetching import fetch_rows
from controlhub.sql.room import SMALL
from controlhub.sql.selection import PAGE_COLUMNS, ResourceTable, Selection, json_text

META_BYTES = 400
"""Approximately how many bytes `id` and `meta` add to a document."""
FEW = 3
"""The maximum number of rows for a condition that finds few."""

# The text is NULL if it does not fit.
_AS_JSON = """
SELECT CASE count WHEN 0 THEN (SELECT count(*) FROM page) ELSE count END,
    CASE WHEN octet_length(text) <= %(room)s THEN convert_to(text, 'UTF8') END,
    GREATEST({page_bytes}, octet_length(text)),
    {names}
FROM (
    SELECT count(*) AS count,
        string_agg({json}, ',' ORDER BY {order}){filter} AS text,
        {aggregates}
    FROM {page}
    WHERE {fits}
) AS page"""
# The limit is not a parameter: a plan for any limit would expect to read a tenth of the rows.
_PAGE = """
WITH page AS MATERIALIZED (
    SELECT *, row_number() OVER () AS n, count(*) OVER () AS size FROM (
        {rows}, ({sort_value})::text AS sort_value
        FROM {table}
        WHERE {chosen}
        ORDER BY {order}
        LIMIT {limit}
    ) AS row
){as_json}"""
_ENDS = """min(sort_value) FILTER (WHERE n = 1) AS first,
        min(ordinal) FILTER (WHERE n = 1) AS first_ordinal,
        min(sort_value) FILTER (WHERE n = LEAST(size, %(limit)s)) AS last,
        min(ordinal) FILTER (WHERE n = LEAST(size, %(limit)s)) AS last_ordinal"""
# The rows before the page are skipped in the index alone.
_SKIPPED = """{all_rows} AND ordinal = ANY(ARRAY(
            SELECT ordinal FROM {table}
            WHERE {chosen}
            ORDER BY {order}
            LIMIT {limit} OFFSET %(offset)s))"""
# OFFSET 0: the condition's own index finds the rows, whatever the order. Rows are not numbered, stored or aggregated
# for a page that usually has one row.
_FEW = """
SELECT ordinal,
    CASE WHEN bytes <= {small} THEN {json} END,
    bytes
FROM (
    SELECT *, CASE WHEN bytes <= {small} THEN {related} END AS related
    FROM (
        {rows}
        FROM {table}
        WHERE {chosen}
        OFFSET 0
    ) AS {table}
    ORDER BY ordinal
    LIMIT %(limit)s
) AS page"""


class SortPosition(NamedTuple):
    """The position of a row in an order: its sort value as text, and its number in the order of creation."""

    value: str | None
    ordinal: int


class Page(NamedTuple):
    """Resources as they are sent: their number, their JSON in UTF-8 separated by commas, the first and last position.

    `has_more` says that others follow. The database joins the JSON: fetching row by row makes a page of a hundred twice
    as expensive (docs/decisions/0016). `bytes` is the size of the rows. A page that is too large has no rows, but
    `fitting` says how many fit; `is_cut` says that it would have more rows if they were smaller.
    """

    size: int = 0
    text: bytes = b""
    first: SortPosition | None = None
    last: SortPosition | None = None
    has_more: bool = False
    bytes: int = 0
    fitting: int | None = None
    is_cut: bool = False


def select_page(
    selection: Selection,
    *,
    order: str,
    limit: int,
    offset: int = 0,
    after: str = "",
    sort_value: str = "NULL",
    backwards: bool = False,
) -> Page:
    """Returns one page in the order of these terms, `after` a position. `backwards` reverses it once it is found."""
    chosen = f"{selection.ordered_rows} AND ({after})" if after else selection.ordered_rows
    name = selection.table.name
    if offset:
        all_rows = selection.all_rows
        chosen = _SKIPPED.format(all_rows=all_rows, table=name, chosen=chosen, order=order, limit=limit + 1)
    as_json = page_as_json(
        selection,
        order="n DESC" if backwards else "n ASC",
        aggregates=_ENDS,
        names="first, first_ordinal, last, last_ordinal",
        only=" WHERE n <= %(limit)s",
    )
    text = _PAGE.format(
        rows=page_rows(selection),
        sort_value=sort_value,
        table=name,
        chosen=chosen,
        order=order,
        limit=limit + 1,
        as_json=as_json,
    )
    values = {**selection.values, "limit": limit, "offset": offset, "room": selection.room.bound(limit)}
    (found,) = fetch_rows(text, values, selection.proof, is_binary=True)
    count, texts, size, near_value, near, far_value, far, *_ = found
    if not count or not limit:
        return Page(has_more=bool(count))
    if texts is None:
        return Page(fitting=selection.room.fewer(min(count, limit), size))
    ends = SortPosition(near_value, near), SortPosition(far_value, far)
    first, last = reversed(ends) if backwards else ends
    return Page(min(count, limit), joined(texts), first, last, count > limit, size)


def select_few(selection: Selection, *, limit: int) -> Page | None:
    """Returns the first of the few rows that a condition finds, in the order of creation. Does not check `has_more`.

    Returns None if there are more than FEW, or one is not SMALL.
    """
    text = _FEW.format(
        small=SMALL,
        json=json_text(selection.table.related_name, selection.table.etag_part),
        related=selection.related.text or "NULL",
        rows=page_rows(selection),
        table=selection.table.name,
        chosen=selection.unordered_rows,
    )
    found = fetch_rows(text, {**selection.values, "limit": min(limit, FEW + 1)}, selection.proof)
    if not found:
        return Page()
    if len(found) > FEW or any(row[1] is None for row in found):
        return None
    texts = joined(",".join([row[1] for row in found]).encode())
    return Page(len(found), texts, SortPosition(None, found[0][0]), SortPosition(None, found[-1][0]), bytes=len(texts))


def page_rows(selection: Selection) -> str:
    """Returns SELECT and the columns of a page's rows."""
    related_bytes = f" + {selection.related.bytes}" if selection.related.bytes else ""
    return f"SELECT {PAGE_COLUMNS}, document_size + {META_BYTES}{related_bytes} AS bytes"


def page_as_json(
    selection: Selection, *, order: str, aggregates: str, names: str, only: str = "", page_bytes: str = ""
) -> str:
    """Returns a query of the relation `page`: the number of its rows, their JSON, their bytes, and more aggregates.

    The JSON contains the rows that satisfy `only`, a WHERE clause. `page_bytes` is a query for their bytes, if another
    part of the statement has them.
    """
    page_bytes = page_bytes or f"(SELECT sum(bytes) FROM page{only})"
    related_texts = selection.related.text, selection.related.of_page
    return _as_json_text(selection.table, related_texts, order, aggregates, names, only, page_bytes)


@cache
def _as_json_text(
    table: ResourceTable,
    related_texts: tuple[str, str],
    order: str,
    aggregates: str,
    names: str,
    only: str,
    page_bytes: str,
) -> str:
    """Build the SQL once for each resource type and kind of page: nothing in it depends on a filter."""
    fits = f"{page_bytes} <= %(room)s"
    return _AS_JSON.format(
        page_bytes=page_bytes,
        names=names,
        json=json_text(table.related_name, table.etag_part),
        order=order,
        filter=f" FILTER ({only.strip()})" if only else "",  # else the rows would lose their order
        aggregates=aggregates,
        page=_page_with_related(table.name, *related_texts, fits),
        fits=fits,
    )


def _page_with_related(table: str, text: str, of_page: str, fits: str) -> str:
    """Returns the relation `page` with its `related` arrays, which are read only if the rows fit."""
    if of_page:
        return f"page LEFT JOIN ({of_page}) AS r(id, related) USING (id)"
    if not text:
        return "(SELECT *, NULL AS related FROM page) AS page"
    # Without OFFSET, `related` would be computed each time it is used.
    return f"""(
        SELECT *, CASE WHEN {fits} THEN {text} END AS related
        FROM page AS {table} OFFSET 0) AS page"""


def joined(text: bytes) -> bytes:
    """Returns the JSON of a page in which the members of each document are merged into its resource.

    The braces of a document are cut off here, because that takes PostgreSQL five times as long as everything else.
    Cutting bytes is much faster than cutting a string, which must be decoded before and encoded after it
    (docs/decisions/0079).
    """
    parts = text.split(b"\x01")
    parts[1::2] = [document[1:-1] for document in parts[1::2]]
    return b"".join(parts)
