"""Reads one resource by its id."""

from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

from controlhub.sql.fetching import fetch_rows
from controlhub.sql.proof import Proof
from controlhub.sql.selection import ResourceTable

# Without OFFSET, `related` would be computed each time it is used.
_FETCH = """
SELECT id::text, document::text, version || {etag_part}, moments, related
FROM (
    SELECT id, document, version, moments, {related} AS related
    FROM {table}
    WHERE organization_id = %(organization)s AND id = %(id)s{served}
    OFFSET 0
) AS row"""


class Row(NamedTuple):
    """One resource as it was read or written: JSON text that is concatenated, not parsed.

    `revision` is the content of its entity tag, `moments` the members `created` and `lastModified`, and `related` the
    array of the attribute that is not in the stored document, or None if it is empty.
    """

    id: str
    document: str
    revision: str
    moments: str
    related: str | None = None

    @property
    def etag(self) -> str:
        """The weak entity tag."""
        return f'W/"{self.revision}"'


def fetch_row(table: ResourceTable, related: str, values: Mapping[str, Any], proof: Proof | None) -> Row | None:
    """Returns the row with the `id` in the values, and its `related` array (SQL, or "" to leave it out)."""
    found = fetch_rows(fetch_text(table.name, table.served, table.etag_part, related), values, proof)
    return Row(*found[0][: len(Row._fields)]) if found else None


@cache
def fetch_text(table: str, served: str, etag_part: str, related: str) -> str:
    """Returns the same string for each way to read a resource type: there are few of them, and every GET needs one."""
    only = f" AND {served}" if served else ""
    return _FETCH.format(table=table, served=only, etag_part=etag_part, related=related or "NULL")
