"""Checks, parses and compares values of the SCIM data types (RFC 7643 §2.3)."""

import base64
import binascii
import json
import math
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import orjson

from scim.protocol.errors import InvalidValue
from scim.protocol.schemas import Attribute, Json, Type

_DATE_TIME = re.compile(
    r"(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(Z|[+-](?:0\d|1[0-3]):[0-5]\d|[+-]14:00)?\Z",
    re.ASCII | re.IGNORECASE,
)


def is_instance(value: Json, attribute: Attribute) -> bool:
    """Whether a single value or element has the JSON type of the attribute."""
    return _CHECKS[attribute.type](value)


def parse_date_time(text: str) -> datetime | None:
    """An xsd:dateTime as an aware datetime, truncated to microseconds; UTC without a time zone. None if not valid."""
    match = _DATE_TIME.match(text)
    if not match:
        return None
    date, time, fraction, zone = match.groups()
    offset = "+00:00" if zone in {None, "Z", "z"} else zone
    try:
        return datetime.fromisoformat(f"{date}T{time}.{(fraction or '0')[:6].ljust(6, '0')}{offset}").astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def copied(value: Json) -> Any:
    """A deep copy of a JSON value."""
    return orjson.loads(orjson.dumps(value))


def parse_json_text(text: str) -> Json:
    """The JSON value in a string; None if it is not JSON. Raises InvalidValue for JSON that cannot be stored."""
    try:
        return json.loads(
            text,
            object_pairs_hook=_without_duplicates,
            parse_int=_whole_number,
            parse_float=_decimal,
            parse_constant=_decimal,
        )
    except RecursionError:
        raise InvalidValue("The JSON in a string is nested too deeply.") from None
    except ValueError:
        return None


def _without_duplicates(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    members = dict(pairs)
    if len({name.lower() for name in members}) != len(pairs):
        raise InvalidValue("The JSON in a string contains an attribute twice.")
    return members


def _whole_number(digits: str) -> int:
    if len(digits) > 20 or not -(2**63) <= (number := int(digits)) < 2**63:
        raise InvalidValue("The JSON in a string contains a number that does not fit in 64 bits.")
    return number


def _decimal(digits: str) -> float:
    if not math.isfinite(number := float(digits)):
        raise InvalidValue("The JSON in a string contains a number that does not fit in 64 bits.")
    return number


def fold(text: str) -> str:
    """Lowercase by Unicode's simple mapping, character by character, like `controlhub_fold` in the database."""
    if text.isascii():
        return text.lower()
    return "".join(lower if len(lower := character.lower()) == 1 else lower[0] for character in text)


def _is_base64(value: Json) -> bool:
    if not isinstance(value, str):
        return False
    try:
        base64.b64decode(value + "=" * (-len(value) % 4), altchars=None, validate=False)
    except (binascii.Error, ValueError):
        return False
    return True


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_CHECKS: dict[Type, Callable[[Json], bool]] = {
    Type.STRING: lambda value: isinstance(value, str),
    Type.REFERENCE: lambda value: isinstance(value, str),
    Type.BOOLEAN: lambda value: isinstance(value, bool),
    Type.INTEGER: lambda value: isinstance(value, int) and not isinstance(value, bool),
    Type.DECIMAL: _is_number,
    Type.DATE_TIME: lambda value: isinstance(value, str) and parse_date_time(value) is not None,
    Type.BINARY: _is_base64,
    Type.COMPLEX: lambda value: isinstance(value, dict),
}
