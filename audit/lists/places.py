"""The position of a page in the log: before (older than) or after (newer than) an event, or at the end of a day."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

LAST_ID = UUID(int=2**128 - 1)
_TIME_BITS = 80
"""The number of bits of a UUIDv7 that follow its time, which is in milliseconds."""


def first_id(moment: datetime) -> UUID:
    """The lowest UUIDv7 of this time."""
    return UUID(int=int(moment.timestamp() * 1000) << _TIME_BITS)


def last_id(moment: datetime) -> UUID:
    """The highest UUIDv7 of this time."""
    return UUID(int=first_id(moment).int + 2**_TIME_BITS - 1)


@dataclass(frozen=True, slots=True)
class Place:
    """The event after which a page starts; without one, it starts with the newest event."""

    moment: datetime | None = None
    event_id: UUID = LAST_ID
    is_newer: bool = False
    """Whether the page has the next newer events instead of the next older ones."""

    @property
    def conditions(self) -> tuple[str, ...]:
        if self.moment is None:
            return ()
        return ("newer",) if self.is_newer else ("older",)

    @property
    def conditions_by_id(self) -> tuple[str, ...]:
        """The same conditions for a list in the order of ids."""
        return tuple(f"{name}_id" for name in self.conditions)

    @property
    def last_id(self) -> UUID:
        """The id that `conditions_by_id` compares with."""
        return last_id(self.moment) if self.moment and self.event_id == LAST_ID else self.event_id
