"""Request each page many times, one request at a time, and record the time and cost of each response.

The CPU time of the web server and PostgreSQL hardly depends on other load on the machine. With one request at a time
and the database in memory, it also equals the response time on an idle machine.
"""

import http.client
import os
import random
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from bench.portal.fill import Place
from bench.portal.pages import PAGES, PortalPage
from bench.stack import Stack

WARM_UP = 20
LIMIT_MILLISECONDS = 80.0
LIMIT_RATIO = 1.5
SEED = 19


@dataclass(frozen=True)
class Line:
    """By number of users: CPU milliseconds of each request, and milliseconds until the last byte of the response."""

    page: PortalPage
    cpu: dict[int, list[float]]
    elapsed: dict[int, list[float]]

    @property
    def ratio(self) -> float:
        """The 95th percentile of CPU time in the largest organization relative to the smallest."""
        return p95(self.cpu[max(self.cpu)]) / p95(self.cpu[min(self.cpu)])

    @property
    def misses(self) -> bool:
        return p95(self.cpu[max(self.cpu)]) > LIMIT_MILLISECONDS or round(self.ratio, 1) > LIMIT_RATIO


def p95(values: Sequence[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


def measure(places: Sequence[Place], running: Stack, *, requests: int, only: str) -> Iterator[Line]:
    """A line for each page whose name contains `only`. Raises RuntimeError if a response is not the page."""
    for page in PAGES:
        if only in page.name:
            found = {place.users: times_of(page, place, running, requests) for place in places if _has(page, place)}
            yield Line(
                page,
                {users: [cpu for cpu, _ in times] for users, times in found.items()},
                {users: [elapsed for _, elapsed in times] for users, times in found.items()},
            )


def _has(page: PortalPage, place: Place) -> bool:
    return place.users >= page.at_least


def times_of(page: PortalPage, place: Place, running: Stack, requests: int) -> list[tuple[float, float]]:
    draw = random.Random(SEED)
    headers = {"Cookie": f"{settings.SESSION_COOKIE_NAME}={place.cookie}", "Accept": "text/html"}
    return times(lambda: page.draw(place, draw), headers, running, requests)


def times(
    next_path: Callable[[], str], headers: dict[str, str], running: Stack, requests: int
) -> list[tuple[float, float]]:
    """CPU and elapsed milliseconds of each request after the warm-up."""
    connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=60)
    found = []
    with closing(connection), cpu_clock(running) as cpu:
        while len(found) < requests + WARM_UP:
            path = next_path()
            used, began = cpu(), time.perf_counter()
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            answer.read()
            elapsed = (time.perf_counter() - began) * 1_000
            if answer.status == 429:  # the API limits requests per second
                time.sleep(int(answer.headers["Retry-After"]))
                continue
            if answer.status != 200:
                raise RuntimeError(f"{path} answered {answer.status}")
            found.append((cpu() - used, elapsed))
    return found[WARM_UP:]


@contextmanager
def cpu_clock(running: Stack) -> Iterator[Callable[[], float]]:
    """Yields a function that returns the CPU milliseconds used so far by all threads of web server and PostgreSQL."""
    families = [running.web, *running.web.children(recursive=True), running.postmaster, *running.postmaster.children()]
    files = [path.open("rb") for one in families for path in Path(f"/proc/{one.pid}/task").glob("*/schedstat")]

    def milliseconds() -> float:
        return sum(map(_nanoseconds, files)) / 1e6

    try:
        yield milliseconds
    finally:
        for file in files:
            file.close()


def _nanoseconds(file: BinaryIO) -> int:
    """The first number of a thread's `schedstat`; 0 if the thread has ended."""
    try:
        return int(os.pread(file.fileno(), 64, 0).split()[0])
    except ProcessLookupError:
        return 0


def head(sizes: Sequence[int]) -> str:
    names = [f"{size:,} users: CPU p95 (median)" for size in sizes]
    return f"| page | {' | '.join(names)} | ratio | elapsed p95 |\n|---|{'--:|' * (len(sizes) + 2)}"


def row(line: Line, sizes: Sequence[int]) -> str:
    cells = [
        f"{p95(line.cpu[size]):.0f} ({statistics.median(line.cpu[size]):.0f})" if size in line.cpu else ""
        for size in sizes
    ]
    ratio = f"{line.ratio:.1f}" if len(line.cpu) > 1 else ""
    mark = " ✗" if line.misses else ""
    return f"| {line.page.name} | {' | '.join(cells)}{mark} | {ratio} | {p95(line.elapsed[max(line.elapsed)]):.0f} |"
