"""The services that the supervisor runs, and their state."""

import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import IO, Protocol

from controlhub.launch.children import Child
from controlhub.launch.cluster import Cluster
from controlhub.launch.errors import StartError
from controlhub.launch.progress import log
from controlhub.launch.restarts import Restarts

Spawn = Callable[[str, Sequence[str], Sequence[int], int], Child]
"""Starts a process, given its name, its command, its open files, and the file to which it writes."""


class Service(Protocol):
    """Something that runs until it is stopped."""

    name: str
    was_started: bool
    """Whether the launcher has seen it running before the supervisor starts it."""

    def start(self) -> None:
        """Start it without waiting until it is ready."""

    def end_reason(self) -> str | None:
        """Returns None while it starts or runs, or else why it ended."""

    def request_stop(self) -> None:
        """Ask it to end."""

    def kill(self) -> None:
        """End it now."""

    def is_ready(self) -> bool:
        """Whether it is working, as far as can be seen from outside."""

    def successor(self) -> "Service | None":
        """Returns the successor for a reload, which may run at the same time; None if this service must end first."""


class ProcessService:
    """A process in its own session. Its output is printed line by line with its name."""

    was_started = False

    def __init__(self, name: str, command: Sequence[str], spawn: Spawn) -> None:
        self.name, self.command, self.spawn = name, command, spawn
        self._child: Child | None = None

    def start(self) -> None:
        self.launch(self.command)

    def launch(self, command: Sequence[str], *, files: Sequence[int] = ()) -> None:
        """Start the process with these open files."""
        reading, writing = os.pipe()
        try:
            self._child = self.spawn(self.name, command, files, writing)
        except OSError:
            os.close(reading)
            raise
        finally:
            os.close(writing)
        threading.Thread(target=self._print_output, args=(os.fdopen(reading, "rb"),), daemon=True).start()

    def end_reason(self) -> str | None:
        return self._child.end_reason() if self._child else "not started"

    def request_stop(self) -> None:
        if self._child:
            self._child.terminate()

    def kill(self) -> None:
        if self._child:
            self._child.kill()

    def is_ready(self) -> bool:
        return self.end_reason() is None

    def successor(self) -> "Service | None":
        return None

    def _print_output(self, output: IO[bytes]) -> None:
        with output:
            for line in output:
                log(self.name, line.decode(errors="replace").rstrip("\r\n"))


class ClusterService:
    """The embedded PostgreSQL. It starts in a thread, because recovery after a crash can take a minute.

    `database.running` stops it, after everything else.
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
        """Wait until a start in progress has finished."""
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
    """A reload stops and starts the service. This does not count as a failure."""
