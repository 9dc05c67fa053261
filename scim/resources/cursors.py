"""Cursors (RFC 9865): a position in one query of one organization, signed; whoever changes it has none."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core import signing

from scim.protocol.errors import ExpiredCursor, InvalidCursor

TIMEOUT = 3_600
MAX_LENGTH = 4_096


@dataclass(frozen=True, slots=True)
class Position:
    """After which row a page begins, or before which it ends: its type's place, sort value, ordinal; and the total."""

    type_index: int
    value: str | None
    ordinal: int
    total: int
    backwards: bool = False


def write_cursor(position: Position, *, organization_id: UUID, query: str) -> str:
    """The position as text of unreserved characters, good for TIMEOUT seconds and this query only."""
    values = [position.type_index, position.value, position.ordinal, position.total, int(position.backwards)]
    return _signer(organization_id, query).sign_object(values)


def read_cursor(text: str, *, organization_id: UUID, query: str) -> Position:
    """The position; InvalidCursor for what is forged, cut or another query's, all alike; ExpiredCursor when too old."""
    try:
        values: Sequence[Any] = _signer(organization_id, query).unsign_object(text[:MAX_LENGTH], max_age=TIMEOUT)
    except signing.SignatureExpired:
        raise ExpiredCursor from None
    except signing.BadSignature:
        raise InvalidCursor from None
    type_index, value, ordinal, total, backwards = values
    return Position(type_index, value, ordinal, total, bool(backwards))


def _signer(organization_id: UUID, query: str) -> signing.TimestampSigner:
    digest = hashlib.blake2b(query.encode(), digest_size=16).hexdigest()
    return signing.TimestampSigner(sep=".", salt=f"scim.cursor:{organization_id}:{digest}")
