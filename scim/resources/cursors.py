"""Cursors (RFC 9865): a position in one query of one organization, encrypted so that it reveals no values."""

from dataclasses import dataclass
from uuid import UUID

import orjson

from controlhub.database import clock
from controlhub.security import vault
from scim.protocol.errors import ExpiredCursor, InvalidCursor

TIMEOUT = 3_600
MAX_LENGTH = 8_192


@dataclass(frozen=True, slots=True)
class Position:
    """The row after which a page starts or before which it ends (type index, sort value, ordinal), and the total."""

    type_index: int
    value: str | None
    ordinal: int
    total: int
    backwards: bool = False


def write_cursor(position: Position, *, organization_id: UUID, query: str) -> str:
    """The position as a string of unreserved characters, valid for TIMEOUT seconds and only for this query."""
    values = [position.type_index, position.value, position.ordinal, position.total, position.backwards]
    text = orjson.dumps([int(clock.machine_now().timestamp()), *values]).decode()
    return vault.seal(text, place=_place(organization_id, query))


def read_cursor(text: str, *, organization_id: UUID, query: str) -> Position:
    """The position. Raises InvalidCursor if it is forged, truncated or for another query, or ExpiredCursor."""
    if len(text) > MAX_LENGTH:
        raise InvalidCursor
    try:
        written, *values = orjson.loads(vault.unseal(text, place=_place(organization_id, query)))
    except vault.SealBrokenError:
        raise InvalidCursor from None
    if clock.machine_now().timestamp() - written > TIMEOUT:
        raise ExpiredCursor
    return Position(*values)


def _place(organization_id: UUID, query: str) -> str:
    """The context that a cursor is valid for, authenticated with it."""
    return f"scim.cursor:{organization_id}\n{query}"
