"""The requests, one function per line of the table: request number → method, path, body."""

import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from bench.seed import Population, document, family_name, spread, user_name

PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
BULK_SIZE = 100
MANY = 20_000
Request = tuple[str, str, object]


@dataclass(frozen=True)
class Workload:
    """A kind of request, the number of requests, and the target in CPU seconds per 1,000.

    `units` is the number of operations in one request; the cost is that of 1,000 operations. `group` is the size of
    the group that the request is about. Over one connection, the requests keep their order.
    """

    name: str
    target: float | None
    make: Callable[[int], Request]
    requests: int = 2_000
    expect: tuple[int, ...] = (200,)
    units: int = 1
    group: int | None = None
    connections: int = 8


def patch(*operations: dict[str, object]) -> dict[str, object]:
    return {"schemas": [PATCH], "Operations": list(operations)}


def workloads(people: Population) -> list[Workload]:
    """Every line of docs/performance.md that is possible with this population."""
    found = _reading(people) + _writing(people)
    for size, group in people.group_ids.items():
        found += _group(people, size, group)
    return [*found, *_deleting(people)]


def cheapest(people: Population) -> Workload:
    """The lower limit of all costs: a document, returned by a view that does nothing else (bench.floor)."""
    ids = people.user_ids[: len(people.user_ids) // 2]
    return Workload("floor", None, lambda i: ("GET", f"/{ids[i * 7 % len(ids)]}", None), 240)


def _reading(people: Population) -> list[Workload]:
    ids, count = people.user_ids, len(people.user_ids)
    chance = random.Random(7)
    some = [chance.randrange(count) for _ in range(5_000)]

    def filtered(make: Callable[[int], str]) -> Callable[[int], Request]:
        return lambda i: ("GET", f"/Users?filter={quote(make(some[i % 5_000]))}", None)

    def deep(i: int) -> Request:
        """A random page in the second half, never the one after the previous page."""
        return "GET", f"/Users?startIndex={count // 2 + some[i % 5_000] // 2}&count=100", None

    return [
        Workload("GET /Users/{id}", 0.60, lambda i: ("GET", f"/Users/{ids[some[i % 5_000]]}", None)),
        Workload("filter userName eq", 0.65, filtered(lambda n: f'userName eq "{user_name(n)}"')),
        Workload("filter externalId eq", 0.65, filtered(lambda n: f'externalId eq "{uuid.UUID(int=n)}"')),
        Workload(
            "filter emails[type eq work and value eq]",
            0.75,
            filtered(lambda n: f'emails[type eq "work" and value eq "{user_name(n)}"]'),
        ),
        Workload("filter userName sw, 10 rows", 1.0, filtered(lambda n: f'userName sw "{family_name(n).lower()}."')),
        Workload("filter displayName co, 10 rows", 1.4, filtered(lambda n: f'displayName co "{family_name(n)}"')),
        Workload(
            "filter name.familyName eq, 10 rows", None, filtered(lambda n: f'name.familyName eq "{family_name(n)}"')
        ),
        Workload("filter userName co, 10 rows", None, filtered(lambda n: f'userName co "{family_name(n).lower()}."')),
        Workload("list 100, first page", 1.2, lambda _: ("GET", "/Users?startIndex=1&count=100", None)),
        Workload("list 100, deep page", 1.5, deep),
        Workload("list 100, by displayName", None, lambda _: ("GET", "/Users?sortBy=displayName&count=100", None)),
    ]


def _writing(people: Population) -> list[Workload]:
    ids, count, run = people.user_ids, len(people.user_ids), uuid.uuid4().hex[:8]

    def new(i: int) -> dict[str, object]:
        return {**document(i), "userName": f"new{i}.{run}@northwind.example", "externalId": f"{run}{i}"}

    def switch(i: int) -> Request:
        """1,000 users become Inactive, then Active again, so that no user is changed twice at once."""
        operation = {"op": "Replace", "path": "active", "value": str(i % 2_000 >= 1_000)}
        return "PATCH", f"/Users/{ids[i % min(1_000, count)]}", patch(operation)

    def put(i: int) -> Request:
        return "PUT", f"/Users/{ids[i % count]}", {**document(i % count), "title": f"Title {i} {run}"}

    def bulk(i: int) -> Request:
        made = [
            {"method": "POST", "path": "/Users", "bulkId": f"b{k}", "data": new(10_000 + k)}
            for k in range(i * BULK_SIZE, (i + 1) * BULK_SIZE)
        ]
        return "POST", "/Bulk", {"schemas": [BULK], "Operations": made}

    def group(i: int) -> Request:
        return "POST", "/Groups", {"displayName": f"Group {i} {run}"}

    return [
        Workload("POST /Users", 1.5, lambda i: ("POST", "/Users", new(i)), expect=(201,)),
        Workload("PATCH active", 1.3, switch),
        Workload("PUT /Users/{id}", 1.5, put),
        Workload(f"Bulk, {BULK_SIZE} POST /Users each (per user)", 0.67, bulk, 40, units=BULK_SIZE),
        Workload("POST /Groups", 1.1, group, expect=(201,)),
    ]


def _group(people: Population, size: int, group: uuid.UUID) -> list[Workload]:
    """Users outside the group are added as members and removed again."""
    path, members = f"/Groups/{group}", set(spread(people.user_ids, size))
    outside = [pk for pk in people.user_ids[: len(people.user_ids) * 3 // 4] if pk not in members]
    changes = min(2_000, len(outside))

    def add(i: int) -> Request:
        return "PATCH", path, patch({"op": "add", "path": "members", "value": [{"value": str(outside[i])}]})

    def remove(i: int) -> Request:
        return "PATCH", path, patch({"op": "remove", "path": f'members[value eq "{outside[i]}"]'})

    found = [
        Workload(
            f"group of {size}: GET without members",
            0.6,
            lambda _: ("GET", f"{path}?excludedAttributes=members", None),
            group=size,
        ),
        Workload(
            f"group of {size}: GET with members",
            30 * max(1, size / 10_000) if size > 1_000 else 4,
            lambda _: ("GET", path, None),
            max(20, min(500, 200_000 // size)),
            group=size,
        ),
    ]
    if changes:
        found.append(Workload(f"group of {size}: PATCH add 1", 1.5, add, changes, (200, 204), group=size))
        found.append(Workload(f"group of {size}: PATCH remove 1", 1.5, remove, changes, (200, 204), group=size))
    if len(outside) > MANY:
        found += _many(path, size, [str(pk) for pk in members], [str(pk) for pk in outside[: MANY + 1]])
    return found


def _many(path: str, size: int, inside: list[str], outside: list[str]) -> list[Workload]:
    """Add 20,000 members at once, then remove them; and PUT the whole group with one member changed."""
    many = [{"value": pk} for pk in outside[:MANY]]
    before = [{"value": pk} for pk in inside]

    def change(i: int) -> Request:
        return "PATCH", path, patch({"op": "remove" if i % 2 else "add", "path": "members", "value": many})

    def put(i: int) -> Request:
        members = [*before, many[i % MANY]]
        return "PUT", f"{path}?excludedAttributes=members", {"displayName": f"Group of {size}", "members": members}

    def workload(name: str, make: Callable[[int], Request]) -> Workload:
        """In order, or every other change would have no effect. One request for the warm-up, and two for each part."""
        return Workload(f"group of {size}: {name} (per member)", None, make, 11, (200, 204), MANY, size, connections=1)

    found = [workload(f"PATCH of {MANY} members", change)]
    return [*found, workload("PUT, one member different", put)] if size == MANY else found


def _deleting(people: Population) -> list[Workload]:
    """Delete users in no group, and users in every sufficiently large group, whose versions grow.

    More than 1,000 deletions would be a burst, in which users stay recoverable.
    """
    ids, loners = people.user_ids, people.loners
    return [
        Workload("DELETE /Users/{id}", 1.2, lambda i: ("DELETE", f"/Users/{loners[i]}", None), 450, (204,)),
        Workload(
            "DELETE /Users/{id}, a member of groups",
            None,
            lambda i: ("DELETE", f"/Users/{ids[-1 - i]}", None),
            min(450, len(ids) // 2),
            (204,),
        ),
    ]
