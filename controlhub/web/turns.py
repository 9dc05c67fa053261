"""Which request runs next (docs/decisions/0043): no organization takes all threads, and waiting requests take turns."""

from collections import deque
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from controlhub.web.limits import AT_ONCE, COMPANY_SECONDS, SLOW_AFTER_SECONDS, SPARE_THREADS

UNKNOWN = ""
"""The share of all requests whose credential is not known to be valid."""
REMEMBERED = 64
"""The number of shares for which the time of the last request is remembered."""


class Turn(Protocol):
    """A request: `share` is the id of its organization, `payer` its token, session or address, `since` its arrival."""

    share: str
    payer: int | str
    since: float


T = TypeVar("T", bound=Turn)


@dataclass
class Turns(Generic[T]):
    """The queue of one process. All times are in seconds, by the same clock. Not thread-safe.

    A share may run AT_ONCE requests that began less than SLOW_AFTER_SECONDS ago, or only one if other organizations are
    active. A request that takes longer is waiting for something, usually a lock: it no longer counts, but SPARE_THREADS
    stay free for other shares. If more than `room` requests wait, the newest one of the share with the most is refused.
    """

    threads: int
    room: int

    def __post_init__(self) -> None:
        self._running: dict[str, list[float]] = {}
        self._began: dict[str, float] = {}
        self._lanes: dict[str, dict[int | str, deque[T]]] = {}
        self.waiting = self.busy = 0

    def admit(self, item: T, now: float) -> float | None:
        """Start the request on an idle thread. Returns its start time, or None if it may not run now."""
        return self._start(item.share, now) if self._may_start(item.share, now) else None

    def add(self, item: T) -> T | None:
        """Queue the request. Returns the request that is refused if there is no room: this one or another."""
        lane = self._lanes.setdefault(item.share, {}).setdefault(item.payer, deque())
        lane.append(item)
        self.waiting += 1
        return self._refused() if self.waiting > self.room else None

    def end(self, share: str, started: float) -> None:
        """End a request of the share that started at this time."""
        moments = self._running[share]
        moments.remove(started)
        if not moments:
            del self._running[share]
        self.busy -= 1

    def next(self, now: float) -> tuple[T, float] | None:
        """Returns the request that starts now on an idle thread, and the time, or None if none may start."""
        for share in self._lanes:
            if self._may_start(share, now):
                return self._taken(share), self._start(share, now)
        return None

    def expired(self, before: float) -> list[T]:
        """Remove and return the requests that have waited since before this time."""
        found = [
            item for payers in self._lanes.values() for lane in payers.values() for item in lane if item.since < before
        ]
        for item in found:
            self.remove(item)
        return found

    def remove(self, item: T) -> bool:
        """Remove a waiting request. Returns False if it is not waiting."""
        lane = self._lanes.get(item.share, {}).get(item.payer)
        if lane is None or item not in lane:
            return False
        lane.remove(item)
        self._close(item.share, item.payer)
        return True

    def _may_start(self, share: str, now: float) -> bool:
        if self.busy >= self.threads:
            return False
        if (moments := self._running.get(share)) is None:
            return True
        if len(moments) >= max(self.threads - SPARE_THREADS, 1):
            return False
        quick = sum(moment > now - SLOW_AFTER_SECONDS for moment in moments)
        return quick < (1 if self._has_company(share, now) else AT_ONCE)

    def _has_company(self, share: str, now: float) -> bool:
        """Whether another organization has sent requests recently."""
        return any(
            began > now - COMPANY_SECONDS for other, began in self._began.items() if other not in {share, UNKNOWN}
        )

    def _start(self, share: str, now: float) -> float:
        self._running.setdefault(share, []).append(now)
        if share not in self._began and len(self._began) >= REMEMBERED:
            self._began.clear()
        self._began[share] = now
        self.busy += 1
        return now

    def _taken(self, share: str) -> T:
        """Returns the next request of this share. The share and the payer go to the end of the line."""
        payers = self._lanes.pop(share)
        payer, lane = next(iter(payers.items()))
        item = lane.popleft()
        del payers[payer]
        if lane:
            payers[payer] = lane
        if payers:
            self._lanes[share] = payers
        self.waiting -= 1
        return item

    def _refused(self) -> T:
        share = max(self._lanes, key=lambda name: sum(map(len, self._lanes[name].values())))
        payer = max(self._lanes[share], key=lambda name: len(self._lanes[share][name]))
        item = self._lanes[share][payer].pop()
        self._close(share, payer)
        return item

    def _close(self, share: str, payer: int | str) -> None:
        """Count one waiting request less, and remove empty lanes."""
        self.waiting -= 1
        if not self._lanes[share][payer]:
            del self._lanes[share][payer]
        if not self._lanes[share]:
            del self._lanes[share]
