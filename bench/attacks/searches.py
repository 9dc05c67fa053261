"""Filters, sorting and pages that a read-only token can request, in an organization with many users."""

import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from urllib.parse import quote

import psycopg

from bench.attacks.figures import Figure
from bench.attacks.target import USER, Answer, Target, users_where

NAME = "searches"
REPEATED = 20
INDEXED_RATIO = 3
UNINDEXED_SECONDS = 2
AT_ONCE = 1
"""The maximum number of concurrent statements per token that use no index."""
FEW_ROWS = 2_000
"""Same as in scim.resources.turns, which does not exist in older checkouts."""
RUNNING = """
SELECT count(*) FROM pg_stat_activity
WHERE usename = 'controlhub_runtime' AND state = 'active' AND query LIKE '% -> ''title'')%' AND pid <> pg_backend_pid()
"""
"""Counts statements with the filter. Scheduled jobs read users, too."""
Query = Callable[[int], str]


def run(target: Target, *, repeated: int = REPEATED, documents: int = 60) -> Iterator[Figure]:
    """The CPU time of each query relative to a first page of 100 users, then queries without an index."""
    chance = random.Random(7)
    users = target.users(200)
    total = target.request("GET", "/Users?count=0").document["totalResults"]
    some = [chance.choice(users) for _ in range(repeated)]
    first = price_of(target, lambda _: "count=100", repeated)
    for name, query in indexed(some, chance, total).items():
        price = price_of(target, query, repeated)
        remark = f"{price * 1000:.1f} ms of CPU, a first page {first * 1000:.1f}"
        yield Figure(NAME, f"{name}: to a first page", price / first, INDEXED_RATIO, "×", is_timed=True, remark=remark)
    yield from unindexed(target, total)
    yield from large_documents(target, documents)


def indexed(some: list[dict[str, object]], chance: random.Random, total: int) -> dict[str, Query]:
    """Filters on columns, each with different values for every request."""

    def middle(number: int) -> str:
        return str(some[number]["userName"])[1:].partition(".")[0]

    def filtered(make: Query) -> Query:
        return lambda number: f"count=100&filter={quote(make(number))}"

    def family(number: int) -> str:
        name = some[number].get("name")
        return str(name["familyName"]) if isinstance(name, dict) else ""

    starts = [chance.randrange(1, max(2, total - 100)) for _ in some]
    return {
        "`name.familyName eq`": filtered(lambda number: f'name.familyName eq "{family(number)}"'),
        "`name.givenName eq` and `userName eq`": filtered(
            lambda number: f'name.givenName pr and userName eq "{some[number]["userName"]}"'
        ),
        "`userName co`": filtered(lambda number: f'userName co "{middle(number)}"'),
        "`userName ew`": filtered(lambda number: f'userName ew "{str(some[number]["userName"])[2:]}"'),
        "`sortBy=displayName`": lambda number: (
            f"count=100&sortBy=displayName&sortOrder={('ascending', 'descending')[number % 2]}"
        ),
        "`sortBy=name.familyName`": lambda _: "count=100&sortBy=name.familyName",
        "random deep page": lambda number: f"count=100&startIndex={starts[number]}",
    }


def price_of(target: Target, query: Query, repeated: int) -> float:
    """Average CPU seconds of one request, or wall time if the processes are unknown."""

    def ask() -> None:
        for number in range(repeated):
            answer = target.request("GET", f"/Users?{query(number)}")
            if answer.status != 200:
                raise RuntimeError(f"{query(number)}: {answer.status} {answer.body[:200]!r}")

    return target.price(target.cost_of(ask)) / repeated


def unindexed(target: Target, users: int) -> Iterator[Figure]:
    """Run one filter without an index, then eight at once with one token. Short statements on few users may overlap."""
    path = users_where('title eq "Nobody has this title"')
    answer = target.request("GET", path)
    yield Figure(
        NAME,
        "`title eq`",
        answer.seconds,
        UNINDEXED_SECONDS + 0.5,
        "s",
        is_timed=True,
        remark=f"answered {answer.status}",
    )
    yield Figure(NAME, "`title eq`: wrong answers", int(answer.status not in {200, 400}), 0)
    if target.hub and users > FEW_ROWS:
        with ThreadPoolExecutor(8) as threads:
            requests = [threads.submit(target.request, "GET", path) for _ in range(16)]
            most = max(running(target, requests))
        yield Figure(NAME, "8 × `title eq` of one token: at once in the database", most, AT_ONCE)


def running(target: Target, requests: list[Future[Answer]]) -> Iterator[int]:
    """Repeatedly yields the number of statements that the database is running, until all requests are answered."""
    with psycopg.connect(target.started.database_url, autocommit=True) as connection:
        while True:
            row = connection.execute(RUNNING).fetchone()
            yield row[0] if row else 0
            if all(request.done() for request in requests):
                return
            time.sleep(0.02)


def large_documents(target: Target, documents: int) -> Iterator[Figure]:
    """Run four `co` filters at once over documents of the maximum size."""
    formatted = "x" * 800
    for number in range(documents):
        addresses = [{"type": "work", "formatted": f"{formatted}{index}"} for index in range(1_000)]
        target.made("/Users", {"schemas": [USER], "userName": f"large{number}@example.com", "addresses": addresses})
    path = users_where('addresses.formatted co "zz" and userName sw "large"')
    with ThreadPoolExecutor(4) as threads:
        answers: list[Answer] = list(threads.map(lambda _: target.request("GET", path), range(4)))
    slowest = max(answer.seconds for answer in answers)
    remark = "answered " + ", ".join(str(answer.status) for answer in answers)
    yield Figure(
        NAME, "4 × `co` over large documents", slowest, UNINDEXED_SECONDS + 0.5, "s", is_timed=True, remark=remark
    )
