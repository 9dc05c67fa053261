"""When a service that ended is restarted, and when the launcher gives up (docs/decisions/0034)."""

import time
from collections.abc import Callable

DELAYS_SECONDS = (0, 1, 2, 4, 8, 15)
"""The delays before the first, second, … restart in a row; the last value repeats."""
MAX_ESSENTIAL_DELAY_SECONDS = 2
"""The limit for an essential service: once its disk has space or its port is free, it must be back within seconds."""
STABLE_SECONDS = 30
"""A service that has run for this long has started successfully."""
MAX_FIRST_STARTS = 5
"""The number of failed starts in a row after which the launcher gives up on a service that was never stable."""
MAX_OUTAGE_SECONDS = 600
"""How long an essential service that was stable may keep failing."""


class Restarts:
    """The restart policy of one service.

    The launcher gives up on a service that never became stable, and on an essential one that was stable and then kept
    failing. Any other service is restarted forever, so that it never stops the web server.
    """

    def __init__(
        self, *, essential: bool, was_stable: bool = False, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`was_stable` means that the service is known to start, so failures have another cause."""
        self._essential, self._clock = essential, clock
        self._was_stable = was_stable
        self._failures = 0
        self._started_at = self._stable_until = clock()

    def record_start(self) -> None:
        self._started_at = self._clock()

    def record_end(self) -> float | None:
        """Returns the delay in seconds before the next start, or None to give up."""
        now = self._clock()
        if now - self._started_at >= STABLE_SECONDS:
            self._was_stable, self._failures, self._stable_until = True, 0, now
        self._failures += 1
        if self._is_hopeless(now):
            return None
        delay = DELAYS_SECONDS[min(self._failures, len(DELAYS_SECONDS)) - 1]
        return min(delay, MAX_ESSENTIAL_DELAY_SECONDS) if self._essential else delay

    def _is_hopeless(self, now: float) -> bool:
        if not self._was_stable:
            return self._failures >= MAX_FIRST_STARTS
        return self._essential and now - self._stable_until >= MAX_OUTAGE_SECONDS
