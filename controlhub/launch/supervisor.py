"""Keeps services running: starts again what ended, replaces all of them on SIGHUP, stops them on SIGINT or SIGTERM."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import FrameType
from typing import IO, Protocol

from controlhub.launch.cluster import Cluster
from controlhub.launch.errors import ServiceError, StartError
from controlhub.launch.progress import log
from controlhub.launch.reloads import Reloads
from controlhub.launch.restarts import Restarts

LAUNCHER = "launcher"
POLL_SECONDS = 0.1
STOP_SECONDS = 20.0
"""How long a process may take to end after SIGTERM; longer than the web server's statement timeout."""


class Service(Protocol):
    """Something that runs until it is stopped."""

    name: str
    was_started: bool
    """Whether the launcher has seen it run before the supervisor starts it."""

    def start(self) -> None:
        """Start it without waiting until it is ready."""

    def end_reason(self) -> str | None:
        """None while it starts or runs, else why it ended."""

    def request_stop(self) -> None:
        """Ask it to end."""

    def kill(self) -> None:
        """End it now."""

    def is_ready(self) -> bool:
        """Whether it does its work, as far as it can be seen from outside."""

    def successor(self) -> "Service | None":
        """What replaces it at a reload and may run beside it; None if it has to end first, and is then started."""


class ProcessService:
    """A command in a session of its own. Its output is printed line by line with its name."""

    was_started = False

    def __init__(self, name: str, command: Sequence[str], env: dict[str, str]) -> None:
        self.name, self.command, self.env = name, command, env
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.launch(self.command)

    def launch(self, command: Sequence[str], *, pass_fds: Sequence[int] = ()) -> None:
        self._process = subprocess.Popen(  # noqa: S603 — our own commands
            command,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=pass_fds,
        )
        threading.Thread(target=self._print_output, args=(self._process.stdout,), daemon=True).start()

    def end_reason(self) -> str | None:
        """Kills what the process left in its session: web workers without their parent would keep the port."""
        if self._process is None:
            return "not started"
        if self._process.returncode is None:
            # Not reaped yet, so that its number still names its process group.
            if not os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                return None
            self._signal_group(signal.SIGKILL)
            self._process.wait()
        return _reason(self._process.returncode)

    def request_stop(self) -> None:
        if self._process and self.end_reason() is None:
            self._process.terminate()

    def kill(self) -> None:
        if self._process and self.end_reason() is None:
            self._signal_group(signal.SIGKILL)

    def is_ready(self) -> bool:
        return self.end_reason() is None

    def successor(self) -> "Service | None":
        return None

    def _signal_group(self, number: signal.Signals) -> None:
        if self._process:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)

    def _print_output(self, output: IO[bytes]) -> None:
        with output:
            for line in output:
                log(self.name, line.decode(errors="replace").rstrip("\r\n"))


class ClusterService:
    """The embedded PostgreSQL. It starts in a thread, because recovery after a crash can take a minute.

    Its owner stops it after everything else: `database.running`.
    """

    name = "postgres"
    was_started = True

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._starting: threading.Thread | None = None
        self._error: str | None = None

    def start(self) -> None:
        self._error = None
        if not self._cluster.is_running():
            self._starting = threading.Thread(target=self._start_cluster)
            self._starting.start()

    def end_reason(self) -> str | None:
        if self._starting and self._starting.is_alive():
            return None
        if self._error or not self._cluster.is_running():
            return self._error or f"see {self._cluster.log}"
        return None

    def request_stop(self) -> None:
        """Wait for a start in progress."""
        if self._starting:
            self._starting.join()

    def kill(self) -> None:
        """Nothing to do: see the class."""

    def is_ready(self) -> bool:
        return self.end_reason() is None and not (self._starting and self._starting.is_alive())

    def successor(self) -> "Service | None":
        return None

    def _start_cluster(self) -> None:
        try:
            self._cluster.restart()
        except (StartError, OSError) as error:
            self._error = str(error).rstrip(".")


@dataclass
class Entry:
    """A service under supervision."""

    service: Service
    restarts: Restarts
    start_at: float | None
    """When to start the service; None while it runs."""
    is_reloading: bool = False
    """A reload ends and starts it. That is no failure."""


class Supervisor:
    """Runs services. `essential` are the names of those without which the launcher gives up, after a long outage.

    `on_tick` is called in each round, about 10 times a second. `prepare` is called at a reload, in a thread, before any
    service is replaced; ServiceError or StartError ends the reload. Services of the names `kept` are not replaced.
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
        """Run until SIGINT or SIGTERM; ServiceError when a service keeps failing. Nothing runs afterwards."""
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
        """The handler of SIGHUP: reload; but stop if it says that our terminal was closed, unless under nohup."""
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
            raise ServiceError(f"{name} keeps failing ({reason}): its last messages are above.")
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


def _reason(code: int) -> str:
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
