"""Limits the writers that wait for a locked resource to one, so that they do not occupy every thread.

A process has few threads, and each writer waits for up to LOCK_TIMEOUT. Until a lock wait has failed, writers queue in
the database as usual.
"""

import threading
from collections import Counter
from collections.abc import Hashable

from cachetools import TTLCache

from controlhub.database.outages import is_lock_wait
from scim.protocol.errors import Unavailable

REMEMBERED_SECONDS = 10.0
MOST_REMEMBERED = 1_024


class Contention:
    """The recently locked resources, and the number of requests that are changing each resource."""

    def __init__(self) -> None:
        self._locked: TTLCache[Hashable, bool] = TTLCache(MOST_REMEMBERED, REMEMBERED_SECONDS)
        self._writers: Counter[Hashable] = Counter()
        self._mutex = threading.Lock()

    def turn(self, resource: Hashable) -> "Turn":
        """A context manager for a write to the resource."""
        return Turn(self, resource)

    def begin(self, resource: Hashable) -> None:
        """Start a write. Raises Unavailable if the resource was recently locked and another request is waiting."""
        with self._mutex:
            if resource in self._writers and resource in self._locked:
                raise Unavailable(
                    "Another request is waiting to change this resource. "
                    "Wait for the time in Retry-After, then try again."
                )
            self._writers[resource] += 1

    def end(self, resource: Hashable, error: BaseException | None) -> None:
        """End a write that succeeded or failed. A lock timeout is remembered."""
        with self._mutex:
            if error is None:
                self._locked.pop(resource, None)
            elif is_lock_wait(error):
                self._locked[resource] = True
            self._writers[resource] -= 1
            if not self._writers[resource]:
                del self._writers[resource]


class Turn:
    """A write to a resource, as a context manager."""

    def __init__(self, contention: Contention, resource: Hashable) -> None:
        self._contention, self._resource = contention, resource

    def __enter__(self) -> None:
        self._contention.begin(self._resource)

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        self._contention.end(self._resource, error)


CONTENTION = Contention()
