"""Ids as strings."""

import re
from functools import lru_cache
from uuid import UUID

REMEMBERED = 4_096
IS_ID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}").fullmatch
"""Whether a string is an id as Control Hub writes it, in either case. Python's UUID also accepts other forms."""


@lru_cache(maxsize=REMEMBERED)
def id_text(identifier: UUID) -> str:
    """Returns the id in its usual form. For ids that recur in many requests: formatting takes four times as long."""
    return str(identifier)


def id_of(text: object) -> UUID | None:
    """Returns the id that a client sent, or None for any other form, such as in braces, without hyphens or as a URN."""
    return UUID(text) if isinstance(text, str) and IS_ID(text) else None
