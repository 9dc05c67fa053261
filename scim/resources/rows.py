"""The statements that read resources: by hand, because every request runs them (docs/decisions/0006).

Table names and conditions come from the bindings and the filter compiler; values are parameters.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from controlhub.models.tokens import Proof
from scim.resources.room import SMALL, WHOLE_PAGE, Room
from scim.resources.sql import Bindings, Sql, join

PAGE_COLUMNS = "id, document, version, moments, ordinal"
AROUND = 400
"""About how many bytes `id` and `meta` add to a document."""
FEW = 3
"""The number of rows that most narrow conditions find at most."""
NOTHING = Sql("NULL")
MOST_FOUND = 10_000
"""Rows that are looked up by an index. To read all rows of an organization is cheaper then, or not much dearer."""
_PROVED = f"SELECT r.*, p.holds FROM (SELECT {Proof.SQL}) AS p(holds) LEFT JOIN ({{query}}) AS r ON TRUE"


class TooManyMatchesError(Exception):
    """An index finds more than MOST_FOUND rows."""


class Row(NamedTuple):
    """One resource as it is read or was written: JSON texts that are glued, not parsed.

    `revision` is what its entity tag says; `moments` the members `created` and `lastModified`; `beside` the array of
    the one attribute that is no part of the stored document, None where it is empty.
    """

    id: str
    document: str
    revision: str
    moments: str
    beside: str | None = None

    @property
    def etag(self) -> str:
        """The weak entity tag."""
        return f'W/"{self.revision}"'


class Place(NamedTuple):
    """Where a row stands in an order: the value it is sorted by, as text, and its place in the order of creation."""

    position: str | None
    ordinal: int


class Page(NamedTuple):
    """Resources as they go out: how many, their JSON texts by commas, where the first and the last stand.

    `has_more` says that others follow. The database glues them: fetched row by row, a page of a hundred costs twice
    as much (docs/decisions/0016). `bytes` is the size of the rows. Too large a page has no rows but says how many are
    `fitting`; `is_cut` says that it would have more if they were smaller.
    """

    size: int = 0
    text: str = ""
    first: Place | None = None
    last: Place | None = None
    has_more: bool = False
    bytes: int = 0
    fitting: int | None = None
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class Selection:
    """Which rows: those of an organization in a table, that satisfy a condition; and what is read beside each.

    `beside_all` is SQL for a relation of ids and what lies beside each row of the relation `page`, where that is found
    for all of them at once; `beside` is for one row. `beside_size` is SQL for its bytes, where the row itself has an
    idea of them. `room` bounds the page.
    `revision` and `glued` are SQL for the revision and the JSON text of a row of a relation with PAGE_COLUMNS and
    `beside` (ResourceHandler.glued).
    A `proof` that was not given yet is asked for in the first statement.
    """

    bindings: Bindings
    organization_id: UUID
    condition: Sql | None = None
    beside: Sql | None = None
    proof: Proof | None = None
    revision: str = "version"
    glued: Sql = NOTHING
    beside_all: Sql | None = None
    beside_size: str = ""
    room: Room = WHOLE_PAGE

    def within(self, room: Room) -> "Selection":
        """The same rows, for a page in which other resources are already."""
        return self if room == self.room else replace(self, room=room)

    def page_of(self, rows: str, *more: str) -> str:
        """The columns of a page's rows, which come from a source that ends with `rows`; and more of them."""
        columns = ", ".join([PAGE_COLUMNS, f"{self.size} AS bytes", *more])
        return f"SELECT {columns} FROM {self.bindings.name} {rows}"

    @property
    def size(self) -> str:
        """SQL for the bytes of a row, as far as the row itself tells them."""
        return f"document_size + {AROUND} + {self.beside_size or 0}"

    def glued_page(
        self, more: Mapping[str, str], params: Iterable[Any] = (), *, limit: int, order: str, within: str = ""
    ) -> Sql:
        """The number of rows of the relation `page`, their text and its bytes, and `more` aggregates by their names.

        The text is NULL if there is no room for it. It is of the rows that satisfy `within`, a WHERE clause that takes
        the limit. `params` are those of the aggregates.
        """
        bound, limits = self.room.bound(limit), (limit,) * within.count("%s")
        weight = f"(SELECT sum(bytes) FROM page{within})"
        fits = Sql(f"{weight} <= %s", (*limits, bound))
        laid = self._laid_beside(fits)
        filtered = (
            f" FILTER ({within.strip()})" if within else ""
        )  # a filter costs the order that the rows have already
        named = "".join(f", {text} AS {name}" for name, text in more.items())
        inner = (
            f"SELECT count(*) AS count, string_agg({self.glued.text}, ',' ORDER BY {order}){filtered} AS text{named}"
        )
        count = "CASE count WHEN 0 THEN (SELECT count(*) FROM page) ELSE count END"
        sent = f"{count}, CASE WHEN octet_length(text) <= %s THEN text END, GREATEST({weight}, octet_length(text))"
        text = f"SELECT {', '.join([sent, *more])} FROM ({inner} FROM {laid.text} WHERE {fits.text}) AS page"
        glued = (*self.glued.params, *limits, *params)
        return Sql(text, (bound, *limits, *glued, *laid.params, *fits.params))

    def _laid_beside(self, fits: Sql) -> Sql:
        """The relation `page` with its `beside`, which is read where the rows fit."""
        if self.beside_all:
            laid = f"page LEFT JOIN ({self.beside_all.text}) AS besides(id, beside) USING (id)"
            return Sql(laid, self.beside_all.params)
        if self.beside is None:
            return Sql("(SELECT *, NULL AS beside FROM page) AS page")
        # OFFSET: what lies beside is found once, not for each use.
        beside = f"SELECT *, CASE WHEN {fits.text} THEN {self.beside.text} END AS beside"
        text = f"({beside} FROM page AS {self.bindings.name} OFFSET 0) AS page"
        return Sql(text, (*fits.params, *self.beside.params))

    @property
    def everything(self) -> Sql:
        """All rows of the organization and type."""
        own = Sql(f"{self.bindings.name}.organization_id = %s", (self.organization_id,))
        return join("AND", [own, self.bindings.discriminator]) if self.bindings.discriminator else own

    @property
    def is_looked_up(self) -> bool:
        """Whether the rows are looked up first, before they are put into their order."""
        return self.condition is not None and self.condition.is_vague

    @property
    def found(self) -> Sql:
        """The scope, its rows looked up first where a plan would rather walk through all rows in their order.

        If there are more than MOST_FOUND, some are missing: a page that is not sure to be complete is counted.
        """
        if not self.is_looked_up:
            return self.scope
        name, matching = self.bindings.name, self.matching
        found = f"{name}.ordinal = ANY(ARRAY(SELECT ordinal FROM {name} WHERE {matching.text} LIMIT {MOST_FOUND + 1}))"
        return join("AND", [self.everything, Sql(found, matching.params)])

    @property
    def matching(self) -> Sql:
        """The scope in no order: where an index knows the rows but no organizations, by that index alone."""
        if not (self.condition and self.condition.is_unscoped):
            return self.scope
        own = Sql(f"{self.bindings.name}.organization_id IS NOT DISTINCT FROM %s", (self.organization_id,))
        parts = [own, self.bindings.discriminator, self.condition]
        return join("AND", [part for part in parts if part])

    @property
    def scope(self) -> Sql:
        return join("AND", [self.everything, self.condition]) if self.condition else self.everything


