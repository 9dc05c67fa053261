"""Send a workload over keep-alive connections and read from /proc what it cost."""

import http.client
import threading
import time
from collections import Counter
from dataclasses import dataclass

from bench.seed import Population
from bench.stack import Stack
from bench.workloads import Workload, encode

CONNECTIONS = 8


@dataclass(frozen=True)
class Result:
    """CPU seconds per 1,000 requests, of the web server and of the database; requests per second."""

    workload: Workload
    web: float
    database: float
    per_second: float

    @property
    def cpu(self) -> float:
        return self.web + self.database


def measure(workload: Workload, stack: Stack, people: Population) -> Result:
    """The workload's price; RuntimeError if any request was answered otherwise than expected."""
    base = f"/v1/scim/{people.organization.pk}"
    prepared = [
        (method, base + path, encode(body)) for method, path, body in map(workload.make, range(workload.requests))
    ]
    shares = [prepared[start::CONNECTIONS] for start in range(CONNECTIONS)]
    statuses: Counter[int] = Counter()
    began, (web, database) = time.monotonic(), stack.cpu_seconds()
    threads = [
        threading.Thread(target=send, args=(share, stack.port, people.token, statuses), daemon=True) for share in shares
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.monotonic() - began
    after_web, after_database = stack.cpu_seconds()
    wrong = {status: count for status, count in statuses.items() if status not in workload.expect}
    if wrong or statuses.total() != workload.requests:
        raise RuntimeError(f"{workload.name}: {statuses.total()} answers, of them unexpected: {wrong}")
    per = 1_000 / workload.requests
    return Result(workload, (after_web - web) * per, (after_database - database) * per, workload.requests / seconds)


def send(share: list[tuple[str, str, bytes | None]], port: int, token: str, statuses: Counter[int]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/scim+json"}
    for method, path, body in share:
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        response.read()
        statuses[response.status] += 1
    connection.close()
