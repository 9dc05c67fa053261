"""How large a page may be. The database adds up the sizes of its rows before it concatenates and sends them."""

from dataclasses import dataclass, field

MAX_PAGE = 4_194_304
"""The maximum size of the resources in a page, in bytes. A page has at least one resource, whatever its size."""
SMALL = MAX_PAGE // 8
"""The maximum size in bytes of a small resource: a few of these always fit."""
NO_BOUND = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Room:
    """The number of bytes left in a page, and the number of resources that it must have whatever their size."""

    bytes: int = field(default_factory=lambda: MAX_PAGE)
    at_least: int = 1

    def bound(self, limit: int) -> int:
        """Returns the maximum number of bytes for up to `limit` resources."""
        return NO_BOUND if limit <= self.at_least else self.bytes

    def fewer(self, count: int, size: int) -> int:
        """Returns the number of resources to try instead of `count`, which are too large: at most 75% of it."""
        return max(self.at_least, min(count * self.bytes // size, count * 3 // 4))

    def behind(self, size: int, count: int) -> "Room":
        """Returns the room that is left after `count` resources of `size` bytes."""
        return Room(max(0, self.bytes - size), 0 if count else self.at_least)


WHOLE_PAGE = Room()
