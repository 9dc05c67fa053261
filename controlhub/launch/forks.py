"""`python -m controlhub.launch.forks N`: the template process, which forks services for the launcher (decision 0053).

It loads the code that services use, and then waits for requests on the socket with the file descriptor N. It opens no
connection and starts no thread, so a forked process begins with nothing but loaded code.
"""

import fcntl
import gc
import json
import os
import runpy
import select
import signal
import socket
import sys
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import FrameType

from controlhub.launch.children import kill_session
from controlhub.launch.template import MAX_MESSAGE

MAX_FILES = 16
FREE_NUMBERS = 100
"""Files are first moved to descriptors from this number on, so that none overwrites another."""
MODULES = (
    "celery.apps.beat",
    "celery.apps.worker",
    "celery.bin.celery",
    "celery.concurrency.solo",
    "controlhub.tasks",
    "controlhub.urls",
    "controlhub.web.server",
    "uuid_utils",
    "uvloop",
)
"""Modules that services use. Not the WSGI and Celery applications: they set the kind of process (database.limits)."""


@dataclass(frozen=True)
class Request:
    """What a forked process will run."""

    number: int
    name: str
    command: list[str]
    files: list[int]
    received: list[int]

    def prepare(self) -> None:
        """Make this process like one that was executed: its session, output, open files and name."""
        os.setsid()
        moved = [fcntl.fcntl(file, fcntl.F_DUPFD, FREE_NUMBERS) for file in self.received]
        for file in self.received:
            os.close(file)
        for file, number in zip(moved, [1, *self.files], strict=True):
            os.dup2(file, number)
            os.close(file)
        os.dup2(1, 2)
        with suppress(OSError):
            Path("/proc/self/comm").write_text(self.name)

    def run(self) -> None:
        """Run the module of `python -m MODULE …`."""
        module, *arguments = self.command[2:]
        sys.argv = [module, *arguments]
        runpy.run_module(module, run_name="__main__", alter_sys=True)


class Forks:
    """Forks and reaps children, until the launcher has exited and the last child has ended."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._is_open = True
        self._numbers: dict[int, int] = {}
        self._woken, self._waker = os.pipe()

    def serve(self) -> Request | None:
        """Returns None at the end, and in each forked process the request that it must run."""
        for file in (self._woken, self._waker):
            os.set_blocking(file, False)
        signal.set_wakeup_fd(self._waker, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, self._close)
        self._send({})
        while self._is_open or self._numbers:
            channel = [self._channel] if self._is_open else []
            readable, _, _ = select.select([self._woken, *channel], [], [])
            if self._woken in readable:
                os.read(self._woken, MAX_MESSAGE)
                self._reap()
            if self._channel in readable and (request := self._receive()) and self._fork(request):
                return request
        return None

    def _close(self, _number: int, _frame: FrameType | None) -> None:
        self._is_open = False

    def _receive(self) -> Request | None:
        message, received, _, _ = socket.recv_fds(self._channel, MAX_MESSAGE, MAX_FILES)
        if not message:
            self._is_open = False
            return None
        return Request(**json.loads(message), received=received)

    def _fork(self, request: Request) -> bool:
        """Returns whether this is the forked process. A SIGTERM right after the fork ends that process."""
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        pid = os.fork()
        if pid == 0:
            self._leave()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
        if pid == 0:
            request.prepare()
            return True
        for file in request.received:
            os.close(file)
        self._numbers[pid] = request.number
        self._send({"number": request.number, "pid": pid})
        return False

    def _leave(self) -> None:
        """In a forked process: drop what belongs to the template."""
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        for file in (self._woken, self._waker):
            os.close(file)
        self._channel.close()

    def _reap(self) -> None:
        """Kill what a process left in its session: web workers without their parent would keep the port."""
        while self._numbers and (ended := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)):
            kill_session(ended.si_pid)
            _, status = os.waitpid(ended.si_pid, 0)
            code = os.waitstatus_to_exitcode(status)
            self._send({"number": self._numbers.pop(ended.si_pid), "code": code})

    def _send(self, message: dict[str, int]) -> None:
        with suppress(OSError):  # the launcher has exited
            self._channel.send(json.dumps(message).encode())


def load() -> None:
    """Import what services use, and freeze it for the garbage collector, so that its memory stays shared."""
    import django

    django.setup()
    modules = {name: import_module(name) for name in MODULES}
    os.register_at_fork(after_in_child=modules["uuid_utils"].reseed_rng)
    gc.collect()
    gc.freeze()


def main() -> None:
    channel = socket.socket(fileno=int(sys.argv[1]))
    load()
    if request := Forks(channel).serve():
        request.run()


if __name__ == "__main__":
    main()
