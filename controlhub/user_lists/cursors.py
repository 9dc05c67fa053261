"""Positions in a list: after or before a row, or at its end. They are part of the URL, and not secret."""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.dateparse import parse_datetime

from controlhub.user_lists.orders import Order

Key = str | datetime


@dataclass(frozen=True, slots=True)
class Position:
    """The row with this key and ordinal."""

    key: Key
    ordinal: int

    def encoded(self) -> str:
        key = self.key.isoformat() if isinstance(self.key, datetime) else self.key
        return base64.urlsafe_b64encode(json.dumps([key, self.ordinal]).encode()).decode().rstrip("=")


@dataclass(frozen=True, slots=True)
class Cursor:
    """The start of a page: right after or before `position`; without one, at the start or end of the list."""

    position: Position | None = None
    is_backward: bool = False


def cursor_of(query: Mapping[str, str], order: Order) -> Cursor:
    """Returns the cursor for `after`, `before` or `last` in a query string, or else the start of the list."""
    if text := query.get("after"):
        return Cursor(_decoded(text, order))
    if text := query.get("before"):
        position = _decoded(text, order)
        return Cursor(position, is_backward=position is not None)
    return Cursor(is_backward=bool(query.get("last")))


def _decoded(text: str, order: Order) -> Position | None:
    try:
        key, ordinal = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (binascii.Error, ValueError, TypeError):
        return None
    if not isinstance(key, str) or type(ordinal) is not int or not 0 <= ordinal < 2**63 or "\0" in key:
        return None
    if order.name in {"created", "deletion"}:
        moment = _moment(key)
        return Position(moment, ordinal) if moment else None
    return Position(key, ordinal)


def _moment(text: str) -> datetime | None:
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    return moment if moment and moment.tzinfo else None
