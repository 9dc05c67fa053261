"""Documents, pages and events that grow with each request, each of which has an allowed size."""

from collections.abc import Iterator

from bench.attacks.figures import Figure
from bench.attacks.target import USER, Target, patch, users_where

NAME = "sizes"
MEGABYTE = 2**20
LONG = 7_000
ATTRIBUTES = {
    "emails": 450, "phoneNumbers": LONG, "ims": LONG, "photos": LONG, "entitlements": LONG, "roles": LONG,
}  # fmt: skip
"""Multi-valued attributes, and the length of the values used here."""
PAGE_BYTES = 16 * MEGABYTE
EVENT_BYTES = 65_536
MEMORY = 32


def run(target: Target, *, values: int = 1_000, users: int = 20) -> Iterator[Figure]:
    """The largest user, list and event, and how much memory the web processes keep afterwards."""
    target.users(100)
    before = target.memory() if target.hub else 0.0
    largest = max(grown(target, number, values) for number in range(users))
    yield Figure(NAME, "largest user", largest / MEGABYTE, 1, "MiB")
    path = users_where('userName sw "grown"', count=1000)
    listed = target.request("GET", path)
    yield Figure(NAME, f"list of {users} large users", len(listed.body) / MEGABYTE, PAGE_BYTES / MEGABYTE, "MiB")
    yield Figure(
        NAME, f"list of {users} large users: failures", int(listed.status != 200), 0, remark=f"{listed.status}"
    )
    if target.hub:
        yield Figure(NAME, "event for one added value", event(target, values) / 1024, EVENT_BYTES / 1024, "KiB")
        for _ in range(3):
            target.request("GET", path)
        yield Figure(
            NAME, "memory of a web process: growth", max(0.0, target.memory() - before), MEMORY, "MB", is_timed=True
        )


def grown(target: Target, number: int, values: int) -> int:
    """The size in bytes of a user after many values were added to every attribute, as far as allowed."""
    pk = target.made("/Users", {"schemas": [USER], "userName": f"grown{number}@example.com"})
    for name, length in ATTRIBUTES.items():
        for count in (values, values // 10, values // 20, values // 100):
            added = [{"type": "work", "value": value_of(name, index, length)} for index in range(count)]
            answer = target.request("PATCH", f"/Users/{pk}", patch({"op": "add", "path": name, "value": added}))
            if answer.status == 200:
                break
    return len(target.request("GET", f"/Users/{pk}").body)


def value_of(name: str, index: int, length: int) -> str:
    text = f"{index}".rjust(length, "x")
    return f"https://example.com/{text}" if name == "photos" else f"{text}@example.com" if name == "emails" else text


def event(target: Target, values: int) -> int:
    """The size in bytes of the event for one value added to as many long values as a user may have."""
    old = [{"type": "work", "value": f"{index}".rjust(800, "x")} for index in range(values - 1)]
    pk = target.made("/Users", {"schemas": [USER], "userName": "event@example.com", "ims": old})
    added = target.request("PATCH", f"/Users/{pk}", patch({"op": "add", "path": "ims", "value": [{"value": "new"}]}))
    if added.status != 200:
        raise RuntimeError(f"PATCH: {added.status} {added.body[:300]!r}")
    query = """SELECT max(octet_length(parts::text)) FROM audit_personal JOIN audit_auditevent ON id = event_id
        WHERE target_id = %s AND action = 'user.updated'"""
    return target.count(query, pk)
