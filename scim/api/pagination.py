"""startIndex and count (RFC 7644 §3.4.2.4)."""

from dataclasses import dataclass

from scim.protocol.errors import InvalidValue
from scim.protocol.schemas import Json
from scim.resources.discovery import DEFAULT_COUNT, MAX_RESULTS


@dataclass(frozen=True, slots=True)
class Window:
    """One page: `start_index` counts from 1, `count` is at most MAX_RESULTS."""

    start_index: int = 1
    count: int = DEFAULT_COUNT

    @property
    def offset(self) -> int:
        return self.start_index - 1


def parse_window(start_index: Json, count: Json) -> Window:
    """Below 1 counts as 1, below 0 as 0; what is no whole number is InvalidValue."""
    return Window(
        start_index=max(1, _whole_number(start_index, "startIndex", 1)),
        count=min(MAX_RESULTS, max(0, _whole_number(count, "count", DEFAULT_COUNT))),
    )


def _whole_number(value: Json, name: str, default: int) -> int:
    if value is None or value == "":
        return default
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise InvalidValue(f"'{name}' must be a whole number.")
    try:
        number = int(value)
    except ValueError:
        raise InvalidValue(f"'{name}' must be a whole number.") from None
    return max(-(2**31), min(2**31, number))
