"""The number of rows that satisfy a condition."""

from dataclasses import replace

from controlhub.sql.fetching import fetch_rows
from controlhub.sql.selection import MOST_FOUND, Selection

_ALL_ROWS = """(SELECT COALESCE(sum(rows), 0)::bigint FROM controlhub_rowcount
    WHERE organization_id = %(organization)s AND kind = %(kind)s)"""


class TooManyMatchesError(Exception):
    """An index finds more than MOST_FOUND rows."""


def count_rows(selection: Selection) -> int:
    """Returns the number of rows that satisfy the condition. Without a condition, nothing is counted at query time.

    Raises TooManyMatchesError if an index finds more than MOST_FOUND.
    """
    found = fetch_rows(f"SELECT {count_text(selection)}", selection.values, selection.proof)
    return require_few(selection, int(found[0][0]))


def count_text(selection: Selection) -> str:
    """Returns SQL for the number of rows that satisfy the condition, up to MOST_FOUND + 1 where an index finds them."""
    condition, name = selection.condition, selection.table.name
    if condition is None:
        return _ALL_ROWS
    if condition.complement:
        others = replace(selection, condition=condition.complement).unordered_rows
        return f"({_ALL_ROWS} - (SELECT count(*) FROM {name} WHERE {others}))"
    limit = f" LIMIT {MOST_FOUND + 1}" if condition.is_indexed else ""
    return f"(SELECT count(*) FROM (SELECT FROM {name} WHERE {selection.unordered_rows}{limit}) AS m)"


def require_few(selection: Selection, total: int) -> int:
    """Returns the total. Raises TooManyMatchesError if an index found more than MOST_FOUND rows."""
    if selection.condition and selection.condition.is_indexed and total > MOST_FOUND:
        raise TooManyMatchesError
    return total
