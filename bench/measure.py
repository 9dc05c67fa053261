"""Send a workload over keep-alive connections and read from /proc what it cost."""

import http.client
import json
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bench.seed import Population, settle
from bench.stack import Stack
from bench.workloads import Workload

CONNECTIONS = 8
WARM_UP = 10
Prepared = tuple[str, str, bytes | None]


@dataclass(frozen=True)
class Result:
    """CPU seconds per 1,000 units, of the web server and of the database; units per second."""

    workload: Workload
    users: int
    web: float
    database: float
    per_second: float

    @property
    def cpu(self) -> float:
        return self.web + self.database


def measure(workload: Workload, stack: Stack, people: Population) -> Result:
    """The workload's price after a warm-up; RuntimeError if any request was answered otherwise than expected."""
    base = f"/v1/scim/{people.organization.pk}" if workload.is_scim else ""
    prepared = [
        (method, base + path, None if body is None else json.dumps(body).encode())
        for method, path, body in map(workload.make, range(workload.requests))
    ]
    warm_up = workload.requests // WARM_UP
    send_all(prepared[:warm_up], workload, stack, people.token)
    began, (web, database) = time.monotonic(), stack.cpu_seconds()
    send_all(prepared[warm_up:], workload, stack, people.token)
    seconds = time.monotonic() - began
    after_web, after_database = stack.cpu_seconds()
    units = (workload.requests - warm_up) * workload.units
    per = 1_000 / units
    if any(method != "GET" for method, _, _ in prepared):
        settle()
    return Result(
        workload, len(people.user_ids), (after_web - web) * per, (after_database - database) * per, units / seconds
    )


def send_all(prepared: Sequence[Prepared], workload: Workload, stack: Stack, token: str) -> None:
    """Over all connections at once."""
    statuses: Counter[int] = Counter()
    threads = [
        threading.Thread(target=send, args=(prepared[start::CONNECTIONS], stack.port, token, statuses), daemon=True)
        for start in range(CONNECTIONS)
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
