"""The process of a service, as the supervisor sees it."""

import os
import signal
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress


class Child(ABC):
    """A process in its own session, started once."""

    @abstractmethod
    def end_reason(self) -> str | None:
        """Returns None while the process starts or runs, or else why it ended. By then its session is empty."""

    @abstractmethod
    def terminate(self) -> None:
        """Ask the process to end."""

    @abstractmethod
    def kill(self) -> None:
        """End the process and its session now."""


class ExecutedChild(Child):
    """A process that runs a command."""

    def __init__(self, command: Sequence[str], env: Mapping[str, str], files: Sequence[int], output: int) -> None:
        self._process = subprocess.Popen(  # noqa: S603 — our own commands
            command,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            pass_fds=files,
        )

    def end_reason(self) -> str | None:
        """Also kills what the process left in its session: web workers without their parent would keep the port."""
        if self._process.returncode is None:
            # Not reaped yet, so its pid still identifies its process group.
            if not os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                return None
            kill_session(self._process.pid)
            self._process.wait()
        return describe(self._process.returncode)

    def terminate(self) -> None:
        if self.end_reason() is None:
            self._process.terminate()

    def kill(self) -> None:
        if self.end_reason() is None:
            kill_session(self._process.pid)


def executed(env: Mapping[str, str]) -> Callable[[str, Sequence[str], Sequence[int], int], Child]:
    """Returns a function that starts a command as a separate program, in this environment."""
    return lambda _name, command, files, output: ExecutedChild(command, env, files, output)


def kill_session(leader: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)


def describe(code: int) -> str:
    """Describe an exit code as subprocess reports it: negative for a signal."""
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
