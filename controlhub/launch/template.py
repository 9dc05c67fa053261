"""The template process from the launcher's side: it forks services and reports when they end."""

import itertools
import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import psutil

from controlhub.launch.children import Child, ExecutedChild, describe
from controlhub.launch.errors import StartError

CAN_FORK = sys.platform == "linux"
"""Elsewhere each service loads the code itself: macOS libraries do not survive a fork."""
READY_SECONDS = 60.0
END_SECONDS = 10.0
POLL_SECONDS = 0.05
MAX_MESSAGE = 65_536
LOST = "ended after its template"


class Template:
    """A process that has loaded the code once. Services that it forks share its memory and start immediately."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._children: dict[int, ForkedChild] = {}
        self._numbers = itertools.count()
        self._channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._channel.setblocking(False)
        self._is_ready = False
        number = theirs.fileno()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 — our own program
                [sys.executable, "-m", "controlhub.launch.forks", str(number)],
                env=dict(env),
                stdin=subprocess.DEVNULL,
                pass_fds=[number],
                start_new_session=True,
            )

    def wait_until_ready(self) -> None:
        """Wait until it is ready. StartError if it ends first."""
        deadline = time.monotonic() + READY_SECONDS
        while not self._is_ready:
            self.read()
            if self.end_reason() or time.monotonic() > deadline:
                raise StartError(f"The program could not be loaded ({self.end_reason() or 'it took too long'}).")
            time.sleep(POLL_SECONDS)

    def fork(self, name: str, command: Sequence[str], files: Sequence[int], output: int) -> "ForkedChild":
        """Request a process that runs `python -m …`, with these open files. It writes to `output`."""
        child = ForkedChild(self)
        number = next(self._numbers)
        self._children[number] = child
        request = json.dumps({"number": number, "name": name, "command": list(command), "files": list(files)})
        with suppress(OSError):  # it has ended: the child's `end_reason` says so
            socket.send_fds(self._channel, [request.encode()], [output, *files])
        return child

    def end_reason(self) -> str | None:
        code = self._process.poll()
        if code is None:
            return None
        self.read()
        self._channel.close()
        return describe(code)

    def read(self) -> None:
        """Process messages about children that were forked or have ended."""
        with suppress(OSError):  # no more messages for now, or forever
            while message := self._channel.recv(MAX_MESSAGE):
                self._note(json.loads(message))

    def retire(self) -> None:
        """Stop forking. The process ends after the last of its children."""
        with suppress(OSError):
            self._channel.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """End the process, which waits for its children."""
        self._process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(END_SECONDS)
        self._process.kill()
        self._process.wait()
        self.end_reason()

    def _note(self, message: dict[str, Any]) -> None:
        if "number" not in message:
            self._is_ready = True
        elif "pid" in message:
            self._children[message["number"]].note_start(message["pid"])
        else:
            self._children.pop(message["number"]).note_end(message["code"])


class Templates:
    """The template that last loaded the code. A new one replaces it when it is renewed or has ended."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = env
        self._current = Template(env) if CAN_FORK else None
        self._retired: list[Template] = []

    def __enter__(self) -> "Templates":
        return self

    def __exit__(self, *_: object) -> None:
        for template in [*self._retired, *([self._current] if self._current else [])]:
            template.close()

    def forget_ended(self) -> None:
        """Drop replaced templates that have ended. Call it often, because they end some time after being replaced."""
        self._retired = [template for template in self._retired if not template.end_reason()]

    def renew(self) -> None:
        """Load the code that is on disk now. If that fails, StartError is raised and nothing changes."""
        if self._current is None:
            return
        new = Template(self._env)
        try:
            new.wait_until_ready()
        except StartError:
            new.close()
            raise
        self._current.retire()
        self._retired.append(self._current)
        self._current = new

    def spawn(self, name: str, command: Sequence[str], files: Sequence[int], output: int) -> Child:
        """Start `python -m …` with these open files. It writes to `output`."""
        if self._current is None:
            return ExecutedChild(command, self._env, files, output)
        if self._current.end_reason():
            self._current = Template(self._env)  # its children continue
        return self._current.fork(name, command, files, output)


class ForkedChild(Child):
    """A process that the template forked, or will fork when it is ready."""

    def __init__(self, template: Template) -> None:
        self._template = template
        self._process: psutil.Process | None = None
        self._code: int | None = None
        self._signals: list[int] = []

    def note_start(self, pid: int) -> None:
        with suppress(psutil.NoSuchProcess):
            self._process = psutil.Process(pid)
        for number in self._signals:
            self._send(number)

    def note_end(self, code: int) -> None:
        self._code = code

    def end_reason(self) -> str | None:
        self._template.read()
        if self._code is not None:
            return describe(self._code)
        reason = self._template.end_reason()
        if reason is None:
            return None
        if self._process is None:
            return f"its template ended: {reason}"
        return None if _runs(self._process) else LOST

    def terminate(self) -> None:
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        self._send(signal.SIGKILL)

    def _send(self, number: int) -> None:
        """Send a signal, or queue it until the process has started. The template kills what is left of the session."""
        if self._process is None:
            self._signals.append(number)
            return
        with suppress(psutil.NoSuchProcess):
            self._process.send_signal(number)


def _runs(process: psutil.Process) -> bool:
    with suppress(psutil.Error):
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    return False
