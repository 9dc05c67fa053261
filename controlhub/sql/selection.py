"""Which rows of a resource type a query reads, and what it reads with them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from controlhub.sql.conditions import Condition
from controlhub.sql.proof import Proof
from controlhub.sql.room import WHOLE_PAGE, Room

PAGE_COLUMNS = "id, document, version, moments, ordinal"
MOST_FOUND = 10_000
"""The maximum number of rows to look up by an index. For more, reading all rows costs less or not much more."""


@dataclass(frozen=True, slots=True)
class ResourceTable:
    """The rows of one resource type.

    `served` is a condition that selects them from the table, "" if the table has no other rows. `kind` is their name in
    the row counts. `related_name` is the attribute that is stored in rows of its own instead of the document, "" if
    there is no such attribute. `etag_part` is the SQL for that attribute's part of the entity tag.
    """

    name: str
    kind: str
    served: str = ""
    related_name: str = ""
    etag_part: str = "''"


@cache
def json_text(related_name: str, etag_part: str) -> str:
    """Returns SQL for the JSON of a row with PAGE_COLUMNS and `related`. Byte 1 surrounds the document.

    The parentheses keep the document from being copied at every ||.
    """
    related = f"""COALESCE(',"{related_name}":' || related, '')""" if related_name else "''"
    return f"""('{{"id":"' || id || E'",\\x01') || document
        || (E'\\x01' || {related}
        || ',"meta":{{"resourceType":"' || %(type_name)s || '",' || moments || ',"location":"' || %(location)s || id
        || '","version":"W/\\"' || version || {etag_part} || '\\""}}}}')"""


@dataclass(frozen=True, slots=True)
class Related:
    """SQL for the JSON array of a row's related rows, such as a user's groups.

    `text` is for one row of the table. `of_page` is a query of ids and arrays for the rows of the relation `page`, if
    it is cheaper to find all of them together. `bytes` is the approximate size of the array, if the row itself can
    tell.
    """

    text: str = ""
    of_page: str = ""
    bytes: str = ""


NO_RELATED = Related()


@dataclass(frozen=True, slots=True)
class Selection:
    """The rows of an organization that satisfy a condition, and what is read with each.

    `values` are the parameters by name. `room` limits the size of a page. If the `proof` is not given yet, the first
    statement checks it.
    """

    table: ResourceTable
    values: Mapping[str, Any]
    condition: Condition | None = None
    related: Related = NO_RELATED
    proof: Proof | None = None
    room: Room = WHOLE_PAGE

    def within(self, room: Room) -> "Selection":
        """Returns the same rows for a page that already contains other resources."""
        return self if room == self.room else replace(self, room=room)

    @property
    def all_rows(self) -> str:
        """A condition for all rows of the organization and type."""
        return self._scoped("organization_id = %(organization)s")

    @property
    def rows(self) -> str:
        """A condition for the selected rows."""
        return f"{self.all_rows} AND ({self.condition.text})" if self.condition else self.all_rows

    @property
    def is_looked_up_first(self) -> bool:
        """Whether the rows are looked up before they are sorted."""
        return self.condition is not None and self.condition.is_looked_up_first

    @property
    def ordered_rows(self) -> str:
        """A condition for the selected rows in a query that orders them.

        They are looked up first if the planner might otherwise scan all rows in order. If there are more than
        MOST_FOUND, some are missing: if a page may be incomplete, the rows are counted.
        """
        if not self.is_looked_up_first:
            return self.rows
        name = self.table.name
        return f"""{self.all_rows} AND ordinal = ANY(ARRAY(
            SELECT ordinal FROM {name}
            WHERE {self.unordered_rows}
            LIMIT {MOST_FOUND + 1}))"""

    @property
    def unordered_rows(self) -> str:
        """A condition for the selected rows in a query that does not order them.

        If an index is to be used alone, the organization is compared in a way that no other index can serve.
        """
        if not (self.condition and self.condition.hides_organization):
            return self.rows
        own = self._scoped("organization_id IS NOT DISTINCT FROM %(organization)s")
        return f"{own} AND ({self.condition.text})"

    def _scoped(self, own: str) -> str:
        return f"{own} AND {self.table.served}" if self.table.served else own


def related_and_etag_part(table: ResourceTable, related: str) -> str:
    """Returns SQL for an array of two: the result of `related`, a query or "", and its part of the entity tag."""
    found = f"SELECT ({related or 'NULL'})::text AS related OFFSET 0"
    return f"(SELECT ARRAY[related, {table.etag_part}]\n    FROM ({found}) AS r)"
