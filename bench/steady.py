"""`python -m bench soak --minutes 20`: a steady load with purges and reloads. No request may fail, no usage grow."""

import http.client
import json
import random
import signal
import statistics
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import psycopg

from bench import launched
from bench.attacks.target import USER, Target, patch, users_where
from bench.launched import ControlHub
from bench.stack import ROOT

CLIENTS = 8
TIMEOUT = 30.0
SAMPLES = 120
USERS = 2_000
KINDS = {"read": 45, "filter": 20, "list": 10, "create": 12, "change": 12, "deactivate": 1}
AGE = "UPDATE controlhub_user SET deactivated_at = deactivated_at - interval '31 days' WHERE NOT active"
CONNECTIONS = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'controlhub_runtime' AND pid <> pg_backend_pid()"
PURGED = (
    "SELECT count(*) FROM controlhub_purgeduser WHERE organization_id = %s AND purged_at > now() - interval '1 day'"
)
GROWTH = {"MB": 24.0, "descriptors": 6.0, "connections": 4.0}
"""The maximum growth from the second to the last quarter of the time."""


@dataclass
class Load:
    """The results of the requests. `failures` counts them by the error that the client saw."""

    rate: float
    failures: Counter[str] = field(default_factory=Counter)
    answered: int = 0
    retried: int = 0
    seconds: list[float] = field(default_factory=list)
    _next: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self) -> int:
        with self._lock:
            self._next += 1
            return self._next

    def note(self, outcome: str, seconds: float) -> None:
        with self._lock:
            self.answered += 1
            self.seconds.append(seconds)
            if outcome:
                self.failures[outcome] += 1


class Client(threading.Thread):
    """Sends the next due request. Retries once if the server closes an idle connection without sending a byte."""

    def __init__(self, target: Target, load: Load, began: float, ends_at: float, ids: list[str]) -> None:
        super().__init__(daemon=True)
        self._target, self._load, self._began, self._ends_at = target, load, began, ends_at
        self._ids, self._own = ids, list[str]()
        self._connection: http.client.HTTPConnection | None = None

    def run(self) -> None:
        while True:
            number = self._load.take()
            due = self._began + number / self._load.rate
            if due > self._ends_at:
                break
            time.sleep(max(0.0, due - time.monotonic()))
            self._load.note(self._do(number), time.monotonic() - due)
        if self._connection:
            self._connection.close()

    def _do(self, number: int) -> str:
        """The error, or an empty string."""
        chance = random.Random(number)
        kind = chance.choices(list(KINDS), list(KINDS.values()))[0]
        method, path, body, expected = self._request(kind, number, chance)
        try:
            status, content = self._send(method, path, body)
        except (OSError, http.client.HTTPException) as error:
            if self._connection:
                self._connection.close()
            self._connection = None
            return f"{kind}: {error!r}"
        if status == 201:
            self._own.append(str(json.loads(content)["id"]))
        return "" if status == expected else f"{kind}: {status} {content[:200]!r}"

    def _request(self, kind: str, number: int, chance: random.Random) -> tuple[str, str, object, int]:
        pk = chance.choice(self._ids)
        if kind == "read":
            return "GET", f"/Users/{pk}", None, 200
        if kind == "filter":
            return "GET", users_where(f'userName eq "soak{number}@example.com"'), None, 200
        if kind == "list":
            return "GET", f"/Users?count=50&startIndex={chance.randrange(1, USERS)}", None, 200
        if kind == "deactivate" and self._own:
            change = patch({"op": "replace", "path": "active", "value": False})
            return "PATCH", f"/Users/{self._own.pop()}", change, 200
        if kind == "change":
            return "PATCH", f"/Users/{pk}", patch({"op": "replace", "path": "title", "value": f"{number}"}), 200
        return "POST", "/Users", {"schemas": [USER], "userName": f"soak{number}@example.com"}, 201

    def _send(self, method: str, path: str, body: object) -> tuple[int, bytes]:
        data = None if body is None else json.dumps(body).encode()
        if self._connection:
            try:
                return self._ask(self._connection, method, path, data)
            except (ConnectionResetError, BrokenPipeError, http.client.RemoteDisconnected):
                self._connection.close()
                self._load.retried += 1
        self._connection = http.client.HTTPConnection(self._target.host, self._target.port, timeout=TIMEOUT)
        return self._ask(self._connection, method, path, data)

    def _ask(
        self, connection: http.client.HTTPConnection, method: str, path: str, data: bytes | None
    ) -> tuple[int, bytes]:
        connection.request(method, self._target.path + path, data, self._target.headers())
        response = connection.getresponse()
        return response.status, response.read()


