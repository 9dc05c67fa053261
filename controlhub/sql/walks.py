"""Pages by index in order of creation, for clients that page through a whole list.

The start and end of the last page that was sent to a token are remembered (controlhub.models.PagePosition). A request
for the next page, or for the same page again, does not pay for the pages before it, and misses no resource if rows
before it are removed in the meantime (docs/decisions/0010).
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from controlhub.sql.counts import count_text, require_few
from controlhub.sql.fetching import fetch_rows
from controlhub.sql.pages import Page, SortPosition, joined, page_as_json, page_rows
from controlhub.sql.selection import Selection

SLOTS = 64
"""The number of lists that a token can page through at once; see controlhub.models.PagePosition."""
BUCKET_BITS = 14
"""Ordinals that differ only in these last bits are counted together; see controlhub.models.RowCount."""

_KNOWN = """
known AS MATERIALIZED (
    SELECT %(offset)s::bigint AS skipped, c.*,
        p.start_index, p.first, p.next_index, p.last, p.total, p.removed AS removed_then, p.noted_at
    FROM (SELECT COALESCE(sum(rows), 0)::bigint AS rows, COALESCE(sum(removed), 0)::bigint AS removed
        FROM controlhub_rowcount WHERE organization_id = %(organization)s AND kind = %(kind)s) AS c
    LEFT JOIN controlhub_pageposition p ON p.token_id = %(walker)s AND p.query = %(slot)s AND p.digest = %(digest)s
        AND p.noted_at > now() - interval '15 minutes')"""
_START = """
start AS MATERIALIZED (SELECT {ordinal} AS ordinal, {total} AS total, removed FROM known)"""
_NEXT_PAGE = """CASE
    WHEN next_index = skipped + 1 THEN last + 1
    {otherwise}
    END"""
_COUNT_OFF = "ELSE (SELECT ordinal FROM {table} WHERE {rows} ORDER BY ordinal LIMIT 1 OFFSET skipped)"
# Without a condition, the counters give the bucket of ordinals that contains the row, and the number of rows before
# the bucket. Within it, rows are counted from the nearer end.
_BY_BUCKET = f"""WHEN start_index = skipped + 1 AND removed_then = removed THEN first
    ELSE (SELECT CASE
        WHEN skipped - before <= inside / 2 THEN
            (SELECT ordinal FROM {{table}}
            WHERE {{rows}} AND ordinal >= bucket << {BUCKET_BITS}
            ORDER BY ordinal LIMIT 1 OFFSET skipped - before)
        ELSE (SELECT ordinal FROM {{table}}
            WHERE {{rows}} AND ordinal < (bucket + 1) << {BUCKET_BITS}
            ORDER BY ordinal DESC LIMIT 1 OFFSET before + inside - skipped - 1)
        END FROM (
            SELECT bucket, sum(rows)::bigint AS inside,
                (sum(sum(rows)) OVER (ORDER BY bucket) - sum(rows))::bigint AS before
            FROM controlhub_rowcount WHERE organization_id = %(organization)s AND kind = %(kind)s GROUP BY bucket) AS b
        WHERE skipped < before + inside ORDER BY bucket LIMIT 1)"""
_KNOWN_TOTAL = "CASE WHEN next_index = skipped + 1 AND total >= 0 THEN total END"
_PAGE = """
page AS MATERIALIZED (
    {rows}
    FROM {table}
    WHERE {chosen} AND ordinal >= (SELECT ordinal FROM start)
    ORDER BY ordinal LIMIT {limit})"""
_SENT = """,
sent AS (SELECT count(*) AS size, min(page.ordinal) AS first, max(page.ordinal) AS last,
    COALESCE(min(total), -1) AS total, min(removed) AS removed, sum(bytes) AS bytes
    FROM page, start)"""
_NOTE = """
INSERT INTO controlhub_pageposition AS p
    (token_id, query, digest, start_index, next_index, first, last, total, removed, noted_at)
