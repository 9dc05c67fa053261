"""Compare two checkouts in turns: the CPU seconds of each kind of request on the same machine."""

import http.client
import json
import statistics
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from bench.launched import ControlHub, running
from bench.stack import ROOT, family_cpu_seconds

CONNECTIONS = 4
REQUESTS = 600
"""Requests per kind, round and checkout. With 240, single ratios varied by 20%."""
DELETES = 240
"""Deletions per round. Those of one start stay under 1,000, the limit beyond which users are only hidden."""
ROUNDS_OF_A_START = 3
USERS = 1_000
QUIET = {"AUDIT_SEAL_INTERVAL": "86400", "PURGE_INTERVAL": "86400", "BURST_INTERVAL": "86400"}
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
Request = tuple[str, str, object]


class Cost(NamedTuple):
    """CPU time of the web server and of the database."""

    web: float
    database: float


class Side:
    """One of the two checkouts: its deployment, its users, and the progress of its workloads."""

    def __init__(self, hub: ControlHub) -> None:
        self.hub = hub
        people = hub.populate(USERS)
        self.base, self.token = f"/v1/scim/{people['organization']}", people["token"]
        listed = self._ask("GET", f"{self.base}/Users?count=1000", None)
        self.users = [user for user in listed["Resources"] if user.get("active")]
        self.made: list[str] = []
        self.count = 0
        self._lock = threading.Lock()

    def number(self) -> int:
        """Returns a different number for each call."""
        with self._lock:
            self.count += 1
            return self.count

    def cpu_seconds(self) -> "Cost":
        """CPU seconds of the web server and database so far."""
        web = [process for name, process in self.hub.services().items() if name.startswith("web")]
        return Cost(sum(map(family_cpu_seconds, web)), family_cpu_seconds(self.hub.postmaster()))

    def cost(self, make: "Make", requests: int) -> "Cost":
        """CPU milliseconds of one request, averaged over this many."""
        before = self.cpu_seconds()
        threads = [
            threading.Thread(target=self._send, args=(make, requests // CONNECTIONS)) for _ in range(CONNECTIONS)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        after = self.cpu_seconds()
        return Cost(*((new - old) * 1_000 / requests for new, old in zip(after, before, strict=True)))

    def _send(self, make: "Make", requests: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.hub.port, timeout=60)
        for _ in range(requests):
            method, path, body = make(self)
            answer = self._ask(method, self.base + path, body, connection)
            if method == "POST":
                self.made.append(answer["id"])
        connection.close()

    def _ask(self, method: str, path: str, body: object, connection: http.client.HTTPConnection | None = None):  # type: ignore[no-untyped-def]
        connection = connection or http.client.HTTPConnection("127.0.0.1", self.hub.port, timeout=60)
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/scim+json"}
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        response = connection.getresponse()
        text = response.read()
        if response.status not in {200, 201, 204}:
            raise RuntimeError(f"{method} {urlsplit(path).path}: {response.status} {text[:300]!r}")
        return json.loads(text) if text else None


Make = Callable[[Side], Request]


def _user(side: Side) -> dict[str, object]:
    users = side.users
    return dict(users[side.number() * 7 % len(users)])


def _post(side: Side) -> Request:
    number = side.number()
    document = {
        name: value for name, value in side.users[number % len(side.users)].items() if name not in {"id", "meta"}
    }
    changed = {"userName": f"made{number}@example.com", "externalId": f"made-{number}"}
    return "POST", "/Users", document | changed


def _put(side: Side) -> Request:
    user = _user(side)
    user.pop("meta")
    return "PUT", f"/Users/{user['id']}", user | {"title": f"Title {side.number()}"}


def _patch(side: Side) -> Request:
    operation = {"op": "replace", "path": "title", "value": f"Title {side.number()}"}
    return "PATCH", f"/Users/{_user(side)['id']}", {"schemas": [PATCH], "Operations": [operation]}


def _delete(side: Side) -> Request:
    return "DELETE", f"/Users/{side.made.pop()}", None


POST, DELETE = "POST /Users", "DELETE /Users/{id}"
KINDS: dict[str, Make] = {
    "GET /Users/{id}": lambda side: ("GET", f"/Users/{_user(side)['id']}", None),
    "userName eq": lambda side: ("GET", f"/Users?filter=userName%20eq%20%22{_user(side)['userName']}%22", None),
    "list of 100": lambda _: ("GET", "/Users?count=100", None),
    POST: _post,
    "PUT /Users/{id}": _put,
    "PATCH title": _patch,
    DELETE: _delete,
}


@dataclass(frozen=True)
class Line:
    """The cost of a kind in both checkouts in CPU milliseconds (medians), and the median ratio of all rounds."""

    kind: str
    before: Cost
    now: Cost
    ratio: float


def compare(checkout: Path, rounds: int, only: str = "") -> list[Line]:
    """Measure this checkout against another one.

    Both are restarted every ROUNDS_OF_A_START rounds: where the system places their code and data makes a difference of
    up to 10% for as long as they run.
    """
    wanted = [kind for kind in KINDS if only in kind]
    if DELETE in wanted and POST not in wanted:
        wanted.insert(0, POST)  # creates the users that are deleted
    kinds = {kind: KINDS[kind] for kind in wanted}
    costs: dict[str, list[tuple[Cost, Cost]]] = {kind: [] for kind in kinds}
    for first in range(0, rounds, ROUNDS_OF_A_START):
        _measure(checkout, kinds, costs, rounds=min(ROUNDS_OF_A_START, rounds - first))
    return [_line(kind, pairs) for kind, pairs in costs.items()]


def _measure(checkout: Path, kinds: dict[str, Make], costs: dict[str, list[tuple[Cost, Cost]]], *, rounds: int) -> None:
    """Start both and add the costs of each round. An extra first round warms up and does not count."""
    with running(checkout=checkout, **QUIET) as before, running(checkout=ROOT, **QUIET) as now:
        sides = [Side(before), Side(now)]
        for number in range(rounds + 1):
            for kind, make in kinds.items():
                order = sides if number % 2 else sides[::-1]
                requests = DELETES if kind == DELETE else REQUESTS
                found = {id(side): side.cost(make, requests) for side in order}
                if number:
                    costs[kind].append((found[id(sides[0])], found[id(sides[1])]))


def _line(kind: str, pairs: list[tuple[Cost, Cost]]) -> Line:
    before, now = zip(*pairs, strict=True)
    ratios = [sum(after) / sum(earlier) for earlier, after in pairs]
    return Line(kind, _median(before), _median(now), statistics.median(ratios))


def _median(costs: tuple[Cost, ...]) -> Cost:
    return Cost(*map(statistics.median, zip(*costs, strict=True)))


def report(lines: list[Line]) -> str:
    """A table: the total cost before and after, its share of the web server and database, and the ratio."""
    rows = ["| request | before | web + database | now | web + database | ratio |", "|---|--:|--:|--:|--:|--:|"]
    rows += [f"| {line.kind} | {_cells(line.before)} | {_cells(line.now)} | {line.ratio:.2f} |" for line in lines]
    return "\n".join(rows)


def _cells(cost: Cost) -> str:
    return f"{sum(cost):.2f} | {cost.web:.2f} + {cost.database:.2f}"
