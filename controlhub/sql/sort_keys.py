"""The key that rows are compared and sorted by, of a text column without case (docs/decisions/0036).

It begins with "0", or is "1" where the column is empty: so every row has one, and rows without a value come last. The
indexes of `User` are over this very expression.
"""

SORTED = 256
"""Long texts are sorted by this many characters, so that they fit in a cursor and an index."""


def sort_key(column: str) -> str:
    """SQL of the key, without parentheses."""
    return f"CASE WHEN {column} = '' THEN '1' ELSE '0' || left(controlhub_fold({column}), {SORTED}) END COLLATE \"C\""


def sort_value(folded: str) -> str:
    """The key of a row that has this folded value."""
    return f"0{folded[:SORTED]}"
