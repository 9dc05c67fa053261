"""The long-running processes, under honcho: if one ends, all end; a signal to the launcher ends all."""

import os
import shlex
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from honcho.manager import Manager
from honcho.printer import Printer

from controlhub.launch import leftovers
from controlhub.launch.progress import say

READY_WITHIN = 60.0


class Supervisor(Manager):
    """honcho's manager, which calls `started` once all processes were started."""

    def __init__(self, started: Callable[[], None]) -> None:
        super().__init__(printer=Printer(sys.stdout, time_format="%H:%M:%S"))
        self._started = started

    def _start(self) -> None:
        super()._start()
        threading.Thread(target=self._started, daemon=True).start()


def run(var_dir: Path, port: int, ready: Callable[[], None]) -> int:
    """Run web server, worker and scheduler until a signal or until one of them ends; the exit code.

    `ready` is called when the web server answers.
    """
    supervisor = Supervisor(lambda: _wait_until_ready(var_dir, port, ready))
    for name, command in commands(var_dir, port).items():
        supervisor.add_process(name, f"exec {shlex.join(command)}", env=environment())
    supervisor.loop()
    code: int = supervisor.returncode or 0
    return code


def commands(var_dir: Path, port: int) -> dict[str, list[str]]:
    """Name to command line."""
    programs = Path(sys.executable).parent
    celery = [str(programs / "celery"), "--quiet", "-A", "controlhub.celery"]
    return {
        "web": [
            str(programs / "granian"), "--interface", "wsgi", "--host", host(),
            "--port", str(port), "--workers", os.environ.get("WEB_WORKERS", "2"), "--blocking-threads", "2",
            "--respawn-failed-workers", "--log-level", "warning", "controlhub.wsgi:application",
        ],
        "worker": [*celery, "worker", "--pool", "solo", "--loglevel", "WARNING", "--without-gossip",
                   "--without-mingle", "--without-heartbeat"],
        "beat": [*celery, "beat", "--loglevel", "WARNING", "--schedule", str(var_dir / "beat" / "schedule"),
                 "--pidfile="],
    }  # fmt: skip


def environment() -> dict[str, str]:
    """What the processes see: ours without the owner's address, unbuffered, without Celery's alarm about root."""
    kept = {name: value for name, value in os.environ.items() if name != "DATABASE_OWNER_URL"}
    return kept | {
        "PYTHONUNBUFFERED": "1",
        "PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges",
    }


def _wait_until_ready(var_dir: Path, port: int, ready: Callable[[], None]) -> None:
    deadline = time.monotonic() + READY_WITHIN
    processes = var_dir / "run" / "processes.json"
    while time.monotonic() < deadline:
        leftovers.remember(processes)
        if _answers(port):
            leftovers.remember(processes)
            ready()
            return
        time.sleep(0.2)
    say("The web server has not answered for a minute; its messages above say why.")


def host() -> str:
    """The address on which the web server listens."""
    return os.environ.get("HOST") or "127.0.0.1"


def _answers(port: int) -> bool:
    reached = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host(), host())  # noqa: S104 — asked of, not listened on
    request = urllib.request.Request(f"http://{reached}:{port}/health/ready", headers={"Host": "localhost"})
    try:
        with urllib.request.urlopen(request, timeout=2) as answer:  # noqa: S310 — our own address
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
