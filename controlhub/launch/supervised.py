"""The services that the supervisor runs, and their state."""

import os
import signal
import subprocess
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Protocol

from controlhub.launch.cluster import Cluster
from controlhub.launch.errors import StartError
from controlhub.launch.progress import log
from controlhub.launch.restarts import Restarts


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
        """The successor at a reload, which may overlap; None if this service must end before it starts again."""


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
    """A reload stops and starts the service. This does not count as a failure."""


def _reason(code: int) -> str:
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
