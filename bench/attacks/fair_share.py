"""One organization sends a flood of expensive filters. Two others with little traffic must not notice."""

from collections.abc import Iterator
from urllib.parse import quote

from bench.attacks.figures import Figure
from bench.attacks.flood import flooded
from bench.attacks.paced import Outcome, Paced
from bench.attacks.target import Target

NAME = "fair share"
HEAVY = ('title co "nobody"', 'displayName co "a"', 'emails.value co "zz"', 'userName co "e"')
TOKENS = 4


def run(target: Target, *, rate: float = 500, others: float = 25, seconds: float = 15) -> Iterator[Figure]:
    """500 requests a second from four tokens of one organization, and 25 a second from each of the other two."""
    quiet = [target.other_organization(200), target.other_organization(200)]
    paths = [[f"{one.path}/Users/{user['id']}" for user in one.users(50)] for one in quiet]
    tokens = [target, *(target.other_token() for _ in range(TOKENS - 1))]
    queries = [f"/Users?count=100&filter={quote(text)}" for text in HEAVY]

    def asked(duration: float) -> list[Outcome]:
        clients = [Paced(one, path, rate=others, seconds=duration) for one, path in zip(quiet, paths, strict=True)]
        for client in clients:
            client.start()
        return [client.join() for client in clients]

    asked(2)
    before = asked(seconds / 2)
    with flooded(tokens, queries, rate=rate, seconds=seconds + 3) as statuses:
        asked(2)  # until the flood has begun
        during = asked(seconds)
    yield from figures(before, during, dict(statuses))


def figures(before: list[Outcome], during: list[Outcome], flood: dict[int, int]) -> Iterator[Figure]:
    ratio = max(after.ratio_to(first) for first, after in zip(before, during, strict=True))
    first, after = max(one.p95 for one in before), max(one.p95 for one in during)
    remark = f"{first * 1000:.0f} → {after * 1000:.0f} ms; the flood was answered {flood}"
    yield Figure(NAME, "p95 of the others", ratio, 2, "×", is_timed=True, remark=remark)
    yield Figure(NAME, "429 for the others", sum(one.statuses[429] for one in during), 0)
    yield Figure(NAME, "other failures of the others", sum(one.refused - one.statuses[429] for one in during), 0)
