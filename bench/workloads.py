"""The requests, one function per line of the table: number of the request → method, path, body."""

import json
import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from bench.seed import Population, document

PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
Request = tuple[str, str, object]


@dataclass(frozen=True)
class Workload:
    """A kind of request, how many of it are sent, and the target in CPU seconds per 1,000."""

    name: str
    target: float
    make: Callable[[int], Request]
    requests: int = 2_000
    expect: tuple[int, ...] = (200,)


def patch(*operations: dict[str, object]) -> dict[str, object]:
    return {"schemas": [PATCH], "Operations": list(operations)}


def workloads(people: Population) -> list[Workload]:
    """Every line of docs/performance.md that this population allows."""
    ids, count = people.user_ids, len(people.user_ids)
    chance = random.Random(7)
    some = [chance.randrange(count) for _ in range(5_000)]
    run = uuid.uuid4().hex[:8]
    made: list[str] = []

    def user(i: int) -> str:
        return f"/Users/{ids[some[i % len(some)]]}"

    def filtered(text: str) -> Request:
        return "GET", f"/Users?filter={quote(text)}", None

    def post(i: int) -> Request:
        return (
            "POST",
            "/Users",
            {**document(i), "userName": f"new{i}.{run}@northwind.example", "externalId": f"{run}{i}"},
        )

    def put(i: int) -> Request:
        index = some[i % len(some)]
        return "PUT", f"/Users/{ids[index]}", {**document(index), "title": f"Title {i} {run}"}

    found = [
        Workload("GET /Users/{id}", 0.60, lambda i: ("GET", user(i), None)),
        Workload("filter userName eq", 0.65, lambda i: filtered(f'userName eq "{name(some[i % 5000])}"')),
        Workload("filter externalId eq", 0.65, lambda i: filtered(f'externalId eq "{uuid.UUID(int=some[i % 5000])}"')),
        Workload(
            "filter emails[type eq work and value eq]",
            0.75,
            lambda i: filtered(f'emails[type eq "work" and value eq "{name(some[i % 5000])}"]'),
        ),
        Workload("filter userName sw, 10 rows", 1.0, lambda i: filtered(f'userName sw "{ten(some[i % 5000])}"'), 500),
        Workload(
            "filter displayName co, 10 rows",
            1.4,
            lambda i: filtered(f'displayName co "umber{some[i % 5000] // 10:06}"'),
            200,
        ),
        Workload("list 100, first page", 1.2, lambda i: ("GET", "/Users?startIndex=1&count=100", None), 500),
        Workload(
            "list 100, deep page", 1.5, lambda i: ("GET", f"/Users?startIndex={count * 9 // 10}&count=100", None), 500
        ),
        Workload("POST /Users", 1.5, post, 1_000, (201,)),
        Workload(
            "PATCH active",
            1.3,
            lambda i: (
                "PATCH",
                f"/Users/{ids[i // 2 % count]}",
                patch({"op": "Replace", "path": "active", "value": str(bool(i % 2))}),
            ),
            1_000,
        ),
        Workload("PUT /Users/{id}", 1.5, put, 1_000),
        Workload(
            "POST /Groups", 1.1, lambda i: ("POST", "/Groups", {"displayName": f"Group {i} {run}"}), 1_000, (201,)
        ),
        Workload("DELETE /Users/{id}", 1.2, lambda i: ("DELETE", f"/Users/{ids[-1 - i]}", None), 500, (204,)),
    ]
    for size, group in people.group_ids.items():
        found += [
            Workload(f"group of {size}: PATCH add 1", 1.5, add_member(group, ids), 200, (200, 204)),
            Workload(f"group of {size}: PATCH remove 1", 1.5, remove_member(group, ids), 200, (200, 204)),
            Workload(
                f"group of {size}: GET without members",
                0.6,
                lambda i, group=group: ("GET", f"/Groups/{group}?excludedAttributes=members", None),
                500,
            ),
            Workload(
                f"group of {size}: GET with members",
                30 if size > 1_000 else 4,
                lambda i, group=group: ("GET", f"/Groups/{group}", None),
                50,
            ),
        ]
    _ = made
    return found


def add_member(group: uuid.UUID, ids: list[uuid.UUID]) -> Callable[[int], Request]:
    def make(i: int) -> Request:
        operation = {"op": "add", "path": "members", "value": [{"value": str(ids[-1_000 - i])}]}
        return "PATCH", f"/Groups/{group}", patch(operation)

    return make


def remove_member(group: uuid.UUID, ids: list[uuid.UUID]) -> Callable[[int], Request]:
    def make(i: int) -> Request:
        operation = {"op": "remove", "path": f'members[value eq "{ids[-1_000 - i]}"]'}
        return "PATCH", f"/Groups/{group}", patch(operation)

    return make


def name(index: int) -> str:
    return f"person.number{index:07}@northwind.example"


def ten(index: int) -> str:
    return f"person.number{index // 10:06}"


def encode(body: object) -> bytes | None:
    return None if body is None else json.dumps(body).encode()