def select_one(selection: Selection, resource_id: UUID) -> Row | None:
    """The row with this id."""
    beside, scope = selection.beside or NOTHING, selection.scope
    source = f"FROM {selection.bindings.name} WHERE {scope.text} AND id = %s"
    columns = f"id::text, document::text, ({selection.revision})::text, moments, beside"
    # OFFSET: what lies beside is found once, not for each use.
    text = f"SELECT {columns} FROM (SELECT {PAGE_COLUMNS}, {beside.text} AS beside {source} OFFSET 0) AS row"
    found = ask(Sql(text, (*beside.params, *scope.params, resource_id)), selection.proof)
    if not found:
        return None
    return Row(*found[0][: len(Row._fields)])


def select_page(
    selection: Selection,
    *,
    order: str,
    limit: int,
    offset: int = 0,
    beyond: Sql | None = None,
    position: str = "NULL",
    backwards: bool = False,
) -> Page:
    """One page in the order of these terms, `beyond` a position; `backwards` turns it round once it is found."""
    name = selection.bindings.name
    scope = join("AND", [selection.found, beyond]) if beyond else selection.found
    # The rows before the page are counted off in the index alone.
    if offset:
        text = f"SELECT ordinal FROM {name} WHERE {scope.text} ORDER BY {order} LIMIT {limit + 1} OFFSET %s"
        chosen = Sql(f"{name}.ordinal = ANY(ARRAY({text}))", (*scope.params, offset))
        scope = join("AND", [selection.everything, chosen])
    # The limit is no parameter: a plan for any limit would expect to read a tenth of the rows.
    chosen_rows = f"WHERE {scope.text} ORDER BY {order} LIMIT {limit + 1}"
    rows = selection.page_of(chosen_rows, f"({position})::text AS position")
    page = f"SELECT *, row_number() OVER () AS n, count(*) OVER () AS size FROM ({rows}) AS row"
    last = "FILTER (WHERE n = LEAST(size, %s))"
    more = {
        "first": "min(position) FILTER (WHERE n = 1)",
        "first_ordinal": "min(ordinal) FILTER (WHERE n = 1)",
        "last": f"min(position) {last}",
        "last_ordinal": f"min(ordinal) {last}",
    }
    direction = "DESC" if backwards else "ASC"
    sent = selection.glued_page(more, (limit, limit), limit=limit, order=f"n {direction}", within=" WHERE n <= %s")
    text = f"WITH page AS MATERIALIZED ({page}) {sent.text}"
    (asked,) = ask(Sql(text, (*scope.params, *sent.params)), selection.proof)
    found, texts, size, near_value, near, far_value, far, *_ = asked
    if not found or not limit:
        return Page(has_more=bool(found))
    if texts is None:
        return Page(fitting=selection.room.fewer(min(found, limit), size))
    ends = Place(near_value, near), Place(far_value, far)
    first_place, last_place = reversed(ends) if backwards else ends
    return Page(min(found, limit), unmarked(texts), first_place, last_place, found > limit, size)


