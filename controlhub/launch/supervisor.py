"""Keeps services running: restarts those that end, replaces all on SIGHUP, stops them on SIGINT or SIGTERM."""

import os
import signal
import time
from collections.abc import Callable, Sequence
from types import FrameType

from controlhub.launch.errors import ServiceError
from controlhub.launch.progress import log
from controlhub.launch.reloads import Reloads
from controlhub.launch.restarts import Restarts
from controlhub.launch.supervised import Entry, ProcessService, Service

LAUNCHER = "launcher"
POLL_SECONDS = 0.1
STOP_SECONDS = 20.0
"""The maximum time for a process to end after SIGTERM; longer than the web server's statement timeout."""


class Supervisor:
    """Runs services. `essential` are the names of services without which the launcher gives up after a long outage.

    `on_tick` is called in each round, about 10 times a second. `prepare` is called at a reload, in a thread, before any
    service is replaced; ServiceError or StartError cancels the reload. Services whose names are in `kept` are not
    replaced.
    """

    def __init__(
        self,
        services: Sequence[Service],
        *,
        essential: set[str],
        on_tick: Callable[[], None],
        prepare: Callable[[], None] = lambda: None,
        kept: frozenset[str] = frozenset(),
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._entries = [
            Entry(
                service,
                Restarts(essential=service.name in essential, was_stable=service.was_started, clock=clock),
                clock(),
            )
            for service in services
        ]
        self._on_tick, self._clock, self._sleep = on_tick, clock, sleep
        self._reloads = Reloads([e for e in self._entries if e.service.name not in kept], prepare=prepare, clock=clock)
        self._stopping = False

    def run(self) -> None:
        """Run until SIGINT or SIGTERM. ServiceError if a service keeps failing. Afterwards no service is running."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._stop)
        signal.signal(signal.SIGHUP, self._hang_up(signal.getsignal(signal.SIGHUP)))
        try:
            while not self._stopping:
                self._reloads.step()
                for entry in self._entries:
                    self._supervise(entry)
                self._on_tick()
                self._sleep(POLL_SECONDS)
        finally:
            self._stop_all()

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stopping = True

    def _hang_up(self, before: object) -> Callable[[int, FrameType | None], None]:
        """Returns the handler of SIGHUP: reload, or stop if it means that our terminal was closed (not under nohup)."""
        has_terminal, is_nohup = os.isatty(0), before == signal.SIG_IGN

        def handle(number: int, frame: FrameType | None) -> None:
            if not has_terminal or _terminal_is_open():
                self._reloads.request()
            elif not is_nohup:
                self._stop(number, frame)

        return handle

    def _supervise(self, entry: Entry) -> None:
        if entry.is_reloading:
            return
        if entry.start_at is None and (reason := entry.service.end_reason()):
            self._plan_restart(entry, reason)
        if entry.start_at is not None and self._clock() >= entry.start_at:
            entry.start_at = None
            entry.restarts.record_start()
            try:
                entry.service.start()
            except OSError as error:
                self._plan_restart(entry, str(error))

    def _plan_restart(self, entry: Entry, reason: str) -> None:
        delay = entry.restarts.record_end()
        name = entry.service.name
        if delay is None:
            log(LAUNCHER, f"{name} ended ({reason}) and keeps failing. Stopping everything.")
            raise ServiceError(f"{name} keeps failing ({reason}). See its last messages above.")
        log(LAUNCHER, f"{name} ended ({reason}). Restarting {f'in {delay} s' if delay else 'now'}.")
        entry.start_at = self._clock() + delay

    def _stop_all(self) -> None:
        services = [entry.service for entry in self._entries if entry.start_at is None] + self._reloads.services()
        for service in services:
            service.request_stop()
        if not _wait_for_end(services, STOP_SECONDS):
            for service in services:
                service.kill()
            _wait_for_end(services, STOP_SECONDS)


def _terminal_is_open() -> bool:
    try:
        os.tcgetpgrp(0)
    except OSError:
        return False
    return True


def _wait_for_end(services: Sequence[Service], seconds: float) -> bool:
    """Returns whether all processes ended within this time."""
    processes = [service for service in services if isinstance(service, ProcessService)]
    deadline = time.monotonic() + seconds
    while any(process.end_reason() is None for process in processes):
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True
