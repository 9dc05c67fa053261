"""The target of an attack: a URL with a token and, if the attack started it, its processes and database."""

import http.client
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

import psutil
import psycopg

from bench.launched import ControlHub
from bench.stack import family_cpu_seconds

PATIENCE = 240.0
"""Seconds after which the attack gives up on a request."""
NO_ANSWER = 0
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes
    seconds: float

    @property
    def document(self) -> Any:
        return json.loads(self.body)


class Cost(NamedTuple):
    """The cost of some work: wall time, CPU of the web server, CPU of the database."""

    seconds: float
    web: float
    database: float

    @property
    def cpu(self) -> float:
        return self.web + self.database


@dataclass(frozen=True)
class Target:
    """One organization at one URL. `hub` is None if the URL was given on the command line."""

    host: str
    port: int
    path: str
    token: str
    hub: ControlHub | None = None

    @classmethod
    def at(cls, url: str, token: str) -> "Target":
        parts = urlsplit(url)
        if parts.hostname not in {"127.0.0.1", "localhost", "::1"}:
            raise SystemExit("Attacks are for this machine only: give an address of the loopback interface.")
        return cls("127.0.0.1", parts.port or 80, parts.path.rstrip("/"), token)

    @classmethod
    def of(cls, hub: ControlHub, organization: str, token: str) -> "Target":
        return cls("127.0.0.1", hub.port, f"/v1/scim/{organization}", token, hub)

    def other_organization(self, users: int) -> "Target":
        """Create another organization in the same deployment."""
        made = self.started.populate(users)
        return replace(self, path=f"/v1/scim/{made['organization']}", token=made["token"])

    def other_token(self) -> "Target":
        """The same organization with a second token."""
        organization = self.path.rpartition("/")[2]
        made = json.loads(self.started.manage("create_token", organization, "--name", "attack", "--json"))
        return replace(self, token=made["token"])

    @property
    def started(self) -> ControlHub:
        """The deployment that the attack started."""
        if self.hub is None:
            raise RuntimeError("this attack needs the processes of the deployment: leave out --url")
        return self.hub

    # --- requests -------------------------------------------------------------------------------------------

    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}", "Content-Type": "application/scim+json", "Host": "localhost"}

    def request(self, method: str, path: str, body: object = None, *, timeout: float = PATIENCE) -> Answer:
        """Send a request under the organization's base path over its own connection.

        A request that times out, after PATIENCE or the given time, has the status NO_ANSWER.
        """
        connection = http.client.HTTPConnection(self.host, self.port, timeout=timeout)
        began = time.monotonic()
        try:
            data = None if body is None else json.dumps(body).encode()
            connection.request(method, self.path + path, data, self.headers())
            response = connection.getresponse()
            content = response.read()
            headers = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, headers, content, time.monotonic() - began)
        except TimeoutError:
            return Answer(NO_ANSWER, {}, b"", time.monotonic() - began)
        finally:
            connection.close()

    def made(self, path: str, document: object) -> str:
        """Create a resource. Returns its ID."""
        answer = self.request("POST", path, document)
        if answer.status != 201:
            raise RuntimeError(f"POST {path}: {answer.status} {answer.body[:300]!r}")
        return str(answer.document["id"])

    def users(self, count: int) -> list[dict[str, Any]]:
        """Some of the organization's users."""
        found: list[dict[str, Any]] = self.request("GET", f"/Users?count={count}").document["Resources"]
        return found

    # --- costs ----------------------------------------------------------------------------------------------

    def cost_of(self, work: Callable[[], object]) -> Cost:
        """The CPU times are 0 if the processes are unknown."""
        began, before = time.monotonic(), self._cpu()
        work()
        seconds, after = time.monotonic() - began, self._cpu()
        return Cost(seconds, after[0] - before[0], after[1] - before[1])

    def _cpu(self) -> tuple[float, float]:
        if self.hub is None:
            return 0.0, 0.0
        web = [process for name, process in self.hub.services().items() if name.startswith("web")]
        return sum(map(family_cpu_seconds, web)), family_cpu_seconds(self.hub.postmaster())

    def price(self, cost: Cost) -> float:
        """CPU seconds, or wall time if the processes are unknown."""
        return cost.seconds if self.hub is None else cost.cpu

    def memory(self) -> float:
        """Resident memory of the largest web process, in megabytes."""
        sizes = []
        for process in self.started.web():
            try:
                sizes.append(process.memory_info().rss / 1_000_000)
            except psutil.Error:
                continue
        return max(sizes)

    def count(self, query: str, *parameters: object) -> int:
        """The number that a query returns."""
        with psycopg.connect(self.started.database_url) as connection:
            row = connection.execute(query, parameters).fetchone()  # type: ignore[call-overload]
        return int(row[0] or 0) if row else 0


def users_where(text: str, **parameters: object) -> str:
    """The path of a list of users that matches the filter."""
    more = "".join(f"&{name}={value}" for name, value in parameters.items())
    return f"/Users?filter={quote(text)}{more}"


def patch(*operations: dict[str, object]) -> dict[str, object]:
    return {"schemas": [PATCH], "Operations": list(operations)}


def bulk(operations: list[dict[str, object]]) -> dict[str, object]:
    return {"schemas": [BULK], "Operations": operations}
