"""Requests of ordinary size that cause an extraordinary amount of work."""

from collections.abc import Callable, Iterator

from bench.attacks.figures import Figure
from bench.attacks.target import NO_ANSWER, SEARCH, USER, Answer, Target, bulk, patch

NAME = "work per request"
SECONDS = 0.5
GROWTH = 2
PARTS = 10
ADDED = 40
"""A bulk request may contain 1,000 operations and take a while, but the cost per operation must not grow."""
PARTS_OF_ADDRESS = ("formatted", "streetAddress", "locality", "region", "postalCode", "type")
Send = Callable[[Target], Answer]


def run(target: Target, *, scale: float = 1) -> Iterator[Figure]:
    """CPU seconds of the web server and database for each request, or wall time if the processes are unknown.

    A smaller `scale` reduces every size, for tests.
    """
    emails = [{"type": "work", "value": f"e{number}@example.com"} for number in range(int(1_000 * scale))]
    addresses = [some_parts(255, f"a{number}") for number in range(int(1_000 * scale))]
    document = {"schemas": [USER], "userName": "worked@example.com", "emails": emails, "addresses": addresses}
    user = target.made("/Users", document)
    for name, send in payloads(user, scale).items():
        yield measured(target, name, send)
    yield from bulk_figures(target, int(1_000 * scale), int(200 * scale))


def payloads(user: str, scale: float) -> dict[str, Send]:
    """Maps names to requests, each with the sizes from the issue."""
    terms, keys, names = int(200 * scale), int(2_000 * scale), int(500_000 * scale)
    path, elements = f"/Users/{user}", int(900 * scale)
    condition = " or ".join(f'value eq "n{number}"' for number in range(terms - 1))
    change = {"op": "replace", "path": f'emails[{condition} or value eq "e1@example.com"].display', "value": "x"}
    keyed = {f'emails[value eq "e{number}@example.com"].display': "y" for number in range(keys // 2)}
    keyed |= {f'emails[value eq "e{number}@example.com"].type': "home" for number in range(keys // 2)}
    wanted = [some_parts(number, f"d{number}") for number in range(elements)]
    removed = {"op": "remove", "path": "addresses", "value": wanted}
    search = {"schemas": [SEARCH], "attributes": ["title"] * names, "count": 1}
    return {
        f"PATCH, filter of {terms} conditions": lambda t: t.request("PATCH", path, patch(change)),
        f"PATCH, 16 filters of {terms} conditions": lambda t: t.request("PATCH", path, patch(*[change] * 16)),
        f"PATCH, {keys:,} keys with filters": lambda t: t.request(
            "PATCH", path, patch({"op": "replace", "value": keyed})
        ),
        f"PATCH, 20 × remove of {elements} elements": lambda t: t.request("PATCH", path, patch(*[removed] * 20)),
        f"`attributes` of {names:,} names": lambda t: t.request("POST", "/Users/.search", search),
    }


def some_parts(bits: int, text: str) -> dict[str, str]:
    """An address with the parts that the bits select. Elements with different parts cannot be looked up together."""
    return {part: text for place, part in enumerate(PARTS_OF_ADDRESS) if bits >> place & 1} or {"formatted": text}


def measured(target: Target, name: str, send: Send) -> Figure:
    answers: list[Answer] = []
    price = target.price(target.cost_of(lambda: answers.append(send(target))))
    is_refused = answers[0].status in {400, 413} and any(map(str.isdigit, answers[0].document["detail"]))
    remark = f"answered {answers[0].status}"
    return Figure(NAME, name, price, SECONDS, "CPU-s", is_timed=True, remark=remark, is_refused=is_refused)


def bulk_figures(target: Target, chain: int, parents: int) -> Iterator[Figure]:
    """A chain of nested groups in one request, and groups to which 40 groups from the end of the chain are added."""
    few, first = price_and_ids(target, chain_of(chain // PARTS))
    many, made = price_and_ids(target, chain_of(chain))
    remark = f"{many:.1f} CPU-s in all"
    name = f"Bulk, chain of {chain:,} groups: growth per operation"
    yield Figure(NAME, name, many / few / PARTS, GROWTH, "×", is_timed=True, remark=remark)
    tops, leaves = (made or first)[-ADDED:], groups(target, "leaf", ADDED)
    ordinary, nested = (adds(target, name, parents, added) for name, added in (("a", leaves), ("b", tops)))
    remark = f"{nested:.1f} CPU-s in all"
    name = f"Bulk, {parents} × {ADDED} groups with nested groups, relative to groups without"
    yield Figure(NAME, name, nested / ordinary, GROWTH, "×", is_timed=True, remark=remark)


def adds(target: Target, name: str, parents: int, added: list[str]) -> float:
    """The cost of adding groups to new groups that are nested themselves: each addition could create a cycle."""
    new = groups(target, name, parents)
    target.made("/Groups", {"displayName": f"all {name}", "members": [{"value": pk} for pk in new]})
    change = patch({"op": "add", "path": "members", "value": [{"value": pk} for pk in added]})
    return price_and_ids(target, bulk([{"method": "PATCH", "path": f"/Groups/{pk}", "data": change} for pk in new]))[0]


def groups(target: Target, name: str, count: int) -> list[str]:
    return price_and_ids(target, bulk([group(f"{name}{number}") for number in range(count)]))[1]


def chain_of(length: int) -> dict[str, object]:
    return bulk([group(f"c{number}", number) for number in range(length)])


def group(name: str, number: int = 0) -> dict[str, object]:
    """An operation that creates a group. From the second group on, the previous group is its member."""
    members = [{"value": f"bulkId:{name[0]}{number - 1}"}] if number else []
    data = {"displayName": f"Group {name}", "members": members}
    return {"method": "POST", "path": "/Groups", "bulkId": name, "data": data}


def price_and_ids(target: Target, body: dict[str, object]) -> tuple[float, list[str]]:
    """The cost of a bulk request, and the ids of the resources in its response."""
    answers: list[Answer] = []
    price = target.price(target.cost_of(lambda: answers.append(target.request("POST", "/Bulk", body))))
    if answers[0].status == NO_ANSWER:
        return price, []
    if answers[0].status != 200:
        raise RuntimeError(f"POST /Bulk: {answers[0].status} {answers[0].body[:300]!r}")
    places = [operation.get("location", "") for operation in answers[0].document["Operations"]]
    return price, [place.rpartition("/")[2] for place in places if place]