class Usage:
    """Memory and file descriptors of the largest process of each service, and database connections, over time."""

    def __init__(self, hub: ControlHub) -> None:
        self._hub = hub
        self.series: defaultdict[tuple[str, str], list[float]] = defaultdict(list)

    def sample(self) -> None:
        for service, processes in self._groups():
            sizes = list(measured(processes))
            if sizes:
                self.series[service, "MB"].append(max(size for size, _ in sizes) / 1_000_000)
                self.series[service, "descriptors"].append(max(count for _, count in sizes))
        with psycopg.connect(self._hub.database_url) as connection:
            row = connection.execute(CONNECTIONS).fetchone()
        self.series["database", "connections"].append(row[0] if row else 0)

    def _groups(self) -> Iterator[tuple[str, list[psutil.Process]]]:
        yield "launcher", [psutil.Process(self._hub.launcher.pid)]
        yield "web workers", self._hub.web_workers()
        for name, process in self._hub.services().items():
            yield name, [process]

    def grown(self) -> Iterator[tuple[str, str, float, float, bool]]:
        """Service, unit, the medians of the second and the last quarter, and whether the usage is flat."""
        for (service, unit), values in self.series.items():
            quarter = max(1, len(values) // 4)
            early, late = (
                statistics.median(values[quarter : 2 * quarter] or values),
                statistics.median(values[-quarter:]),
            )
            yield service, unit, early, late, late - early <= GROWTH[unit]


def measured(processes: list[psutil.Process]) -> Iterator[tuple[int, int]]:
    for process in processes:
        try:
            yield process.memory_info().rss, process.num_fds()
        except psutil.Error:
            continue


@dataclass
class Result:
    """The result of a soak."""

    load: Load
    usage: Usage
    purged: int
    reloads: int
    is_alive: bool


def run(*, minutes: float, rate: float, reload_every: float = 0, checkout: Path = ROOT, users: int = USERS) -> Result:
    """Load a new Control Hub for this long. `reload_every` is in seconds; 0 means never."""
    settings = {"PURGE_INTERVAL": "20", "AUDIT_SEAL_INTERVAL": "10"}
    with launched.running(checkout=checkout, **settings) as hub:
        target = Target.of(hub, **hub.populate(users))
        load, usage = Load(rate), Usage(hub)
        ids = [user["id"] for user in target.users(500)]
        began = time.monotonic()
        ends_at = began + minutes * 60
        clients = [Client(target, load, began, ends_at, ids) for _ in range(CLIENTS)]
        for client in clients:
            client.start()
        reloads = watch(hub, usage, ends_at, reload_every)
        for client in clients:
            client.join()
        purged = target.count(PURGED, target.path.rpartition("/")[2])
        return Result(load, usage, purged, reloads, is_alive=hub.launcher.poll() is None)


def watch(hub: ControlHub, usage: Usage, ends_at: float, reload_every: float) -> int:
    """Until this moment, sample, reload, and expire retention periods. Returns the number of reloads."""
    began = time.monotonic()
    reloads, pause = 0, (ends_at - began) / SAMPLES
    while (now := time.monotonic()) < ends_at:
        with suppress(psycopg.OperationalError):  # PostgreSQL may be restarting
            usage.sample()
            with psycopg.connect(hub.owner_url) as connection:
                connection.execute(AGE)
        if reload_every and now - began > (reloads + 1) * reload_every:
            reloads += 1
            hub.launcher.send_signal(signal.SIGHUP)
        time.sleep(min(pause, max(0.0, ends_at - time.monotonic())))
    return reloads


def steady(*, minutes: float, rate: float, reload_every: float, checkout: Path) -> int:
    """Returns the exit code: 1 if a request failed, no user was purged, or some usage grew."""
    result = run(minutes=minutes, rate=rate, reload_every=reload_every, checkout=checkout)
    load = result.load
    p95 = sorted(load.seconds)[int(len(load.seconds) * 0.95)]
    print(
        f"{load.answered:,} requests, {load.failures.total()} failed, {load.retried} sent again on a new connection, "
        f"p95 {p95 * 1000:.0f} ms, {result.purged} users purged, {result.reloads} reloads"
    )
    for text, count in load.failures.most_common(20):
        print(f"  {count} × {text}")
    print("| process | unit | second quarter | last quarter |\n|---|---|--:|--:|")
    grown = list(result.usage.grown())
    for service, unit, early, late, is_flat in grown:
        print(f"| {service} | {unit} | {early:.0f} | {late:.0f}{'' if is_flat else ' ✗'} |")
    is_flat = all(flat for *_, flat in grown)
    return 0 if not load.failures and result.purged and result.is_alive and is_flat else 1
