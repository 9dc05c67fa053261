"""How many requests one token may send: a bucket in each web process, so that asking costs nothing."""

import time
from dataclasses import dataclass, field

from scim.protocol.errors import TooManyRequests

BURST_SECONDS = 10.0
REMEMBERED = 4_096


@dataclass
class Throttle:
    """`rate` requests per second in the long run, ten seconds' worth at once; 0 is no limit."""

    rate: float
    _buckets: dict[str, tuple[float, float]] = field(default_factory=dict)

    def take(self, token_id: str) -> None:
        """Count a request; TooManyRequests says after how many seconds there is room again."""
        if self.rate <= 0:
            return
        now, burst = time.monotonic(), self.rate * BURST_SECONDS
        left, since = self._buckets.get(token_id, (burst, now))
        left = min(burst, left + (now - since) * self.rate) - 1
        if left < 0:
            raise TooManyRequests(retry_after=int(-left / self.rate) + 1)
        if len(self._buckets) >= REMEMBERED:
            self._buckets.clear()
        self._buckets[token_id] = (left, now)
