"""Lists of audit events: the newest events of each key of an index, merged; counts; and a histogram.

A list reads the index of one filter. A key is an action with its service, an actor, a target, a request or an id. The
first rows of each key are read in the order of the list, so a page costs the same wherever its events are.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from controlhub.sql.statements import fetch_rows

KEYS: Mapping[str, tuple[str, str]] = {
    "kind": (
        "unnest(%(actions)s::text[]) AS a(action) CROSS JOIN unnest(%(services)s::text[]) AS s(service)",
        "action = a.action AND service = s.service",
    ),
    "failed": (
        "unnest(%(actions)s::text[]) AS a(action)",
        "result = 'failure' AND action = a.action AND service = ANY(%(services)s)",
    ),
    "actor": (
        "unnest(%(keys)s::text[]) AS k(value) CROSS JOIN unnest(%(actions)s::text[]) AS a(action)",
        "actor_id = k.value AND connection_id IS NULL AND action = a.action AND service = ANY(%(services)s)",
    ),
    "connection": (
        "unnest(%(keys)s::uuid[]) AS k(value) CROSS JOIN unnest(%(actions)s::text[]) AS a(action)",
        "connection_id = k.value AND action = a.action AND service = ANY(%(services)s)",
    ),
    "target": (
        "unnest(%(keys)s::text[]) AS k(value)",
        "target_id = k.value AND action = ANY(%(actions)s) AND service = ANY(%(services)s)",
    ),
    "request": (
        "unnest(%(keys)s::text[]) AS k(value)",
        "request_id = k.value AND request_id <> '' AND action = ANY(%(actions)s) AND service = ANY(%(services)s)",
    ),
    "address": (
        "unnest(%(addresses)s::text[]) AS k(value)",
        """p.organization_id = %(organization)s AND p.parts #>> '{0,value,address}' = k.value
        AND action = ANY(%(actions)s) AND service = ANY(%(services)s)""",
    ),
    "old_address": (
        "unnest(%(addresses)s::text[]) AS k(value)",
        """actor_address IS NOT NULL AND actor_address = k.value::inet
        AND action = ANY(%(actions)s) AND service = ANY(%(services)s)""",
    ),
    "id": (
        "unnest(%(keys)s::uuid[]) AS k(value)",
        "id = k.value AND action = ANY(%(actions)s) AND service = ANY(%(services)s)",
    ),
}
"""For each index: its keys, and the condition that finds the events of one key."""
# Bounds apply to both id columns: PostgreSQL infers equality across the join, but not inequalities.
_FROM_ADDRESS = "audit_personal AS p JOIN audit_auditevent ON audit_auditevent.id = p.event_id"
BY_ID = {"address": "p.event_id", "old_address": "id"}
"""The keys whose events are ordered by id, and the column that holds the id (decision 0123)."""

# Events of versions 1 and 2 have no connection, and have a column of their own for the address.
_CONNECTIONS = """(connection_id = ANY(%(connections)s::uuid[])
        OR connection_id IS NULL AND actor_kind = 'client' AND actor_id = ANY(%(tokens)s))"""
_ACTORS = "(actor_id = ANY(%(actors)s) OR connection_id = ANY(%(actor_connections)s::uuid[]))"
# OFFSET 0 forces a look-up for each event. A join would read all personal values for a few events.
_OLD_ADDRESSES = "actor_address = ANY(%(addresses)s::text[]::inet[])"
_SENT_FROM = """EXISTS (SELECT FROM audit_personal p
        WHERE p.event_id = audit_auditevent.id AND p.parts #>> '{0,value,address}' = ANY(%(addresses)s::text[])
        OFFSET 0)"""
_ADDRESSES = f"({_OLD_ADDRESSES} OR {_SENT_FROM})"
# A person or a group was assigned the role, or a group that has the role gained a member.
_NEW_FULL_ADMIN = """(action IN ('role.assigned', 'group.mapped') AND EXISTS (SELECT FROM audit_personal p
        WHERE p.event_id = audit_auditevent.id
        AND p.parts #> '{1,value,changes}' @> '[{"attribute": "role", "new": "full_admin"}]' OFFSET 0)
    OR action = 'group.members_changed' AND (facts #>> '{added,count}')::int > 0
        AND EXISTS (SELECT FROM controlhub_rolemapping m
            WHERE m.group_id::text = target_id AND m.role = 'full_admin'))"""
_MEMBERS = "((facts #> '{added,ids}') || (facts #> '{removed,ids}'))"  # the expression of the index `audit_members`
_TARGETS = f"""(target_id = ANY(%(targets)s)
    OR action = 'group.members_changed' AND {_MEMBERS} ?| %(targets)s::text[])"""
_FOUND_MEMBERS = f"(action = 'group.members_changed' AND {_MEMBERS} ?| %(found)s::text[])"
CONDITIONS: Mapping[str, str] = {
    "since": "created_at >= %(since)s",
    "until": "created_at < %(until)s",
    "older": "(created_at, id) < (%(at)s, %(at_id)s)",
    "newer": "(created_at, id) > (%(at)s, %(at_id)s)",
    "older_id": "{id} < %(at_id)s AND audit_auditevent.id < %(at_id)s",
    "newer_id": "{id} > %(at_id)s AND audit_auditevent.id > %(at_id)s",
    "since_id": "{id} >= %(since_id)s AND audit_auditevent.id >= %(since_id)s",
    "until_id": "{id} <= %(until_id)s AND audit_auditevent.id <= %(until_id)s",
    "failure": "result = 'failure'",
    "success": "result <> 'failure'",
    "actors": _ACTORS,
    "keyed_actors": "actor_id = ANY(%(keys)s) AND connection_id IS NULL",
    "keyed_connections": "connection_id = ANY(%(keys)s::uuid[])",
    "not_actors": f"({_ACTORS}) IS NOT TRUE",
    "actor_kinds": "(actor_id <> '' OR actor_kind = ANY(%(actor_kinds)s))",
    "not_actor_kinds": "NOT (actor_id = '' AND actor_kind = ANY(%(actor_kinds)s))",
    "targets": _TARGETS,
    "not_targets": f"{_TARGETS} IS NOT TRUE",
    "not_keyed_targets": "NOT target_id = ANY(%(targets)s)",
    "connections": _CONNECTIONS,
    "not_connections": f"({_CONNECTIONS}) IS NOT TRUE",
    "addresses": _ADDRESSES,
    "sent_from": _SENT_FROM,
    "old_addresses": _OLD_ADDRESSES,
    "not_addresses": f"({_ADDRESSES}) IS NOT TRUE",
    "parents": "parent_id = ANY(%(parents)s::uuid[])",
    "not_parents": "(parent_id = ANY(%(parents)s::uuid[])) IS NOT TRUE",
    "requests": "request_id = ANY(%(requests)s)",
    "not_requests": "NOT request_id = ANY(%(requests)s)",
    "not_found_targets": "NOT target_id = ANY(%(found)s)",
    "not_found_actors": """NOT actor_id = ANY(%(found)s)
        AND (connection_id IS NULL OR NOT connection_id::text = ANY(%(found)s))""",
    "new_full_admin": _NEW_FULL_ADMIN,
    "not_found_members": f"{_FOUND_MEMBERS} IS NOT TRUE",
    "not_found_requests": "NOT request_id = ANY(%(found)s)",
}
_ROWS = """
SELECT e.id FROM {keys} CROSS JOIN LATERAL (
    SELECT id, created_at FROM audit_auditevent WHERE organization_id = %(organization)s AND {conditions}
    ORDER BY created_at {direction}, id {direction} LIMIT %(most)s) AS e
ORDER BY e.created_at {direction}, e.id {direction} LIMIT %(most)s
"""
_ROWS_BY_ID = """
SELECT e.id FROM {keys} CROSS JOIN LATERAL (
    SELECT {id} AS id FROM {source} WHERE audit_auditevent.organization_id = %(organization)s AND {conditions}
    ORDER BY {id} {direction} LIMIT %(most)s) AS e
ORDER BY e.id {direction} LIMIT %(most)s
"""
_TIMES = """
SELECT e.created_at FROM {keys} CROSS JOIN LATERAL (
    SELECT id, created_at FROM audit_auditevent WHERE organization_id = %(organization)s AND {conditions}
    ORDER BY created_at DESC, id DESC LIMIT %(most)s) AS e
ORDER BY e.created_at DESC, e.id DESC LIMIT %(most)s
"""
_COUNT = """
SELECT count(*) FROM (SELECT FROM {keys} CROSS JOIN LATERAL (
    SELECT FROM {source} WHERE audit_auditevent.organization_id = %(organization)s AND {conditions}
    LIMIT %(most)s) AS e
LIMIT %(most)s) AS c
"""
# The inner limit keeps the planner from joining the keys with the whole table.
_HISTOGRAM = """
SELECT b.number, (SELECT count(*) FROM (SELECT FROM {keys} CROSS JOIN LATERAL (
    SELECT FROM {source} WHERE audit_auditevent.organization_id = %(organization)s AND {conditions}
        AND created_at >= b.start AND created_at < b.stop {within} LIMIT %(most)s) AS e LIMIT %(most)s) AS c)
FROM unnest(%(starts)s::timestamptz[], %(stops)s::timestamptz[]) WITH ORDINALITY AS b(start, stop, number)
"""
# An id contains the time of the web process. If its clock is wrong by more than an hour, its events are not counted.
_WITHIN = """AND {id} >= (lpad(to_hex((extract(epoch FROM b.start - interval '1 hour') * 1000)::bigint), 12, '0')
            || repeat('0', 20))::uuid
        AND {id} < (lpad(to_hex((extract(epoch FROM b.stop + interval '1 hour') * 1000)::bigint), 12, '0')
            || repeat('0', 20))::uuid"""
# Without an order: to order by id, PostgreSQL would scan the primary key for a rare address.
_FROM_ADDRESSES = """
SELECT event_id FROM unnest(%(addresses)s::text[]) AS k(value) CROSS JOIN LATERAL (
    SELECT event_id FROM audit_personal WHERE organization_id = %(organization)s
        AND parts #>> '{0,value,address}' = k.value LIMIT %(most)s) AS p
UNION ALL SELECT id FROM (SELECT id FROM audit_auditevent WHERE organization_id = %(organization)s
    AND actor_address IS NOT NULL AND actor_address = ANY(%(addresses)s::text[]::inet[]) LIMIT %(most)s) AS e
"""
# Without an order, so that only the index on members can serve it.
_OF_MEMBERS = f"""
SELECT id FROM (SELECT id, created_at FROM audit_auditevent
    WHERE action = 'group.members_changed' AND {_MEMBERS} ?| %(members)s::text[]
        AND organization_id = %(organization)s OFFSET 0) AS e
ORDER BY created_at DESC, id DESC LIMIT %(most)s
"""
# The limits keep the planner from reading the whole table of personal values for a few thousand events.
_REMOVED = """
SELECT e.target_id FROM unnest(%(actions)s::text[]) AS a(action) CROSS JOIN unnest(%(services)s::text[]) AS s(service)
CROSS JOIN LATERAL (
    SELECT id, target_id, target_label FROM audit_auditevent
    WHERE organization_id = %(organization)s AND action = a.action AND service = s.service
    ORDER BY created_at DESC, id DESC LIMIT %(most)s) AS e
LEFT JOIN LATERAL (SELECT parts FROM audit_personal WHERE event_id = e.id LIMIT 1) AS p ON TRUE
WHERE NOT EXISTS (SELECT FROM unnest(%(words)s::text[]) AS w(word)
    WHERE strpos(lower(COALESCE(p.parts #>> '{1,value,label}', e.target_label)), word) = 0)
"""
_RENAMED = """
SELECT DISTINCT e.target_id FROM unnest(%(services)s::text[]) AS s(service) CROSS JOIN LATERAL (
    SELECT id, target_id, changes FROM audit_auditevent
    WHERE organization_id = %(organization)s AND action = %(action)s AND service = s.service
    ORDER BY created_at DESC, id DESC LIMIT %(most)s) AS e
LEFT JOIN LATERAL (SELECT parts FROM audit_personal WHERE event_id = e.id LIMIT 1) AS p ON TRUE
CROSS JOIN LATERAL jsonb_array_elements(COALESCE(p.parts #> '{1,value,changes}', e.changes)) AS c(change)
WHERE change ->> 'attribute' = ANY(%(attributes)s) AND change ->> 'old' IS NOT NULL
    AND NOT EXISTS (SELECT FROM unnest(%(words)s::text[]) AS w(word) WHERE strpos(lower(change ->> 'old'), word) = 0)
"""
_FOLLOWING = """
SELECT leaf.event_id, position, COALESCE(action = ANY(%(actions)s) AND service = ANY(%(services)s) {conditions}, FALSE)
FROM (SELECT position, event_id FROM audit_leaf
    WHERE organization_id = %(organization)s AND position >= %(position)s ORDER BY position LIMIT %(most)s) AS leaf
LEFT JOIN audit_auditevent ON id = leaf.event_id
ORDER BY position
"""
# One index look-up per pair: PostgreSQL plans EXISTS as a join that reads all events.
_KINDS = """
SELECT a.action, s.service FROM unnest(%(actions)s::text[]) AS a(action), unnest(%(services)s::text[]) AS s(service)
CROSS JOIN LATERAL (SELECT FROM audit_auditevent
    WHERE organization_id = %(organization)s AND action = a.action AND service = s.service
    ORDER BY created_at DESC, id DESC LIMIT 1) AS e
"""
_OF_KIND = """(SELECT created_at, id FROM audit_auditevent WHERE organization_id = %(organization)s
    AND action = %(action_{number})s AND service = %(service_{number})s{conditions} ORDER BY created_at DESC, id DESC)
"""


def newest(
    key: str, conditions: Sequence[str], params: Mapping[str, Any], *, most: int, is_ascending: bool = False
) -> list[UUID]:
    """Returns the ids of the first events of the list: newest first, or oldest first with `is_ascending`."""
    rows = _ROWS_BY_ID if key in BY_ID else _ROWS
    text = _filled(rows, key, conditions).replace("{direction}", "ASC" if is_ascending else "DESC")
    return [row[0] for row in fetch_rows(text, {**params, "most": most})]


def newest_times(key: str, conditions: Sequence[str], params: Mapping[str, Any], *, most: int) -> list[datetime]:
    """Returns the times of the first events of the list, newest first."""
    return [row[0] for row in fetch_rows(_filled(_TIMES, key, conditions), {**params, "most": most})]


def following(
    conditions: Sequence[str], params: Mapping[str, Any], *, position: int, most: int
) -> list[tuple[UUID, int, bool]]:
    """Returns at most `most` sealed events from this position on: id, position, and whether each matches."""
    text = _FOLLOWING.replace("{conditions}", "".join(f" AND {CONDITIONS[name]}" for name in conditions))
    return fetch_rows(text, {**params, "position": position, "most": most})


def kinds(params: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Returns the pairs of the given actions and services for which the organization has an event."""
    return fetch_rows(_KINDS, params)


def at_offset(conditions: Sequence[str], params: Mapping[str, Any], *, offset: int) -> tuple[datetime, UUID] | None:
    """Returns time and id of the event at this offset in the list (0 is the newest), or None if there are fewer."""
    params = {**params, "offset": offset}
    own = "".join(f" AND {CONDITIONS[name]}" for name in conditions)
    parts = []
    for number, (action, service) in enumerate(kinds(params)):
        params |= {f"action_{number}": action, f"service_{number}": service}
        parts.append(_OF_KIND.replace("{number}", str(number)).replace("{conditions}", own))
    if not parts:
        return None
    # PostgreSQL merges the parts, which are already in the order of the list, and reads no more than it skips.
    text = f"{'UNION ALL '.join(parts)}ORDER BY created_at DESC, id DESC OFFSET %(offset)s LIMIT 1"
    rows = fetch_rows(text, params)
    return rows[0] if rows else None


def events_from(organization: UUID, addresses: Sequence[str], *, most: int) -> list[UUID]:
    """Returns the ids of events that came from these addresses, at most `most` for each address.

    Run it where queries get custom plans: a generic plan assumes that all addresses are equally frequent, and would
    read the whole table.
    """
    params = {"organization": organization, "addresses": list(addresses), "most": most}
    return [row[0] for row in fetch_rows(_FROM_ADDRESSES, params)]


def events_of_members(organization: UUID, members: Sequence[str], *, most: int) -> list[UUID]:
    """Returns the ids of the newest events in which one of these users or groups joined or left a group."""
    params = {"organization": organization, "members": list(members), "most": most}
    return [row[0] for row in fetch_rows(_OF_MEMBERS, params)]


def removed(
    organization: UUID, words: Sequence[str], *, actions: Sequence[str], services: Sequence[str], most: int
) -> list[str]:
    """Returns the ids of targets whose label at the time contains all these words, which are in lower case.

    Only the newest `most` events of each action and service are searched.
    """
    params = {"organization": organization, "words": list(words), "actions": list(actions), "services": list(services)}
    return [row[0] for row in fetch_rows(_REMOVED, {**params, "most": most})]


def renamed(
    organization: UUID,
    words: Sequence[str],
    *,
    action: str,
    services: Sequence[str],
    attributes: Sequence[str],
    most: int,
) -> list[str]:
    """Returns the ids of targets for which one of these attributes had a value with all these words, in lower case.

    Only the newest `most` events of the action and each service are searched.
    """
    params = {"organization": organization, "words": list(words), "action": action, "services": list(services)}
    rows = fetch_rows(_RENAMED, {**params, "attributes": list(attributes), "most": most})
    return [row[0] for row in rows]


def count(key: str, conditions: Sequence[str], params: Mapping[str, Any], *, most: int) -> int:
    """Returns the number of events, at most `most`."""
    return int(fetch_rows(_filled(_COUNT, key, conditions), {**params, "most": most})[0][0])


def histogram(
    key: str, conditions: Sequence[str], params: Mapping[str, Any], *, bounds: Sequence[datetime], most: int
) -> list[int]:
    """Returns the number of events between each bound and the next one, each at most `most`."""
    values = {**params, "starts": list(bounds[:-1]), "stops": list(bounds[1:]), "most": most}
    found = dict(fetch_rows(_filled(_HISTOGRAM, key, conditions), values))
    return [int(found[number]) for number in range(1, len(bounds))]


def _filled(text: str, key: str, conditions: Sequence[str]) -> str:
    keys, own = KEYS[key]
    every = " AND ".join((own, *(CONDITIONS[name] for name in conditions)))
    text = text.replace("{keys}", keys).replace("{conditions}", every)
    text = text.replace("{source}", _FROM_ADDRESS if key == "address" else "audit_auditevent")
    within = f"{_WITHIN} {_WITHIN.replace('{id}', 'audit_auditevent.id')}" if key in BY_ID else ""
    return text.replace("{within}", within).replace("{id}", BY_ID.get(key, "id"))
