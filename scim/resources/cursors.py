"""Cursors (RFC 9865): a position in one query of one organization, encrypted: it names nobody."""

import base64
import hashlib
import os
import time
from dataclasses import dataclass
from functools import cache
from uuid import UUID

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from scim.protocol.errors import ExpiredCursor, InvalidCursor

TIMEOUT = 3_600
MAX_LENGTH = 8_192
_NONCE = 12


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
    values = [position.type_index, position.value, position.ordinal, position.total, position.backwards]
    nonce = os.urandom(_NONCE)
    sealed = _cipher().encrypt(nonce, orjson.dumps([int(time.time()), *values]), _place(organization_id, query))
    return base64.urlsafe_b64encode(nonce + sealed).rstrip(b"=").decode()


def read_cursor(text: str, *, organization_id: UUID, query: str) -> Position:
    """The position; InvalidCursor for what is forged, cut or another query's, all alike; ExpiredCursor when too old."""
    if len(text) > MAX_LENGTH or not text.isascii():
        raise InvalidCursor
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        written, *values = orjson.loads(_cipher().decrypt(data[:_NONCE], data[_NONCE:], _place(organization_id, query)))
    except (InvalidTag, ValueError):
        raise InvalidCursor from None
    if time.time() - written > TIMEOUT:
        raise ExpiredCursor
    return Position(*values)


@cache
def _cipher() -> AESGCM:
    return AESGCM(hashlib.sha256(f"scim.cursor:{settings.SECRET_KEY}".encode()).digest())


def _place(organization_id: UUID, query: str) -> bytes:
    """What a cursor is good for, authenticated with it."""
    return f"{organization_id}\n{query}".encode()
