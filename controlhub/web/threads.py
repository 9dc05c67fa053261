"""The threads that run the application, and the requests that wait for one."""

import threading
from collections.abc import Callable
from queue import SimpleQueue

from controlhub.web.request import Request
from controlhub.web.turns import Turns


class Threads:
    """`run` is called with each request, in a thread. The thread that became idle last is used first: its database
    connection is warm, and threads that nobody needs open none."""

    def __init__(self, run: Callable[[Request], None], *, number: int, room: int) -> None:
        self._run = run
        self._turns: Turns[Request] = Turns(number, room)
        self._lock = threading.Lock()
        self._idle: list[SimpleQueue[Request]] = []
        for index in range(number):
            inbox: SimpleQueue[Request] = SimpleQueue()
            self._idle.append(inbox)
            threading.Thread(target=self._work, args=(inbox,), name=f"request-{index}", daemon=True).start()

    @property
    def busy(self) -> int:
        return self._turns.busy

    @property
    def waiting(self) -> int:
        return self._turns.waiting

    def submit(self, request: Request) -> Request | None:
        """Run it now or later. Returns the request that has to be refused for it, if too many wait."""
        with self._lock:
            if not self._turns.admit(request):
                return self._turns.add(request)
            inbox = self._idle.pop()
        inbox.put(request)
        return None

    def forget(self, request: Request) -> bool:
        """Take out a request that waits. False if it does not wait any more."""
        with self._lock:
            return self._turns.remove(request)

    def expired(self, before: float) -> list[Request]:
        """Take out those that have waited since before this moment."""
        if not self._turns.waiting:
            return []
        with self._lock:
            return self._turns.expired(before)

    def _work(self, inbox: "SimpleQueue[Request]") -> None:
        while True:
            request: Request | None = inbox.get()
            while request is not None:
                self._run(request)
                with self._lock:
                    request = self._turns.next(request.share)
                    if request is None:
                        self._idle.append(inbox)
