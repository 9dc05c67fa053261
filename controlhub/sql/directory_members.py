"""Members of the directory's groups, written in bulk: the cost depends on the change, not on the size of the group.

`member_count` of a group counts its direct members except deleted people, whose rows are kept so that they can be
restored. A group that gains or loses members gets a new version.
"""

from collections.abc import Sequence
from uuid import UUID

from controlhub.sql.statements import execute, fetch_row, fetch_rows

_ADD_PEOPLE = """
INSERT INTO directory_membership (group_id, person_id)
SELECT %(group)s, p.id FROM directory_person p
WHERE p.organization_id = %(organization)s AND p.id = ANY(%(ids)s) AND p.deleted_at IS NULL
ON CONFLICT DO NOTHING RETURNING person_id
"""
_ADD_GROUPS = """
INSERT INTO directory_membership (group_id, child_id)
SELECT %(group)s, g.id FROM directory_group g
WHERE g.organization_id = %(organization)s AND g.id = ANY(%(ids)s) AND g.id <> %(group)s
ON CONFLICT DO NOTHING RETURNING child_id
"""
_REMOVE = """
DELETE FROM directory_membership m
WHERE m.group_id = %(group)s AND (m.person_id = ANY(%(ids)s) OR m.child_id = ANY(%(ids)s))
    AND NOT EXISTS (SELECT FROM directory_person p WHERE p.id = m.person_id AND p.deleted_at IS NOT NULL)
RETURNING COALESCE(m.person_id, m.child_id)
"""
_EMPTY = "DELETE FROM directory_membership WHERE group_id = %(group)s"
_COUNT = """
UPDATE directory_group SET member_count = member_count + %(change)s, version = version + 1, modified_at = now()
WHERE id = %(group)s
"""
_UNKNOWN = """
SELECT wanted.id FROM unnest(%(ids)s::uuid[]) AS wanted(id)
WHERE NOT EXISTS (SELECT FROM directory_person p
    WHERE p.id = wanted.id AND p.organization_id = %(organization)s AND p.deleted_at IS NULL)
AND NOT EXISTS (SELECT FROM directory_group g
    WHERE g.id = wanted.id AND g.organization_id = %(organization)s AND g.id <> %(group)s)
"""
_BELOW = """
WITH RECURSIVE down(id) AS (
    SELECT unnest(%(ids)s::uuid[])
    UNION SELECT m.child_id FROM down JOIN directory_membership m ON m.group_id = down.id WHERE m.child_id IS NOT NULL
)
SELECT id FROM down WHERE id = %(group)s
"""
_LOCK_NESTING = "SELECT pg_advisory_xact_lock(hashtextextended('directory nesting:' || %(organization)s::text, 0))"
_RULES = "hashtextextended('directory rules:' || %(organization)s::text, 0)"
_SHARE_RULES = f"SELECT pg_advisory_xact_lock_shared({_RULES})"
_HOLD_RULES = f"SELECT pg_advisory_xact_lock({_RULES})"
_COUNT_PERSON = """
UPDATE directory_group g SET member_count = g.member_count + %(change)s, version = g.version + 1, modified_at = now()
FROM (SELECT g.id FROM directory_group g JOIN directory_membership m ON m.group_id = g.id
    WHERE m.person_id = %(person)s ORDER BY g.id FOR NO KEY UPDATE OF g) AS own
WHERE g.id = own.id
"""
_LEAVE_PARENTS = """
WITH gone AS (DELETE FROM directory_membership WHERE child_id = %(group)s RETURNING group_id)
UPDATE directory_group g SET member_count = member_count - 1, version = version + 1, modified_at = now()
FROM gone WHERE g.id = gone.group_id
"""


def add(organization_id: UUID, group_id: UUID, ids: Sequence[UUID]) -> tuple[list[UUID], list[UUID]]:
    """Add people and groups of the organization. Returns the ids of the added people and of the added groups.

    Other ids and deleted people are ignored.
    """
    params = {"organization": organization_id, "group": group_id, "ids": list(ids)}
    people = [row[0] for row in fetch_rows(_ADD_PEOPLE, params)]
    if len(people) == len(ids):
        return people, []
    return people, [row[0] for row in fetch_rows(_ADD_GROUPS, params)]


def add_people(organization_id: UUID, group_id: UUID, ids: Sequence[UUID]) -> list[UUID]:
    """Add people to a group. Returns the ids of those who were not members before."""
    params = {"organization": organization_id, "group": group_id, "ids": list(ids)}
    return [row[0] for row in fetch_rows(_ADD_PEOPLE, params)]


def remove(group_id: UUID, ids: Sequence[UUID]) -> list[UUID]:
    """Remove members. Returns their ids. Memberships of deleted people are kept."""
    return [row[0] for row in fetch_rows(_REMOVE, {"group": group_id, "ids": list(ids)})]


def empty(group_id: UUID) -> None:
    """Remove all memberships, including those of deleted people. The caller sets the count."""
    execute(_EMPTY, {"group": group_id})


def count(group_id: UUID, change: int) -> None:
    """Add `change` to the number of members."""
    execute(_COUNT, {"group": group_id, "change": change})


def unknown_ids(organization_id: UUID, group_id: UUID, ids: Sequence[UUID]) -> list[UUID]:
    """Returns the ids that are neither a person nor another group of the organization."""
    params = {"organization": organization_id, "group": group_id, "ids": list(ids)}
    return [row[0] for row in fetch_rows(_UNKNOWN, params)]


def is_below(group_id: UUID, ids: Sequence[UUID]) -> bool:
    """Whether the group is one of these groups or is nested in one of them, at any depth."""
    return fetch_row(_BELOW, {"group": group_id, "ids": list(ids)}) is not None


def lock_nesting(organization_id: UUID) -> None:
    """Wait for other transactions that nest groups: of two requests that together form a cycle, the second sees it."""
    execute(_LOCK_NESTING, {"organization": organization_id})


def share_rules(organization_id: UUID) -> None:
    """Prevent changes to the rules of dynamic groups until this transaction ends."""
    execute(_SHARE_RULES, {"organization": organization_id})


def hold_rules(organization_id: UUID) -> None:
    """Wait for the transactions that share the rules. New ones wait for this transaction."""
    execute(_HOLD_RULES, {"organization": organization_id})


def count_out(person_id: UUID) -> None:
    """Decrease the member counts of a deleted person's groups."""
    execute(_COUNT_PERSON, {"person": person_id, "change": -1})


def count_in(person_id: UUID) -> None:
    """Increase the member counts of a restored person's groups."""
    execute(_COUNT_PERSON, {"person": person_id, "change": 1})


def leave_parents(group_id: UUID) -> None:
    """Remove a deleted group from the groups that it is a member of."""
    execute(_LEAVE_PARENTS, {"group": group_id})
