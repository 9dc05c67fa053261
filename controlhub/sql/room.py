"""How large a page may be. The database adds up the sizes of its rows before it glues and sends them."""

from dataclasses import dataclass, field

MAX_PAGE = 4_194_304
"""Bytes of the resources in one page; it has at least one, whatever its size."""
SMALL = MAX_PAGE // 8
"""Bytes of a resource, a few of which always fit."""
NO_BOUND = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Room:
    """The bytes that are left in a page, and the number of resources that it must have whatever their size."""

    bytes: int = field(default_factory=lambda: MAX_PAGE)
    at_least: int = 1

    def bound(self, limit: int) -> int:
        """The bytes that up to `limit` resources may have."""
        return NO_BOUND if limit <= self.at_least else self.bytes

    def fewer(self, count: int, size: int) -> int:
        """The number of resources to try instead of `count`, which have too many bytes: at most three quarters."""
        return max(self.at_least, min(count * self.bytes // size, count * 3 // 4))

    def behind(self, size: int, count: int) -> "Room":
        """The room that is left behind `count` resources of `size` bytes."""
        return Room(max(0, self.bytes - size), 0 if count else self.at_least)


WHOLE_PAGE = Room()
