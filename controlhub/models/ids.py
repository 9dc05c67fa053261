"""Identifiers made by the server."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A UUID that grows with time (RFC 9562 §5.7), so that indexes grow at their end."""
    return uuid7()
