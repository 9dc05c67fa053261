"""Where a page of the log is: before (older than) or after (newer than) an event, or at the end of a day."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

LAST_ID = UUID(int=2**128 - 1)


@dataclass(frozen=True, slots=True)
class Place:
    """The event at which a page begins, which is not part of it; without one, the newest event."""

    moment: datetime | None = None
    event_id: UUID = LAST_ID
    is_newer: bool = False
    """Whether the page has the events after that place in time, the nearest ones."""

    @property
    def conditions(self) -> tuple[str, ...]:
        if self.moment is None:
            return ()
        return ("newer",) if self.is_newer else ("older",)
