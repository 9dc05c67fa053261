"""Pages by index in order of creation, for clients that walk through a whole list.

Where the page sent last to a token began and ended is remembered (controlhub.models.PagePosition): who asks for the
next one, or for that one again, pays for the page and not for those before it, and misses nobody when rows before it
are removed meanwhile (docs/decisions/0010).
"""

from dataclasses import dataclass
from uuid import UUID

from controlhub.database.outages import with_note
from controlhub.models import PagePosition, RowCount
from scim.resources.rows import Page, Place, Selection, ask, count_rows, counted_rows, require_few, unmarked
from scim.resources.sql import Sql

_KNOWN = """
known AS MATERIALIZED (
    SELECT %s::bigint AS skipped, c.*,
        p.start_index, p.first, p.next_index, p.last, p.total, p.removed AS removed_then, p.noted_at
    FROM (SELECT COALESCE(sum(rows), 0)::bigint AS rows, COALESCE(sum(removed), 0)::bigint AS removed
        FROM controlhub_rowcount WHERE organization_id = %s AND kind = %s) AS c
    LEFT JOIN controlhub_pageposition p
        ON p.token_id = %s AND p.query = %s AND p.digest = %s AND p.noted_at > now() - interval '15 minutes')"""
_START = """
start AS MATERIALIZED (SELECT {ordinal} AS ordinal, {total} AS total, removed FROM known)"""
_WALK_ON = """CASE
    WHEN next_index = skipped + 1 THEN last + 1
    {otherwise}
    END"""
_COUNT_OFF = "ELSE (SELECT ordinal FROM {table} WHERE {scope} ORDER BY ordinal LIMIT 1 OFFSET skipped)"
# Without a condition the counters say which bucket of ordinals the row is in, and how many rows are before it. From
# there on rows are counted off, from the nearer end of the bucket.
_BY_BUCKET = f"""WHEN start_index = skipped + 1 AND removed_then = removed THEN first
    ELSE (SELECT CASE
        WHEN skipped - before <= inside / 2 THEN
            (SELECT ordinal FROM {{table}} WHERE {{scope}} AND ordinal >= bucket << {RowCount.BUCKET_BITS}
            ORDER BY ordinal LIMIT 1 OFFSET skipped - before)
        ELSE (SELECT ordinal FROM {{table}} WHERE {{scope}} AND ordinal < (bucket + 1) << {RowCount.BUCKET_BITS}
            ORDER BY ordinal DESC LIMIT 1 OFFSET before + inside - skipped - 1)
        END FROM (
            SELECT bucket, sum(rows)::bigint AS inside,
                (sum(sum(rows)) OVER (ORDER BY bucket) - sum(rows))::bigint AS before
            FROM controlhub_rowcount WHERE organization_id = %s AND kind = %s GROUP BY bucket) AS b
        WHERE skipped < before + inside ORDER BY bucket LIMIT 1)"""
_TOLD = "CASE WHEN next_index = skipped + 1 AND total >= 0 THEN total END"
_ROWS = """WHERE {scope} AND {table}.ordinal >= (SELECT ordinal FROM start) ORDER BY {table}.ordinal LIMIT {limit}"""
_NOTE = """
INSERT INTO controlhub_pageposition AS p
    (token_id, query, digest, start_index, next_index, first, last, total, removed, noted_at)
SELECT %s, %s, %s, %s, %s, {values}, now() {source}
ON CONFLICT (token_id, query) DO UPDATE SET digest = excluded.digest, noted_at = excluded.noted_at,
    start_index = excluded.start_index, next_index = excluded.next_index, first = excluded.first, last = excluded.last,
    total = excluded.total, removed = excluded.removed"""
_SENT = """
sent AS (SELECT count(*) AS size, min(page.ordinal) AS first, max(page.ordinal) AS last,
    COALESCE(min(total), -1) AS total, min(removed) AS removed, sum(bytes) AS bytes
    FROM page, start)"""
