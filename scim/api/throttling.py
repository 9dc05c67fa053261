"""Rate limits per token, with a bucket in each web process so that checks need no query."""

import time
from threading import Lock

from cachetools import LRUCache

from scim.protocol.errors import TooManyRequests

BURST_SECONDS = 10.0
REMEMBERED = 4_096


class Throttle:
    """Allows `rate` requests per second on average, with bursts of up to ten seconds' worth; 0 means no limit."""

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self._buckets: LRUCache[str, tuple[float, float]] = LRUCache(REMEMBERED)
        self._lock = Lock()

    def take(self, token_id: str) -> None:
        """Count a request. Raises TooManyRequests with the number of seconds to wait."""
        if self.rate <= 0:
            return
        now, burst = time.monotonic(), self.rate * BURST_SECONDS
        with self._lock:
            left, since = self._buckets.get(token_id, (burst, now))
            left = min(burst, left + (now - since) * self.rate) - 1
            if left < 0:
                raise TooManyRequests(retry_after=int(-left / self.rate) + 1)
            self._buckets[token_id] = (left, now)