SELECT %(walker)s, %(slot)s, %(digest)s, %(start_index)s, %(next_index)s, {values}, now(){source}
ON CONFLICT (token_id, query) DO UPDATE SET digest = excluded.digest, noted_at = excluded.noted_at,
    start_index = excluded.start_index, next_index = excluded.next_index, first = excluded.first, last = excluded.last,
    total = excluded.total, removed = excluded.removed"""
# Otherwise many concurrent requests for the same page would queue at its row, to write what it already contains.
_NEWS = """
FROM sent, known
WHERE size = %(limit)s AND bytes <= %(room)s AND (noted_at > now() - interval '1 minute'
    AND (start_index, next_index, known.first, known.last, known.total, removed_then)
        = (skipped + 1, skipped + 1 + size, sent.first, sent.last, sent.total, sent.removed)) IS NOT TRUE"""
_NOTED = f"""{_SENT},
noted AS ({_NOTE.format(values="sent.first, sent.last, sent.total, sent.removed", source=_NEWS)})"""
_NOTE_COUNT = _NOTE.format(values="%(first)s, %(last)s, {total}, 0", source="") + " RETURNING total"


@dataclass(frozen=True, slots=True)
class Walk:
    """Identifies which token pages through which list: `digest` is the digest of the list's query."""

    token_id: UUID
    digest: bytes

    @property
    def values(self) -> dict[str, Any]:
        """The primary key of the row that stores the position, and the digest that this row must have."""
        return {"walker": self.token_id, "slot": bytes([self.digest[0] % SLOTS]), "digest": self.digest}


def walked_page(
    selection: Selection, walk: Walk, *, offset: int, limit: int, is_noted: bool
) -> tuple[int | None, Page]:
    """Returns the total, or None if it must be counted, and a page, by one statement. `is_noted` remembers a full page.

    The total is always known without a condition, but with one only if this is the next page. `has_more` is not set.
    """
    page = _PAGE.format(rows=page_rows(selection), table=selection.table.name, chosen=selection.rows, limit=int(limit))
    as_json = page_as_json(
        selection,
        order="ordinal",
        aggregates="min(ordinal) AS first, max(ordinal) AS last, (SELECT total FROM start) AS total",
        names="first, last, total",
        page_bytes="(SELECT bytes FROM sent)" if is_noted else "",
    )
    values = {
        **selection.values,
        **walk.values,
        "offset": offset,
        "start_index": offset + 1,
        "next_index": offset + 1 + limit,
        "limit": limit,
        "room": selection.room.bound(limit),
    }
    with_parts = f"{_KNOWN},{_start(selection, offset)},{page}{_NOTED if is_noted else ''}"
    (found,) = fetch_rows(as_json, values, selection.proof, with_parts=with_parts, is_binary=True)
    count, texts, size, first, last, total, *_ = found
    if not count:
        return total, Page()
    if texts is None:
        return total, Page(fitting=selection.room.fewer(count, size))
    return total, Page(count, joined(texts), SortPosition(None, first), SortPosition(None, last), bytes=size)


def count_and_note(selection: Selection, walk: Walk, start_index: int, page: Page) -> int:
    """Count the rows that satisfy the condition, and remember the page, which is full. Returns the number of rows.

    Raises TooManyMatchesError if an index finds more than MOST_FOUND.
    """
    assert page.first  # noqa: S101 — it is full
    assert page.last  # noqa: S101
    values = {
        **selection.values,
        **walk.values,
        "start_index": start_index,
        "next_index": start_index + page.size,
        "first": page.first.ordinal,
        "last": page.last.ordinal,
    }
    text = _NOTE_COUNT.format(total=count_text(selection))
    return require_few(selection, int(fetch_rows(text, values)[0][0]))


def _start(selection: Selection, offset: int) -> str:
    """Returns SQL for the start of the page, and for the total if it is known."""
    is_filtered = selection.condition is not None
    total = _KNOWN_TOTAL if is_filtered else "rows"
    if not offset:
        return _START.format(ordinal="0::bigint", total=total)
    otherwise = (_COUNT_OFF if is_filtered else _BY_BUCKET).format(table=selection.table.name, rows=selection.rows)
    return _START.format(ordinal=_NEXT_PAGE.format(otherwise=otherwise), total=total)
