"""Other SCIM servers, which keep users in memory, measured in the same run. Those not installed are skipped.

npm install --prefix var/bench/peers scimmy scimmy-routers express
.venv/bin/uv venv var/bench/peers && .venv/bin/uv pip install --python var/bench/peers scim2-server
"""

import http.client
import json
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import psutil

from bench.measure import prepare, send_all
from bench.seed import document, user_name
from bench.stack import VAR_DIR, family_cpu_seconds, free_port
from bench.workloads import Workload, patch

if TYPE_CHECKING:
    from bench.measure import Result

FOLDER = VAR_DIR / "peers"
SCIMMY = Path(__file__).with_name("scimmy.mjs")
START_SECONDS = 30
REQUESTS = 500
FEW = 5
"""The number of list requests. It is low because some servers convert every user for each page."""


@dataclass(frozen=True)
class Peer:
    """A server: how to start it on a port, and its prerequisites."""

    name: str
    command: Sequence[str]
    needs: Sequence[Path]

    def missing(self) -> str | None:
        """Returns the missing prerequisite, or None."""
        if shutil.which(self.command[0]) is None:
            return f"there is no {Path(self.command[0]).name}"
        absent = [path for path in self.needs if not path.exists()]
        return f"there is no {absent[0]}" if absent else None


PEERS = (
    Peer("scimmy-routers", ("node", str(SCIMMY)), (FOLDER / "node_modules" / "scimmy-routers",)),
    Peer("scim2-server", (str(FOLDER / "bin" / "scim2-server"), "--port"), ()),
)


def compare(results: "Sequence[Result]", users: int) -> Iterator[str]:
    """Lines with the cost of each peer, and the cost of Control Hub relative to it."""
    ours = {result.workload.name: result.cpu for result in results if result.users == users}
    for peer in PEERS:
        if missing := peer.missing():
            yield f"{peer.name}: skipped, {missing} (bench/peers/__init__.py)"
            continue
        for name, cost in measured(peer, users):
            ratio = f"{ours[name] / cost:.2f} × it" if name in ours else "not measured"
            yield f"{peer.name}: {name}: {cost:.2f} CPU-s/1000; Control Hub {ratio}"


def measured(peer: Peer, users: int) -> Iterator[tuple[str, float]]:
    """Yields the name of each workload and CPU seconds per 1,000 requests."""
    with running(peer) as (port, process):
        ids = populate(port, users)
        for workload in workloads(ids):
            prepared = prepare(workload)
            before = family_cpu_seconds(process)
            send_all(prepared, workload, port, "bench")
            yield workload.name, (family_cpu_seconds(process) - before) * 1_000 / workload.requests


@contextmanager
def running(peer: Peer) -> Iterator[tuple[int, psutil.Process]]:
    port = free_port()
    with (FOLDER / f"{peer.name}.log").open("w") as log:
        process = subprocess.Popen([*peer.command, str(port)], cwd=FOLDER, stdout=log, stderr=log)
        try:
            _wait(process, port)
            yield port, psutil.Process(process.pid)
        finally:
            process.terminate()
            process.wait(START_SECONDS)


def _wait(process: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            _ask(port, "GET", "/Users?count=1")
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit(f"The peer did not answer: see {FOLDER}/*.log")


def populate(port: int, users: int) -> list[str]:
    """Create the users. Returns their IDs."""
    return [_ask(port, "POST", "/Users", document(number))["id"] for number in range(users)]


def _ask(port: int, method: str, path: str, body: object = None) -> dict[str, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Authorization": "Bearer bench", "Content-Type": "application/scim+json"}
    connection.request(method, path, None if body is None else json.dumps(body), headers)
    with connection.getresponse() as response:
        answer: dict[str, str] = json.loads(response.read())
    connection.close()
    if response.status >= 400:
        sys.exit(f"{method} {path}: {response.status} {answer}")
    return answer


def workloads(ids: list[str]) -> list[Workload]:
    """The same workloads as ours, in a form that every server understands."""
    count, run = len(ids), uuid.uuid4().hex[:8]

    def new(i: int) -> dict[str, object]:
        return {**document(i), "userName": f"new{i}.{run}@northwind.example", "externalId": f"{run}{i}"}

    def named(i: int) -> str:
        return quote(f'userName eq "{user_name(i * 7 % count)}"')

    def switch(i: int) -> dict[str, object]:
        return patch({"op": "replace", "path": "active", "value": i >= count})

    return [
        Workload("GET /Users/{id}", None, lambda i: ("GET", f"/Users/{ids[i * 7 % count]}", None), REQUESTS),
        Workload("filter userName eq", None, lambda i: ("GET", f"/Users?filter={named(i)}", None), REQUESTS),
        Workload("list 100, first page", None, lambda _: ("GET", "/Users?count=100", None), FEW),
        Workload("POST /Users", None, lambda i: ("POST", "/Users", new(i)), REQUESTS, (201,)),
        Workload("PATCH active", None, lambda i: ("PATCH", f"/Users/{ids[i]}", switch(i)), REQUESTS, (200, 204)),
    ]
