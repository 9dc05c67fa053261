"""Compares the data of the service with the journals after a campaign."""

from collections.abc import Iterator
from typing import Any

import psycopg

from bench.attacks.target import Target
from bench.faults.journal import Known

PAGE = 500
VALUES = {"/Users": "title", "/Groups": "externalId"}
TABLES = {"/Users": "controlhub_user", "/Groups": "controlhub_group"}
MEMBERS = "SELECT user_id FROM controlhub_membership WHERE group_id = %s"
EVENTS = "SELECT target_id, count(*) FROM audit_auditevent WHERE organization_id = %s GROUP BY target_id"


def contradictions(target: Target, known: dict[tuple[str, str], Known]) -> list[str]:
    """Describes lost data, data that no client wrote, and changes without exactly one event."""
    events, versions = evidence(target)
    found: list[str] = []
    for endpoint in VALUES:
        there = resources(target, endpoint)
        written = {name: one for (place, name), one in known.items() if place == endpoint}
        for name, one in written.items():
            found += missing(one, there.get(name))
        for name, resource in there.items():
            if name in written:
                found += miscounted(written[name], resource["id"], events, versions)
    found += lost_members(target, known)
    found += [
        f"{one.name} was deleted and has {events.get(one.id, 0)} events of {one.acknowledged} changes"
        for one in known.values()
        if one.id and one.is_deleted and not expected(one, events.get(one.id, 0))
    ]
    return found


def missing(one: Known, resource: dict[str, Any] | None) -> Iterator[str]:
    """At most one sentence about a resource compared with the service's data under its name."""
    if resource is None:
        if one.id and not one.may_be_deleted and not one.is_deleted:
            yield f"{one.name} is gone"
    elif one.is_deleted:
        yield f"{one.name} is there after its deletion was acknowledged"
    elif (value := resource.get(VALUES[one.endpoint])) not in one.values:
        yield f"{one.name} has {value}, acknowledged was {sorted(one.values)}"


def miscounted(one: Known, pk: str, events: dict[str, int], versions: dict[str, int]) -> Iterator[str]:
    """At most one sentence about an existing resource. Each version has an event, each acknowledged change has both."""
    count = events.get(pk, 0)
    is_lost = one.endpoint == "/Users" and count != versions[pk]  # a group's version grows when a member is deleted
    if is_lost or not expected(one, count):
        yield (
            f"{one.name} has version {versions[pk]} and {count} events; "
            f"{one.acknowledged} changes were acknowledged, {one.unknown} may have happened"
        )


def lost_members(target: Target, known: dict[tuple[str, str], Known]) -> Iterator[str]:
    """A sentence about each group that lacks members, except for deleted users."""
    gone = {one.id for one in known.values() if one.is_deleted or one.may_be_deleted}
    with psycopg.connect(target.started.database_url) as connection:
        for one in known.values():
            rows = connection.execute(MEMBERS, [one.id]) if one.members else []
            if lost := one.members - {str(pk) for (pk,) in rows} - gone:
                yield f"{one.name} has lost {len(lost)} members"


def expected(one: Known, events: int) -> bool:
    return one.acknowledged <= events <= one.acknowledged + one.unknown


def evidence(target: Target) -> tuple[dict[str, int], dict[str, int]]:
    """The number of events of each target, and the version of each resource."""
    organization = target.path.rpartition("/")[2]
    with psycopg.connect(target.started.database_url) as connection:
        events = {str(pk): count for pk, count in connection.execute(EVENTS, [organization])}
        versions = {
            str(pk): version
            for table in TABLES.values()
            for pk, version in connection.execute(
                f"SELECT id, version FROM {table} WHERE organization_id = %s",  # type: ignore[arg-type]
                [organization],
            )
        }
    return events, versions


def resources(target: Target, endpoint: str) -> dict[str, dict[str, Any]]:
    """All resources of the service by name."""
    name = "userName" if endpoint == "/Users" else "displayName"
    found: dict[str, dict[str, Any]] = {}
    start, total = 1, 1
    while start <= total:
        attributes = f"attributes=id,{name},{VALUES[endpoint]}"
        answer = target.request("GET", f"{endpoint}?startIndex={start}&count={PAGE}&{attributes}")
        if answer.status != 200:
            raise RuntimeError(f"GET {endpoint}: {answer.status} {answer.body[:300]!r}")
        total, start = answer.document["totalResults"], start + PAGE
        found |= {resource[name]: resource for resource in answer.document.get("Resources", [])}
    return found
