"""`python -m controlhub.web.process`: one web process, started by a supervisor that owns the listening socket."""

import argparse
import asyncio
import gc
import os
import resource
import signal
import socket
import sys
from contextlib import suppress
from importlib import import_module

import uvloop

from controlhub.web import limits
from controlhub.web.server import Server

OPEN_FILES = 65_536
SPARE_FILES = 64
SWITCH_SECONDS = 0.0005
"""How long a thread may keep others from running Python. A request waits for it after each database response."""

COLLECT_AFTER = (5_000, 20, 20)
"""Thresholds of garbage collection: after this many more allocations than deallocations; all objects after 400 times.

With Python's default (700, 10, 10), collections take 1% more of a write's instructions.
"""


def main() -> None:
    """Serve until SIGTERM, or until the other end of `--parent` is closed."""
    arguments = _arguments()
    files = _allow_many_files()
    module, _, name = arguments.application.partition(":")
    application = getattr(import_module(module), name)
    from django.conf import settings  # the application configures them

    listener = socket.socket(fileno=arguments.listen)
    most = min(limits.MAX_CONNECTIONS, max(files // 2 - SPARE_FILES, 1))  # a connection may need a temporary file
    server = Server(application, listener, session_cookie=settings.SESSION_COOKIE_NAME, max_connections=most)
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.collect()
    gc.freeze()  # loaded code stays, so no collection needs to check it again
    gc.set_threshold(*COLLECT_AFTER)
    uvloop.run(_serve(server, ready=arguments.ready, parent=arguments.parent))


async def _serve(server: Server, *, ready: int, parent: int | None) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, server.drain)
    if parent is not None:
        loop.add_reader(parent, _parent_ended, loop, parent, server)
    os.write(ready, b"ready")
    os.close(ready)
    await server.run()


def _parent_ended(loop: asyncio.AbstractEventLoop, parent: int, server: Server) -> None:
    """Drain because the other end of this pipe was closed: the supervisor has gone, and would not stop this process."""
    loop.remove_reader(parent)
    server.drain()


def _allow_many_files() -> int:
    """Returns the maximum number of open files. The usual soft limit of 1,024 is for programs that use `select`."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if most == resource.RLIM_INFINITY else min(OPEN_FILES, most)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("listen", "ready"):
        parser.add_argument(f"--{name}", type=int, required=True, help="the number of an open file")
    parser.add_argument("--parent", type=int, help="the number of a pipe: end when its other end is closed")
    parser.add_argument("--application", default="controlhub.wsgi:application")
    return parser.parse_args()


if __name__ == "__main__":
    main()
