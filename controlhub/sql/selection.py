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
"""Rows that are looked up by an index. Beyond that, reading all rows of an organization is cheaper or not much dearer.
"""


@dataclass(frozen=True, slots=True)
class ResourceTable:
    """The rows of one resource type.

    `served` is a condition that selects them from the table, "" if the table has no other rows. `kind` is their name in
    the row counts. `related_name` is the attribute that is stored as rows of its own and not in the document, "" if
    there is no such attribute; `etag_part` is its SQL in the entity tag.
    """

    name: str
    kind: str
    served: str = ""
    related_name: str = ""
    etag_part: str = "''"


@cache
def json_text(related_name: str, etag_part: str) -> str:
    """SQL for the JSON text of a row with PAGE_COLUMNS and `related`; byte 1 surrounds the document.

    The brackets keep the document from being copied at every ||.
    """
    related = f"""COALESCE(',"{related_name}":' || related, '')""" if related_name else "''"
    return f"""('{{"id":"' || id || E'",\\x01') || document
        || (E'\\x01' || {related}
        || ',"meta":{{"resourceType":"' || %(type_name)s || '",' || moments || ',"location":"' || %(location)s || id
        || '","version":"W/\\"' || version || {etag_part} || '\\""}}}}')"""


@dataclass(frozen=True, slots=True)
class Related:
    """SQL for the JSON array of a row's related rows, such as a user's groups.

    `text` is for one row of the table. `of_page` is a query of ids and arrays for the rows of the relation `page`,
    where all of them together are found more cheaply. `bytes` is about how many bytes the array has, where the row
    itself has an idea of that.
    """

    text: str = ""
    of_page: str = ""
    bytes: str = ""


NO_RELATED = Related()


@dataclass(frozen=True, slots=True)
class Selection:
    """The rows of an organization that satisfy a condition, and what is read with each.

    `values` are the parameters by their names. `room` bounds a page. A `proof` that is not given yet is asked for in
    the first statement.
    """

    table: ResourceTable
    values: Mapping[str, Any]
    condition: Condition | None = None
    related: Related = NO_RELATED
    proof: Proof | None = None
    room: Room = WHOLE_PAGE

    def within(self, room: Room) -> "Selection":
        """The same rows, for a page in which other resources are already."""
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
        """Whether the rows are looked up before they are put into their order."""
        return self.condition is not None and self.condition.is_looked_up_first

    @property
    def ordered_rows(self) -> str:
        """A condition for the selected rows in a query that orders them.

        They are looked up first where the planner might rather walk through all rows in their order. If there are more
        than MOST_FOUND, some are missing: a page that may not be complete is counted.
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

        Where an index should be used alone, no other index can find the organization written in this way.
        """
        if not (self.condition and self.condition.hides_organization):
            return self.rows
        own = self._scoped("organization_id IS NOT DISTINCT FROM %(organization)s")
        return f"{own} AND ({self.condition.text})"

    def _scoped(self, own: str) -> str:
        return f"{own} AND {self.table.served}" if self.table.served else own


def related_and_etag_part(table: ResourceTable, related: str) -> str:
    """SQL for an array of two texts: what `related` yields, a query or "", and its part of the entity tag."""
    found = f"SELECT ({related or 'NULL'})::text AS related OFFSET 0"
    return f"(SELECT ARRAY[related, {table.etag_part}]\n    FROM ({found}) AS r)"
