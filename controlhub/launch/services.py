"""The services of `make run`. They are restarted when they end; a signal to the launcher stops all of them."""

import os
import socket
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from controlhub.launch import leftovers, web
from controlhub.launch.cluster import Cluster
from controlhub.launch.errors import StartError
from controlhub.launch.progress import log
from controlhub.launch.supervised import ClusterService, ProcessService, Service
from controlhub.launch.supervisor import LAUNCHER, Supervisor
from controlhub.launch.template import Templates
from controlhub.schedule.queues import Queue

READY_WITHIN = 60.0
REMEMBER_SECONDS = 1.0
DATABASE = "postgres"
MEMORY = {"MALLOC_ARENA_MAX": "2", "MALLOC_MMAP_THRESHOLD_": "262144", "MALLOC_TRIM_THRESHOLD_": "1048576"}
"""For glibc: free the memory of large requests and responses, instead of keeping it for later ones.

The heap keeps 1 MiB, because a page of a hundred users takes some hundred kB, and would cause page faults each time.
"""


def run(
    var_dir: Path,
    listener: socket.socket,
    cluster: Cluster | None,
    *,
    web_workers: int,
    templates: Templates,
    ready: Callable[[], None],
    prepare: Callable[[], None],
) -> None:
    """Run web server, workers, scheduler and, if given, the embedded database until a signal.

    `ready` is called when the web server responds, and `prepare` before a reload. ServiceError if a service keeps
    failing.
    """
    services: list[Service] = [ClusterService(cluster)] if cluster else []
    # If the launcher is killed, they continue to serve; the next start ends them (`leftovers`).
    servers = web.processes(listener, templates.spawn, number=web_workers, is_bound=False)
    services += servers
    services += [ProcessService(name, command, templates.spawn) for name, command in commands(var_dir).items()]
    threading.Thread(target=_wait_until_ready, args=(listener.getsockname()[1], ready), daemon=True).start()
    Supervisor(
        services,
        # Without these no request is served. Any other service may fail forever while the web server continues.
        essential={DATABASE, *(server.name for server in servers)},
        on_tick=_each_tick(var_dir / "run" / "processes.json", templates),
        prepare=prepare,
        kept=frozenset({DATABASE}),
    ).run()


def _each_tick(file: Path, templates: Templates) -> Callable[[], None]:
    """Returns a function that saves the processes for the next start, at most once in REMEMBER_SECONDS.

    A full disk does not stop the services.
    """
    due = 0.0

    def tick() -> None:
        nonlocal due
        templates.forget_ended()
        if time.monotonic() >= due:
            due = time.monotonic() + REMEMBER_SECONDS
            with suppress(OSError):
                leftovers.remember(file)

    return tick


def commands(var_dir: Path) -> dict[str, list[str]]:
    """Returns the command lines of all services but the web server, by name."""
    celery = [sys.executable, "-m", "celery", "--quiet", "-A"]
    return {
        **{queue.value: [*celery, "controlhub.celery", *worker(queue)] for queue in Queue},
        "beat": [*celery, "controlhub.schedule.scheduler", "beat", "--loglevel", "WARNING", "--pidfile=",
                 "--schedule", str(var_dir / "beat" / "schedule")],
    }  # fmt: skip


def worker(queue: Queue) -> list[str]:
    """Returns the arguments of one queue's worker. It runs one job at a time, in one process."""
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    return ["worker", "--queues", queue, "--hostname", f"{queue}@%h", "--pool", "solo", "--loglevel", "WARNING", *quiet]


def environment() -> dict[str, str]:
    """Returns the processes' environment: without the owner's URL, unbuffered, without Celery's warning about root."""
    kept = {name: value for name, value in os.environ.items() if name != "DATABASE_OWNER_URL"}
    return (
        MEMORY
        | kept
        | {
            "PYTHONUNBUFFERED": "1",
            "PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges",
        }
    )


def alone() -> dict[str, str]:
    """Returns the environment if everything runs on this machine.

    Unless people sign in over https, the directory may provision this installation itself.
    """
    is_local = not os.environ.get("PUBLIC_URL", "").startswith("https://")
    return ({"OUTBOUND_ALLOW_SELF": "true"} if is_local else {}) | environment()


def _wait_until_ready(port: int, ready: Callable[[], None]) -> None:
    deadline = time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline:
        if is_ready(port):
            ready()
            return
        time.sleep(0.2)
    log(LAUNCHER, "The web server has not responded for a minute. See its messages above.")


def port() -> int:
    """Returns the port of the web server from PORT. StartError if it is not valid."""
    text = os.environ.get("PORT") or "8000"
    if not text.isdigit() or not 1 <= int(text) <= 65535:
        raise StartError(f"PORT is {text!r}, but it must be a number from 1 to 65535.")
    return int(text)


def host() -> str:
    """Returns the address on which the web server listens."""
    return os.environ.get("HOST") or "127.0.0.1"


def is_ready(port: int) -> bool:
    """Whether Control Hub is ready at this port of this machine."""
    reached = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host(), host())  # noqa: S104 — asked of, not listened on
    request = urllib.request.Request(f"http://{reached}:{port}/health/ready", headers={"Host": "localhost"})
    try:
        with urllib.request.urlopen(request, timeout=2) as answer:  # noqa: S310 — our own address
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
