"""The threads that run the application, and the requests that wait for one."""

import threading
import time
from collections.abc import Callable
from queue import SimpleQueue

from controlhub.web.request import Request
from controlhub.web.turns import Turns

Job = tuple[Request, float]
"""A request, and the time at which it started."""


class Threads:
    """Calls `run` with each request, in a thread.

    The thread that became idle last is used first: its database connection is warm, and unused threads open none.
    """

    def __init__(self, run: Callable[[Request], None], *, number: int, room: int) -> None:
        self._run = run
        self._turns: Turns[Request] = Turns(number, room)
        self._lock = threading.Lock()
        self._idle: list[SimpleQueue[Job]] = []
        self.number = number
        for index in range(number):
            inbox: SimpleQueue[Job] = SimpleQueue()
            self._idle.append(inbox)
            threading.Thread(target=self._work, args=(inbox,), name=f"request-{index}", daemon=True).start()

    @property
    def busy(self) -> int:
        return self._turns.busy

    @property
    def waiting(self) -> int:
        return self._turns.waiting

    def submit(self, request: Request) -> Request | None:
        """Run a request now or later. Returns the request that must be refused instead, if too many wait."""
        with self._lock:
            started = self._turns.admit(request, time.monotonic())
            if started is None:
                return self._turns.add(request)
            inbox = self._idle.pop()
        inbox.put((request, started))
        return None

    def start_waiting(self) -> None:
        """Start waiting requests that may run now, because others of their share have become slow."""
        with self._lock:
            while self._turns.waiting and (job := self._turns.next(time.monotonic())) is not None:
                self._idle.pop().put(job)

    def forget(self, request: Request) -> bool:
        """Remove a waiting request. Returns False if it is no longer waiting."""
        with self._lock:
            return self._turns.remove(request)

    def expired(self, before: float) -> list[Request]:
        """Remove and return the requests that have waited since before this time."""
        if not self._turns.waiting:
            return []
        with self._lock:
            return self._turns.expired(before)

    def _work(self, inbox: "SimpleQueue[Job]") -> None:
        while True:
            job: Job | None = inbox.get()
            while job is not None:
                request, started = job
                self._run(request)
                with self._lock:
                    self._turns.end(request.share, started)
                    job = self._turns.next(time.monotonic()) if self._turns.waiting else None
                    if job is None:
                        self._idle.append(inbox)
