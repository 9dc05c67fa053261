"""The web processes, which share one listening socket that the supervisor owns."""

import os
import socket
import sys
from collections.abc import Sequence
from functools import cache
from typing import IO

from controlhub.launch.errors import StartError
from controlhub.launch.supervised import ProcessService, Spawn

BACKLOG = 1_024
"""The number of connections that can wait to be accepted, for example while all web processes restart."""
READY = b"ready"


def bound(host: str, port: int) -> socket.socket:
    """Returns a bound socket that refuses connections until it listens. StartError if it cannot use the port."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise StartError(
            f"Port {port} cannot be used ({error.strerror}). Stop the program that uses "
            "it, or set PORT to another port."
        ) from error
    return listener


class WebProcess(ProcessService):
    """One web process. Its successor starts while it runs, and both accept connections until this one has ended.

    With `is_bound`, it ends by itself when the supervisor has gone, which it notices by the closed end of a pipe.
    """

    def __init__(
        self, name: str, command: Sequence[str], spawn: Spawn, *, listener: socket.socket, is_bound: bool
    ) -> None:
        super().__init__(name, command, spawn)
        self._listener, self._is_bound = listener, is_bound
        self._ready: IO[bytes] | None = None
        self._is_ready = False

    def start(self) -> None:
        self._forget_ready()
        reading, written = os.pipe()
        os.set_blocking(reading, False)
        self._ready = os.fdopen(reading, "rb", buffering=0)
        files = {"listen": self._listener.fileno(), "ready": written}
        files |= {"parent": _parent()} if self._is_bound else {}
        arguments = [part for name, number in files.items() for part in (f"--{name}", str(number))]
        try:
            self.launch([*self.command, *arguments], files=tuple(files.values()))
        finally:
            os.close(written)

    def successor(self) -> "WebProcess":
        return WebProcess(self.name, self.command, self.spawn, listener=self._listener, is_bound=self._is_bound)

    def is_ready(self) -> bool:
        """Whether it accepts connections."""
        if not self._is_ready and self._ready is not None:
            self._is_ready = self._ready.read(len(READY)) == READY
        return self._is_ready

    def request_stop(self) -> None:
        super().request_stop()
        self._forget_ready()

    def kill(self) -> None:
        super().kill()
        self._forget_ready()

    def _forget_ready(self) -> None:
        self._is_ready = False
        if self._ready is not None:
            self._ready.close()
            self._ready = None


def processes(
    listener: socket.socket, spawn: Spawn, *, number: int, is_bound: bool, application: str = ""
) -> list[WebProcess]:
    """Returns the services `web-1`, `web-2`, … and makes the socket listen."""
    listener.listen(BACKLOG)
    command = [sys.executable, "-m", "controlhub.web.process"]
    command += ["--application", application] if application else []
    names = [f"web-{index}" for index in range(1, number + 1)]
    return [WebProcess(name, command, spawn, listener=listener, is_bound=is_bound) for name in names]


def wanted_processes() -> int:
    """Returns the number of web processes from WEB_WORKERS. StartError if it is not a valid number."""
    text = os.environ.get("WEB_WORKERS") or "2"
    if not text.isdigit() or not 1 <= int(text) <= 64:
        raise StartError(f"WEB_WORKERS is {text!r}, but it must be a number from 1 to 64.")
    return int(text)


@cache
def _parent() -> int:
    """Returns the read end of a pipe whose write end is open only in this process, until it ends."""
    reading, _writing = os.pipe()
    return reading
