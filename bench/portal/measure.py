"""Ask for each page many times, one request after the other, and note how long each answer took."""

import http.client
import random
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.conf import settings

from bench.portal.fill import Place
from bench.portal.pages import PAGES, PortalPage

WARM_UP = 20
LIMIT_MILLISECONDS = 80.0
LIMIT_RATIO = 1.5
SEED = 19


@dataclass(frozen=True)
class Line:
    """Milliseconds from the first byte of the request to the last one of the answer, by number of users."""

    page: PortalPage
    p95: dict[int, float]
    median: dict[int, float]

    @property
    def ratio(self) -> float:
        """The slowest twentieth in the largest organization, in units of that in the smallest."""
        return self.p95[max(self.p95)] / self.p95[min(self.p95)]

    @property
    def misses(self) -> bool:
        return self.p95[max(self.p95)] > LIMIT_MILLISECONDS


def measure(places: Sequence[Place], port: int, *, requests: int, only: str) -> Iterator[Line]:
    """A line for each page whose name contains `only`. RuntimeError for an answer that is not the page."""
    for page in PAGES:
        if only in page.name:
            times = {place.users: times_of(page, place, port, requests) for place in places if _has(page, place)}
            p95 = {users: statistics.quantiles(found, n=20)[-1] for users, found in times.items()}
            yield Line(page, p95, {users: statistics.median(found) for users, found in times.items()})


def _has(page: PortalPage, place: Place) -> bool:
    return place.users >= page.at_least


def times_of(page: PortalPage, place: Place, port: int, requests: int) -> list[float]:
    """Milliseconds of each request after the warm-up."""
    draw = random.Random(SEED)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Cookie": f"{settings.SESSION_COOKIE_NAME}={place.cookie}", "Accept": "text/html"}
    times = []
    for _ in range(requests + WARM_UP):
        path = page.draw(place, draw)
        began = time.perf_counter()
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        answer.read()
        times.append((time.perf_counter() - began) * 1_000)
        if answer.status != 200:
            raise RuntimeError(f"{page.name}: {path} answered {answer.status}")
    connection.close()
    return times[WARM_UP:]


def head(sizes: Sequence[int]) -> str:
    names = [f"{size:,} users, p95 (median)" for size in sizes]
    return f"| page | {' | '.join(names)} | ratio |\n|---|{'--:|' * (len(sizes) + 1)}"


def row(line: Line, sizes: Sequence[int]) -> str:
    cells = [f"{line.p95[size]:.0f} ({line.median[size]:.0f})" if size in line.p95 else "" for size in sizes]
    ratio = f"{line.ratio:.1f}" if len(line.p95) > 1 else ""
    return f"| {line.page.name} | {' | '.join(cells)}{' ✗' if line.misses else ''} | {ratio} |"
