"""Connections that send or read almost nothing. Meanwhile, other clients must be served as before."""

import asyncio
import itertools
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress

from bench.attacks.figures import Figure
from bench.attacks.paced import Outcome, Paced
from bench.attacks.target import Target

NAME = "slow connections"
DRIP_SECONDS = 1.0
REOPEN_SECONDS = 1.0
SETTLE_SECONDS = 2.0
RECOVERY_SECONDS = 60
BODIES = ("/oauth/token", "/sign-in/", "SCIM")


def run(
    target: Target, *, connections: int = 200, rate: float = 50, seconds: float = 8, only: str = ""
) -> Iterator[Figure]:
    """Open 200 connections of each kind for some seconds. Reopen those that the server closes."""
    paths = [f"{target.path}/Users/{user['id']}" for user in target.users(100)]
    Paced(target, paths, rate=rate, seconds=2).run()
    before = Paced(target, paths, rate=rate, seconds=seconds).run()
    for kind, opening in KINDS.items():
        if only not in kind:
            continue
        with attackers(target, opening, connections):
            time.sleep(SETTLE_SECONDS)
            live = Paced(target, ["/health/live"], rate=5, seconds=seconds).start()
            during = Paced(target, paths, rate=rate, seconds=seconds).run()
            yield from figures(kind, before, during, live.join())
        recover(target)


def figures(kind: str, before: Outcome, during: Outcome, live: Outcome) -> Iterator[Figure]:
    remark = f"{before.p95 * 1000:.0f} → {during.p95 * 1000:.0f} ms"
    yield Figure(NAME, f"{kind}: p95 of others", during.ratio_to(before), 2, "×", is_timed=True, remark=remark)
    yield Figure(NAME, f"{kind}: requests of others that failed", during.refused, 0)
    yield Figure(NAME, f"{kind}: `/health/live` without an answer", live.refused, 0)
    yield Figure(NAME, f"{kind}: slowest `/health/live`", max(live.seconds), 1, "s", is_timed=True)


def slow_headers(target: Target, _number: int) -> bytes:
    return f"GET {target.path}/Users HTTP/1.1\r\nHost: localhost\r\nX-Slow: ".encode()


def slow_body(target: Target, number: int) -> bytes:
    """A token request, a portal form or a SCIM request that announces 1,000 bytes and sends one."""
    place = BODIES[number % len(BODIES)]
    path, more = (
        (f"{target.path}/Users", f"Authorization: Bearer {target.token}\r\n") if place == "SCIM" else (place, "")
    )
    content = "application/scim+json" if place == "SCIM" else "application/x-www-form-urlencoded"
    return (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\n{more}Content-Type: {content}\r\nContent-Length: 1000\r\n\r\n{{"
    ).encode()


def slow_reading(target: Target, _number: int) -> bytes:
    return (
        f"GET {target.path}/Users?count=1000 HTTP/1.1\r\nHost: localhost\r\n"
        f"Authorization: Bearer {target.token}\r\n\r\n"
    ).encode()


Opening = Callable[[Target, int], bytes]
KINDS: dict[str, Opening] = {"headers": slow_headers, "body": slow_body, "reading": slow_reading}


@contextmanager
def attackers(target: Target, opening: Opening, connections: int) -> Iterator[None]:
    """Slow connections, all of which are open when the block begins."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    opened = itertools.count(1)
    is_open = threading.Event()

    async def attack(number: int) -> None:
        while True:
            with suppress(OSError):
                await slow(target, opening, number, lambda: next(opened) == connections and is_open.set())
            await asyncio.sleep(REOPEN_SECONDS)

    tasks = [asyncio.run_coroutine_threadsafe(attack(number), loop) for number in range(connections)]
    try:
        is_open.wait(10)
        yield
    finally:
        for task in tasks:
            task.cancel()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.run_until_complete(_ended(asyncio.all_tasks(loop)))
        loop.close()


async def _ended(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Wait for the tasks. Outside a coroutine, `gather` without tasks would use another event loop."""
    await asyncio.gather(*tasks, return_exceptions=True)


async def slow(target: Target, opening: Opening, number: int, on_open: Callable[[], object]) -> None:
    """Keep one connection open until the server closes it. Half of them are silent, the others send a byte a second."""
    loop = asyncio.get_running_loop()
    with socket.socket() as connection:
        connection.setblocking(False)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        await loop.sock_connect(connection, (target.host, target.port))
        await loop.sock_sendall(connection, opening(target, number))
        on_open()
        while True:
            await asyncio.sleep(DRIP_SECONDS)
            if opening is slow_reading:
                if not await loop.sock_recv(connection, 1):
                    return
            elif number % 2:
                await loop.sock_sendall(connection, b"x")
            elif is_ended(connection):
                return


def is_ended(connection: socket.socket) -> bool:
    try:
        return not connection.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return False


def recover(target: Target) -> None:
    """Wait until the server responds again."""
    deadline = time.monotonic() + RECOVERY_SECONDS
    while time.monotonic() < deadline:
        with suppress(OSError):
            if target.request("GET", "/Users?count=1", timeout=2).status == 200:
                return
        time.sleep(0.2)
