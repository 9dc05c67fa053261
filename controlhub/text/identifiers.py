"""Ids as texts."""

from functools import lru_cache
from uuid import UUID

REMEMBERED = 4_096


@lru_cache(maxsize=REMEMBERED)
def id_text(identifier: UUID) -> str:
    """The id in its usual form. For ids that come again with many requests: writing one takes four times as long."""
    return str(identifier)
