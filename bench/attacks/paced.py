"""Normal clients: requests at a steady rate, each timed from the moment at which it was due."""

import http.client
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

from bench.attacks.target import NO_ANSWER, Target

LOWEST_P95 = 0.010
"""Seconds. Shorter times are compared as if they took this long, because they are within the noise of the machine."""
THREADS = 10
TIMEOUT = 5.0


@dataclass
class Outcome:
    """The results of the requests. `statuses` counts requests without a response under NO_ANSWER."""

    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    @property
    def p95(self) -> float:
        return sorted(self.seconds)[int(len(self.seconds) * 0.95)]

    @property
    def refused(self) -> int:
        """The number of requests that were not answered with 200."""
        return self.statuses.total() - self.statuses[200]

    def ratio_to(self, before: "Outcome") -> float:
        return max(self.p95, LOWEST_P95) / max(before.p95, LOWEST_P95)


class Paced:
    """A client that sends GET requests at a steady rate from its own threads and gives up on slow ones."""

    def __init__(self, target: Target, paths: list[str], *, rate: float, seconds: float) -> None:
        self._target, self._paths, self._rate = target, paths, rate
        self._total = int(rate * seconds)
        self._next, self._lock = 0, threading.Lock()
        self.outcome = Outcome()
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(THREADS)]
        self._began = 0.0

    def start(self) -> "Paced":
        self._began = time.monotonic()
        for thread in self._threads:
            thread.start()
        return self

    def join(self) -> Outcome:
        for thread in self._threads:
            thread.join()
        return self.outcome

    def run(self) -> Outcome:
        return self.start().join()

    def _work(self) -> None:
        connection = http.client.HTTPConnection(self._target.host, self._target.port, timeout=TIMEOUT)
        while (number := self._take()) is not None:
            due = self._began + number / self._rate
            time.sleep(max(0.0, due - time.monotonic()))
            if time.monotonic() - due > TIMEOUT:  # the client has given up
                self._note(NO_ANSWER, due)
                continue
            self._note(self._ask(connection, self._paths[number % len(self._paths)]), due)
        connection.close()

    def _take(self) -> int | None:
        with self._lock:
            number, self._next = self._next, self._next + 1
        return number if number < self._total else None

    def _ask(self, connection: http.client.HTTPConnection, path: str) -> int:
        try:
            connection.request("GET", path, headers=self._target.headers())
            response = connection.getresponse()
            response.read()
            return response.status
        except (OSError, http.client.HTTPException):
            connection.close()
            return NO_ANSWER

    def _note(self, status: int, due: float) -> None:
        with self._lock:
            self.outcome.seconds.append(time.monotonic() - due)
            self.outcome.statuses[status] += 1
