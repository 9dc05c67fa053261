"""Whose request runs next (docs/decisions/0043): nobody takes all threads, and who waits takes turns."""

from collections import Counter, deque
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

UNKNOWN = ""
"""The share of all requests whose credential has not been seen to be good."""


class Turn(Protocol):
    """A request: `share` is the id of its organization, `payer` its token, session or address, `since` its arrival."""

    share: str
    payer: int | str
    since: float


T = TypeVar("T", bound=Turn)


@dataclass
class Turns(Generic[T]):
    """The queue of one process. A share has at most half of the threads, and its payers take turns, too.

    When `room` requests wait, the newest of the share that has the most is refused. Not safe for threads.
    """

    threads: int
    room: int

    def __post_init__(self) -> None:
        self._running: Counter[str] = Counter()
        self._lanes: dict[str, dict[int | str, deque[T]]] = {}
        self.waiting = 0

    @property
    def busy(self) -> int:
        """Threads that run a request."""
        return self._running.total()

    def admit(self, item: T) -> bool:
        """Whether it may run now, on an idle thread; it counts as running then."""
        if self.busy >= self.threads or self._running[item.share] >= self._most:
            return False
        self._running[item.share] += 1
        return True

    def add(self, item: T) -> T | None:
        """Let it wait. Returns the request that is refused for it, if there is no room: this one or another."""
        lane = self._lanes.setdefault(item.share, {}).setdefault(item.payer, deque())
        lane.append(item)
        self.waiting += 1
        return self._refused() if self.waiting > self.room else None

    def next(self, ended: str) -> T | None:
        """The request that runs now on the thread of one of the share `ended`."""
        self._running[ended] -= 1
        if not self._running[ended]:
            del self._running[ended]
        for share in self._lanes:
            if self._running[share] < self._most:
                self._running[share] += 1
                return self._taken(share)
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

    @property
    def _most(self) -> int:
        return max(self.threads // 2, 1)

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