def select_few(selection: Selection, *, limit: int) -> Page | None:
    """The first of the few rows that a narrow condition finds, in the order of creation; `has_more` is not looked for.

    Nothing is remembered, numbered or glued together for a page that has one row, most often. None if there are more
    than FEW, or one is not SMALL.
    """
    name, matching, beside, glued = selection.bindings.name, selection.matching, selection.beside, selection.glued
    # OFFSET: what the condition finds is found by its own index, whatever the order; what lies beside, once for a row.
    found = selection.page_of(f"WHERE {matching.text} OFFSET 0")
    laid = f"CASE WHEN bytes <= {SMALL} THEN {beside.text if beside else 'NULL'} END AS beside"
    rows = f"SELECT *, {laid} FROM ({found}) AS {name} ORDER BY ordinal LIMIT %s"
    text = f"SELECT ordinal, CASE WHEN bytes <= {SMALL} THEN {glued.text} END, bytes FROM ({rows}) AS page"
    most = min(limit, FEW + 1)
    params = (*glued.params, *(beside.params if beside else ()), *matching.params, most)
    asked = ask(Sql(text, params), selection.proof)
    if not asked:
        return Page()
    if len(asked) > FEW or any(row[1] is None for row in asked):
        return None
    texts = unmarked(",".join([row[1] for row in asked]))
    return Page(len(asked), texts, Place(None, asked[0][0]), Place(None, asked[-1][0]), bytes=len(texts))


def count_rows(selection: Selection) -> int:
    """How many rows satisfy the condition; without one, nothing is counted.

    TooManyMatchesError if an index finds more than MOST_FOUND.
    """
    if selection.condition is None:
        query = Sql(f"SELECT {_ALL}", (selection.organization_id, selection.bindings.kind))
    else:
        counted = counted_rows(selection)
        query = Sql(f"SELECT {counted.text}", counted.params)
    return require_few(selection, int(ask(query, selection.proof)[0][0]))


_ALL = "(SELECT COALESCE(sum(rows), 0)::bigint FROM controlhub_rowcount WHERE organization_id = %s AND kind = %s)"


def counted_rows(selection: Selection) -> Sql:
    """SQL for the number of rows that satisfy the condition, up to MOST_FOUND + 1 where an index finds them."""
    condition, name = selection.condition, selection.bindings.name
    assert condition  # noqa: S101
    if condition.complement:
        others = replace(selection, condition=condition.complement).matching
        text = f"({_ALL} - (SELECT count(*) FROM {name} WHERE {others.text}))"
        return Sql(text, (selection.organization_id, selection.bindings.kind, *others.params))
    matching = selection.matching
    limit = f" LIMIT {MOST_FOUND + 1}" if condition.is_indexed else ""
    return Sql(f"(SELECT count(*) FROM (SELECT FROM {name} WHERE {matching.text}{limit}) AS m)", matching.params)


def require_few(selection: Selection, total: int) -> int:
    """The total, or TooManyMatchesError if an index found more than MOST_FOUND rows."""
    if selection.condition and selection.condition.is_indexed and total > MOST_FOUND:
        raise TooManyMatchesError
    return total


MARK = "\x01"
"""Stands on both sides of a document in a glued text; JSON has no such character."""


def unmarked(text: str) -> str:
    """A glued text in which the members of the document are among those of the resource.

    Here, because cutting the braces off takes PostgreSQL five times as long as all the rest.
    """
    parts = text.split(MARK)
    parts[1::2] = [document[1:-1] for document in parts[1::2]]
    return "".join(parts)


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