# Many who ask for the same page at once would queue at its row, to write there what it says already.
_NEWS = """FROM sent, known WHERE size = %s AND bytes <= %s AND (noted_at > now() - interval '1 minute'
AND (start_index, next_index, known.first, known.last, known.total, removed_then)
    = (skipped + 1, skipped + 1 + size, sent.first, sent.last, sent.total, sent.removed)) IS NOT TRUE"""
_NOTE_PAGE = _NOTE.format(values="sent.first, sent.last, sent.total, sent.removed", source=_NEWS)
_NOTE_COUNT = _NOTE.format(values="%s, %s, {total}, 0", source="") + " RETURNING total"


@dataclass(frozen=True, slots=True)
class Walk:
    """Who walks through which list: `query` is a digest of it."""

    token_id: UUID
    query: bytes

    @property
    def key(self) -> tuple[UUID, bytes, bytes]:
        """Token, slot and digest (controlhub.models.PagePosition)."""
        return self.token_id, bytes([self.query[0] % PagePosition.SLOTS]), self.query


def walked_page(selection: Selection, walk: Walk, *, offset: int, limit: int) -> tuple[int | None, Page]:
    """A page, in one statement, and the total, None where it must be counted. A full page is remembered.

    Without a condition the total is always known, with one only to who walks on. `has_more` is not looked for.
    A database that takes no writes remembers nothing; the page is the same.
    """

    def page(*, is_noted: bool) -> tuple[int | None, Page]:
        return _walked_page(selection, walk, offset=offset, limit=limit, is_noted=is_noted)

    return with_note(lambda: page(is_noted=True), lambda: page(is_noted=False))


def _walked_page(
    selection: Selection, walk: Walk, *, offset: int, limit: int, is_noted: bool
) -> tuple[int | None, Page]:
    scope, bound = selection.scope, selection.room.bound(limit)
    known = Sql(_KNOWN, (offset, selection.organization_id, selection.bindings.kind, *walk.key))
    rows = selection.page_of(_ROWS.format(table=selection.bindings.name, scope=scope.text, limit=int(limit)))
    page = Sql(f"page AS MATERIALIZED ({rows})", scope.params)
    noted = Sql(f"noted AS ({_NOTE_PAGE})", (*walk.key, offset + 1, offset + 1 + limit, limit, bound))
    parts = [known, _start(selection, offset), page]
    if is_noted:
        parts += [Sql(_SENT), noted]
    after = Sql(",".join(part.text for part in parts), tuple(value for part in parts for value in part.params))
    more = {"first": "min(ordinal)", "last": "max(ordinal)", "total": "(SELECT total FROM start)"}
    sent = selection.glued_page(more, limit=limit, order="ordinal")
    ((count, texts, size, first, last, total, *_),) = ask(sent, selection.proof, after=after)
    if not count:
        return total, Page()
    if texts is None:
        return total, Page(fitting=selection.room.fewer(count, size))
    return total, Page(count, unmarked(texts), Place(None, first), Place(None, last), bytes=size)


def count_and_note(selection: Selection, walk: Walk, start_index: int, page: Page) -> int:
    """How many rows satisfy the condition; the page, which is full, is remembered with it."""
    assert page.first  # noqa: S101 — it is full
    assert page.last  # noqa: S101
    counted = counted_rows(selection)
    place = (*walk.key, start_index, start_index + page.size, page.first.ordinal, page.last.ordinal)
    query = Sql(_NOTE_COUNT.format(total=counted.text), (*place, *counted.params))
    return require_few(selection, with_note(lambda: int(ask(query, None)[0][0]), lambda: count_rows(selection)))


def _start(selection: Selection, offset: int) -> Sql:
    """Where the page begins, and the total if it is known."""
    is_filtered = selection.condition is not None
    total = _TOLD if is_filtered else "rows"
    if not offset:
        return Sql(_START.format(ordinal="0::bigint", total=total))
    scope, own = selection.scope, (selection.organization_id, selection.bindings.kind)
    otherwise = (_COUNT_OFF if is_filtered else _BY_BUCKET).format(table=selection.bindings.name, scope=scope.text)
    params = scope.params if is_filtered else (*scope.params, *scope.params, *own)
    return Sql(_START.format(ordinal=_WALK_ON.format(otherwise=otherwise), total=total), params)
