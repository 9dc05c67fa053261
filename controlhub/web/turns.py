"""Whose request runs next (docs/decisions/0043): nobody takes all threads, and who waits takes turns."""

from collections import deque
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from controlhub.web.limits import AT_ONCE, COMPANY_SECONDS, SLOW_AFTER_SECONDS, SPARE_THREADS

UNKNOWN = ""
"""The share of all requests whose credential has not been seen to be good."""
REMEMBERED = 64
"""Shares of which it is remembered when they began a request."""


class Turn(Protocol):
    """A request: `share` is the id of its organization, `payer` its token, session or address, `since` its arrival."""

    share: str
    payer: int | str
    since: float


T = TypeVar("T", bound=Turn)


@dataclass
class Turns(Generic[T]):
    """The queue of one process. All moments are those of one clock, in seconds. Not safe for threads.

    A share may run AT_ONCE requests that began less than SLOW_AFTER_SECONDS ago, or one while it has company. One that
    takes longer waits for something, most often for a lock: it no longer counts, but SPARE_THREADS stay free for
    the other shares. When `room` requests wait, the newest of the share that has the most is refused.
    """

    threads: int
    room: int

    def __post_init__(self) -> None:
        self._running: dict[str, list[float]] = {}
        self._began: dict[str, float] = {}
        self._lanes: dict[str, dict[int | str, deque[T]]] = {}
        self.waiting = self.busy = 0

    def admit(self, item: T, now: float) -> float | None:
        """The moment at which it starts, on an idle thread; None if it may not run now."""
        return self._start(item.share, now) if self._may_start(item.share, now) else None

    def add(self, item: T) -> T | None:
        """Let it wait. Returns the request that is refused for it, if there is no room: this one or another."""
        lane = self._lanes.setdefault(item.share, {}).setdefault(item.payer, deque())
        lane.append(item)
        self.waiting += 1
        return self._refused() if self.waiting > self.room else None

    def end(self, share: str, started: float) -> None:
        """A request of the share, which started at this moment, has ended."""
        moments = self._running[share]
        moments.remove(started)
        if not moments:
            del self._running[share]
        self.busy -= 1

    def next(self, now: float) -> tuple[T, float] | None:
        """The request that starts now on an idle thread, and the moment; None if none may."""
        for share in self._lanes:
            if self._may_start(share, now):
                return self._taken(share), self._start(share, now)
        return None

    def expired(self, before: float) -> list[T]:
        """Take out those that have waited since before this moment."""
        found = [
            item for payers in self._lanes.values() for lane in payers.values() for item in lane if item.since < before
        ]
        for item in found:
            self.remove(item)
        return found

    def remove(self, item: T) -> bool:
        """Forget one that waits. False if it does not."""
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
        """Whether another organization has sent requests lately."""
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
        """The next of this share. It and its payer go to the end of the line."""
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
        """Count one less, and take away lanes that are empty."""
        self.waiting -= 1
        if not self._lanes[share][payer]:
            del self._lanes[share][payer]
        if not self._lanes[share]:
            del self._lanes[share]
