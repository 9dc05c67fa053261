"""Writers of a resource that is locked for long wait one at a time, so that they do not occupy every thread.

A process has few threads, and each writer waits for up to LOCK_TIMEOUT. Until a lock wait has failed, writers queue in
the database as usual.
"""

import threading
from collections import Counter
from collections.abc import Hashable, Iterator
from contextlib import contextmanager

from cachetools import TTLCache

from controlhub.database.outages import is_lock_wait
from scim.protocol.errors import Unavailable

REMEMBERED_SECONDS = 10.0
MOST_REMEMBERED = 1_024


class Contention:
    """Which resources were locked a moment ago, and how many requests are changing which."""

    def __init__(self) -> None:
        self._locked: TTLCache[Hashable, bool] = TTLCache(MOST_REMEMBERED, REMEMBERED_SECONDS)
        self._writers: Counter[Hashable] = Counter()
        self._mutex = threading.Lock()

    @contextmanager
    def turn(self, resource: Hashable) -> Iterator[None]:
        """A write to the resource. Unavailable if it was locked a moment ago and another request is already trying."""
        self._begin(resource)
        try:
            yield
        except Exception as error:
            if is_lock_wait(error):
                with self._mutex:
                    self._locked[resource] = True
            raise
        else:
            with self._mutex:
                self._locked.pop(resource, None)
        finally:
            self._end(resource)

    def _begin(self, resource: Hashable) -> None:
        with self._mutex:
            if resource in self._writers and resource in self._locked:
                raise Unavailable(
                    "Another request is waiting to change this resource. "
                    "Wait for the time in Retry-After, then try again."
                )
            self._writers[resource] += 1

    def _end(self, resource: Hashable) -> None:
        with self._mutex:
            self._writers[resource] -= 1
            if not self._writers[resource]:
                del self._writers[resource]


CONTENTION = Contention()
