"""A flood of requests at a fixed rate, sent by a separate process so that it does not slow down the measurement."""

import asyncio
import multiprocessing
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress

from bench.attacks.target import NO_ANSWER, Target

CONNECTIONS = 200


@contextmanager
def flooded(targets: list[Target], queries: list[str], *, rate: float, seconds: float) -> Iterator["Counter[int]"]:
    """Send requests to all targets in turn during the block. Afterwards, the counter holds the response statuses."""
    requests = [
        (
            f"GET {target.path}{queries[number % len(queries)]} HTTP/1.1\r\nHost: localhost\r\n"
            f"Authorization: Bearer {target.token}\r\n\r\n"
        ).encode()
        for number, target in enumerate(targets * len(queries))
    ]
    statuses: Counter[int] = Counter()
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
        sent = process.submit(flood, targets[0].host, targets[0].port, requests, rate, seconds)
        yield statuses
        statuses.update(sent.result())


def flood(host: str, port: int, requests: list[bytes], rate: float, seconds: float) -> "Counter[int]":
    return asyncio.run(_flood(host, port, requests, rate, seconds))


async def _flood(host: str, port: int, requests: list[bytes], rate: float, seconds: float) -> "Counter[int]":
    began, statuses = time.monotonic(), Counter[int]()
    numbers = iter(range(int(rate * seconds)))

    async def send() -> None:
        """One connection's share: each request is sent when it is due, or as soon as the previous one is answered."""
        streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        for number in numbers:
            await asyncio.sleep(max(0.0, began + number / rate - time.monotonic()))
            if time.monotonic() - began > seconds:
                break
            try:
                streams = streams or await asyncio.open_connection(host, port)
                statuses[await _ask(*streams, requests[number % len(requests)])] += 1
            except (OSError, asyncio.IncompleteReadError, ValueError):
                statuses[NO_ANSWER] += 1
                streams = None
        if streams:
            streams[1].close()

    tasks = [asyncio.create_task(send()) for _ in range(CONNECTIONS)]
    await asyncio.wait(tasks, timeout=seconds + 10)
    for task in tasks:
        task.cancel()
    with suppress(asyncio.CancelledError):
        await asyncio.gather(*tasks, return_exceptions=True)
    return statuses


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> int:
    writer.write(request)
    await writer.drain()
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    length = head.partition("content-length:")[2].partition("\r\n")[0]
    if not length:
        raise ValueError("no Content-Length")
    await reader.readexactly(int(length))
    return int(head.split()[1])
