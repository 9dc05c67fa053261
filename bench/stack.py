"""The measured system: the embedded PostgreSQL with durable writes, and the web server as started by `make run`."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from controlhub.launch import database, keys, places
from controlhub.launch.__main__ import prepared

WEB = [sys.executable, "-m", "controlhub.web"]
ROOT = Path(__file__).resolve().parent.parent
VAR_DIR = ROOT / "var" / "bench"


@dataclass(frozen=True)
class Stack:
    """The running processes and their ports."""

    port: int
    floor_port: int
    web: psutil.Process
    floor: psutil.Process
    postmaster: psutil.Process

    def cpu_seconds(self) -> tuple[float, float]:
        """CPU seconds used so far by the web servers and PostgreSQL, including exited child processes."""
        return family_cpu_seconds(self.web) + family_cpu_seconds(self.floor), family_cpu_seconds(self.postmaster)

    def memory(self) -> float:
        """Resident megabytes of the largest web process."""
        processes = [self.web, *self.web.children(recursive=True)]
        return float(max(process.memory_info().rss for process in processes)) / 1_000_000


def family_cpu_seconds(process: psutil.Process) -> float:
    """CPU seconds of a process and its descendants, in hundredths for exited ones and in nanoseconds for the others."""
    times = process.cpu_times()
    ended: float = times.children_user + times.children_system
    return ended + sum(map(_used, [process, *process.children(recursive=True)]))


def _used(process: psutil.Process) -> float:
    """CPU seconds of the threads of a process: the first number of their `schedstat` (kernel docs: sched-stats)."""
    nanoseconds = 0
    for thread in Path(f"/proc/{process.pid}/task").glob("*/schedstat"):
        with suppress(FileNotFoundError, ProcessLookupError):
            nanoseconds += int(thread.read_text().split()[0])
    return nanoseconds / 1e9


@contextmanager
def fresh_database() -> Iterator[None]:
    """Start with an empty database, because data of an earlier run would affect the result."""
    shutil.rmtree(VAR_DIR / "postgres", ignore_errors=True)
    with database.running(database.chosen(VAR_DIR)):
        yield


@contextmanager
def running(port: int) -> Iterator[Stack]:
    """Run the stack on this port. Sets its environment variables in this process."""
    if not Path("/proc/self/schedstat").exists():
        raise SystemExit("The benchmark reads CPU time from /proc/…/schedstat, which this system does not have.")
    os.environ.update(VAR_DIR=str(VAR_DIR), PORT=str(port), DJANGO_SETTINGS_MODULE="controlhub.settings")
    places.prepare(VAR_DIR)
    keys.keep(VAR_DIR)
    with places.lock(VAR_DIR), fresh_database():
        prepared(VAR_DIR)
        floor_port = free_port()
        servers = [
            subprocess.Popen([*WEB, "--port", str(its_port), "--application", application], cwd=ROOT)
            for its_port, application in (
                (port, "controlhub.wsgi:application"),
                (floor_port, "bench.floor:application"),
            )
        ]
        try:
            pid = int((VAR_DIR / "postgres" / "data" / "postmaster.pid").read_text().split()[0])
            web, floor = (psutil.Process(server.pid) for server in servers)
            yield Stack(port, floor_port, web, floor, psutil.Process(pid))
        finally:
            for server in servers:
                server.terminate()
            for server in servers:
                server.wait(20)
            sys.stdout.flush()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
