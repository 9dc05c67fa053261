"""The key by which rows are compared and sorted by a text column, ignoring case (docs/decisions/0036).

It begins with "0", or is "1" if the column is empty. So every row has a key, and rows without a value sort last. The
indexes of `User` use this very expression.
"""

SORTED = 256
"""Sort keys contain at most this many characters of a value, so that they fit in a cursor and an index."""


def sort_key(column: str) -> str:
    """Returns SQL for the key, without parentheses."""
    return f"CASE WHEN {column} = '' THEN '1' ELSE '0' || left(controlhub_fold({column}), {SORTED}) END COLLATE \"C\""


def sort_value(folded: str) -> str:
    """Returns the key of a row that has this folded value."""
    return f"0{folded[:SORTED]}"
