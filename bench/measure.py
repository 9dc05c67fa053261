"""Send a workload over keep-alive connections and read its cost from /proc."""

import http.client
import json
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from audit.seal import seal_events
from bench.seed import Population, settle
from bench.stack import Stack
from bench.workloads import Workload, cheapest

WARM_UP = 10
PARTS = 5
"""The number of parts that a workload is split into. The floor is measured before, between and after them."""
Prepared = tuple[str, str, bytes | None]


@dataclass(frozen=True)
class Result:
    """CPU seconds per 1,000 units of the web server, worker and database, and units per second: the median part.

    `floor` is the cost of 1,000 of the cheapest requests during the same time (bench.floor).
    """

    workload: Workload
    users: int
    web: float
    worker: float
    database: float
    per_second: float
    floor: float

    @property
    def cpu(self) -> float:
        return self.web + self.worker + self.database


class Cost(NamedTuple):
    """The cost of some requests: CPU seconds of the web servers, worker and database, and elapsed time."""

    web: float
    worker: float
    database: float
    seconds: float


def measure(workload: Workload, stack: Stack, people: Population) -> Result:
    """Returns the cost of the workload after a warm-up. Raises RuntimeError for an unexpected response."""
    prepared = prepare(workload, f"/v1/scim/{people.organization.pk}")
    warm_up = workload.requests // WARM_UP
    send_all(prepared[:warm_up], workload, stack.port, people.token)
    parts = _cut(prepared[warm_up:])
    floors, costs = [floor(stack, people)], list[Cost]()
    for part in parts:
        costs.append(cost_of(part, workload, stack, stack.port, people.token))
        floors.append(floor(stack, people))
    if any(method != "GET" for method, _, _ in prepared):
        settle()
    results = [
        _result(workload, people, cost, len(part) * workload.units, sum(around) / 2)
        for part, cost, around in zip(parts, costs, pairwise(floors), strict=True)
    ]
    return sorted(results, key=lambda result: result.cpu / result.floor)[len(results) // 2]


def _cut(prepared: Sequence[Prepared]) -> list[Sequence[Prepared]]:
    """Split it into PARTS parts, in order."""
    ends = [len(prepared) * number // PARTS for number in range(PARTS + 1)]
    return [prepared[start:end] for start, end in pairwise(ends)]


def _result(workload: Workload, people: Population, cost: Cost, units: int, lowest: float) -> Result:
    web, worker, database = (seconds * 1_000 / units for seconds in (cost.web, cost.worker, cost.database))
    return Result(workload, len(people.user_ids), web, worker, database, units / cost.seconds, lowest)


def floor(stack: Stack, people: Population) -> float:
    """CPU seconds that 1,000 of the cheapest requests cost at this moment."""
    workload = cheapest(people)
    cost = cost_of(prepare(workload), workload, stack, stack.floor_port, people.token)
    return (cost.web + cost.database) * 1_000 / workload.requests


def prepare(workload: Workload, base: str = "") -> list[Prepared]:
    return [
        (method, base + path, None if body is None else json.dumps(body).encode())
        for method, path, body in map(workload.make, range(workload.requests))
    ]


def cost_of(prepared: Sequence[Prepared], workload: Workload, stack: Stack, port: int, token: str) -> Cost:
    """Includes sealing the events of these requests. In production the worker does this; here, this process does it."""
    began, (web, database) = time.monotonic(), stack.cpu_seconds()
    send_all(prepared, workload, port, token)
    seconds = time.monotonic() - began
    worker = time.thread_time()
    if any(method != "GET" for method, _, _ in prepared):
        seal_events()
    worker = time.thread_time() - worker
    after_web, after_database = stack.cpu_seconds()
    return Cost(after_web - web, worker, after_database - database, seconds)


def send_all(prepared: Sequence[Prepared], workload: Workload, port: int, token: str) -> None:
    """Send all requests over all connections in parallel."""
    statuses: Counter[int] = Counter()
    threads = [
        threading.Thread(
            target=send, args=(prepared[start :: workload.connections], port, token, statuses), daemon=True
        )
        for start in range(workload.connections)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wrong = {status: count for status, count in statuses.items() if status not in workload.expect}
    if wrong or statuses.total() != len(prepared):
        raise RuntimeError(f"{workload.name}: {statuses.total()} answers, of them unexpected: {wrong}")


def send(share: Sequence[Prepared], port: int, token: str, statuses: Counter[int]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/scim+json"}
    for method, path, body in share:
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        response.read()
        statuses[response.status] += 1
    connection.close()
