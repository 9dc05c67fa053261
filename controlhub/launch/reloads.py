"""A reload (SIGHUP): services are replaced one after the other, so that requests are always served."""

import threading
from collections.abc import Callable, Iterable, Iterator

from controlhub.launch.errors import ServiceError, StartError
from controlhub.launch.progress import log
from controlhub.launch.supervised import Entry, Service

LAUNCHER = "launcher"
READY_SECONDS = 60.0
"""The maximum time until a successor must be ready."""
END_SECONDS = 25.0
"""The maximum time for a service to end; longer than a web process takes to drain."""


class Reloads:
    """Performs the requested reloads step by step. `step` is called often and never waits."""

    def __init__(self, entries: Iterable[Entry], *, prepare: Callable[[], None], clock: Callable[[], float]) -> None:
        self._entries, self._prepare, self._clock = list(entries), prepare, clock
        self._is_requested = False
        self._steps: Iterator[None] = iter(())
        self._starting: Service | None = None
        self._leaving: list[tuple[Service, float]] = []

    def request(self) -> None:
        """Request a reload, which begins soon, or after the reload in progress."""
        self._is_requested = True

    def services(self) -> list[Service]:
        """Returns the services that are starting or ending during a reload."""
        return [service for service, _ in self._leaving] + ([self._starting] if self._starting else [])

    def step(self) -> None:
        self._kill_overdue()
        try:
            next(self._steps)
        except StopIteration:
            if self._is_requested:
                self._is_requested = False
                self._steps = self._reload()

    def _reload(self) -> Iterator[None]:
        log(LAUNCHER, "Reloading.")
        faults: list[str] = []
        thread = threading.Thread(target=self._prepare_in_thread, args=(faults,), daemon=True)
        thread.start()
        while thread.is_alive():
            yield
        # Workers first: new workers understand what both releases write, but old workers would not.
        for entry in reversed(self._entries) if not faults else ():
            yield from self._replace(entry, faults)
            if faults:
                break
        log(LAUNCHER, f"Not reloaded: {faults[0]}" if faults else "Reloaded.")

    def _prepare_in_thread(self, faults: list[str]) -> None:
        try:
            self._prepare()
        except (ServiceError, StartError, OSError) as error:
            faults.append(str(error))

    def _replace(self, entry: Entry, faults: list[str]) -> Iterator[None]:
        if entry.start_at is not None:
            return  # it is about to be started anyway
        successor = entry.service.successor()
        if successor is None:
            yield from self._restart(entry)
        else:
            yield from self._succeed(entry, successor, faults)

    def _restart(self, entry: Entry) -> Iterator[None]:
        """End a service, then start it again."""
        entry.is_reloading = True
        entry.service.request_stop()
        deadline = self._clock() + END_SECONDS
        while entry.service.end_reason() is None:
            if self._clock() > deadline:
                entry.service.kill()
            yield
        entry.start_at = self._clock()
        entry.is_reloading = False
        while entry.start_at is not None:
            yield

    def _succeed(self, entry: Entry, successor: Service, faults: list[str]) -> Iterator[None]:
        """Start the successor. When it is ready, end its predecessor."""
        deadline = self._clock() + READY_SECONDS
        self._starting = successor
        try:
            successor.start()
        except OSError as error:
            self._starting = None
            faults.append(f"{successor.name} could not be started ({error}). The old processes continue.")
            return
        while not successor.is_ready():
            reason = successor.end_reason()
            if reason or self._clock() > deadline:
                successor.kill()
                self._starting = None
                faults.append(f"the new {successor.name} did not start ({reason or 'it took too long'}).")
                return
            yield
        self._starting = None
        if entry.start_at is None:
            self._leaving.append((entry.service, self._clock() + END_SECONDS))
            entry.service.request_stop()
        entry.service, entry.start_at = successor, None

    def _kill_overdue(self) -> None:
        """Drop services that have ended, and kill those that take too long."""
        for service, deadline in list(self._leaving):
            if service.end_reason() is not None:
                self._leaving.remove((service, deadline))
            elif self._clock() > deadline:
                service.kill()
