"""startIndex and count (RFC 7644 §3.4.2.4)."""

from scim.protocol.errors import InvalidCount, InvalidValue
from scim.protocol.schemas import Json
from scim.resources.discovery import DEFAULT_COUNT, MAX_RESULTS
from scim.resources.pages import Window


def parse_window(start_index: Json, count: Json, *, most: int = MAX_RESULTS) -> Window:
    """A `startIndex` below 1 counts as 1, a `count` below 0 as 0. Raises InvalidValue for a non-integer."""
    return Window(
        start_index=max(1, _whole_number(start_index, "startIndex", 1)),
        count=min(most, max(0, _whole_number(count, "count", DEFAULT_COUNT))),
    )


def parse_count(count: Json) -> int:
    """Parse `count` with a cursor (RFC 9865 §2.1). Raises InvalidCount unless it is a non-negative integer."""
    try:
        number = _whole_number(count, "count", DEFAULT_COUNT)
    except InvalidValue:
        raise InvalidCount from None
    if number < 0:
        raise InvalidCount
    return min(MAX_RESULTS, number)


def _whole_number(value: Json, name: str, default: int) -> int:
    if value is None or value == "":
        return default
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise InvalidValue(f"'{name}' must be an integer.")
    try:
        number = int(value)
    except ValueError:
        raise InvalidValue(f"'{name}' must be an integer.") from None
    return max(-(2**31), min(2**31, number))
