"""Members of groups: every insert, delete and count of members is in this module.

Members are changed in bulk: the cost depends on the change, not on the size of the group. A group that gains or loses
members gets a new version, because its representation changes.
"""

from collections.abc import Sequence
from uuid import UUID

from controlhub.sql.events import RECORD_CHANGE
from controlhub.sql.statements import execute, fetch_rows

# --- One member, with the event, in one statement: it needs no earlier lock and loses no concurrent change ---
#
# Rows are locked in one order everywhere: group, user, membership (docs/decisions/0147). A transaction that inserted
# the membership first would wait for the group's lock, whose holder would wait for that membership.

_HELD_GROUP = """held AS (
    SELECT id, organization_id FROM controlhub_group WHERE id = %(group)s FOR NO KEY UPDATE
)"""

_COUNTED = """changed AS (
    UPDATE controlhub_group g SET member_count = member_count {change}, version = version + 1,
        modified_at = greatest(modified_at, STATEMENT_TIMESTAMP())
    FROM moved WHERE g.id = moved.group_id
    RETURNING member_count, version, modified_at
)"""
ADD_MEMBER = f"""
WITH {_HELD_GROUP}, moved AS (
    INSERT INTO controlhub_membership (group_id, user_id, created_at)
    SELECT held.id, u.id, STATEMENT_TIMESTAMP() FROM held JOIN controlhub_user u USING (organization_id)
    WHERE u.id = %(user)s AND NOT u.hidden
    ON CONFLICT DO NOTHING RETURNING group_id
), {_COUNTED.format(change="+ 1")}, {RECORD_CHANGE}
SELECT member_count, version, modified_at FROM changed
"""
REMOVE_MEMBER = f"""
WITH {_HELD_GROUP}, moved AS (
    DELETE FROM controlhub_membership m USING held WHERE m.group_id = held.id AND m.user_id = %(user)s
    RETURNING m.group_id
), {_COUNTED.format(change="- 1")}, {RECORD_CHANGE}
SELECT member_count, version, modified_at FROM changed
"""

# --- Many members of one group, whose row is locked ---

_ADD_USERS = """
INSERT INTO controlhub_membership (group_id, user_id, created_at)
SELECT %(group)s, u.id, STATEMENT_TIMESTAMP() FROM controlhub_user u
WHERE u.organization_id = %(organization)s AND u.id = ANY(%(ids)s) AND NOT u.hidden
ON CONFLICT DO NOTHING RETURNING user_id
"""
_ADD_GROUPS = """
INSERT INTO controlhub_membership (group_id, child_id, created_at)
SELECT %(group)s, g.id, STATEMENT_TIMESTAMP() FROM controlhub_group g
WHERE g.organization_id = %(organization)s AND g.id = ANY(%(ids)s) AND g.id <> %(group)s
ON CONFLICT DO NOTHING RETURNING child_id
"""
_REMOVE_ALL = "DELETE FROM controlhub_membership WHERE group_id = %(group)s RETURNING COALESCE(user_id, child_id)"
_REMOVE = """
DELETE FROM controlhub_membership
WHERE group_id = %(group)s AND (user_id = ANY(%(ids)s) OR child_id = ANY(%(ids)s))
RETURNING COALESCE(user_id, child_id)
"""
_REMOVE_OTHERS = """
DELETE FROM controlhub_membership
WHERE group_id = %(group)s
AND NOT EXISTS (SELECT FROM unnest(%(ids)s::uuid[]) AS wanted(id) WHERE wanted.id = COALESCE(user_id, child_id))
RETURNING COALESCE(user_id, child_id)
"""
COUNT_MEMBERS = f"""
WITH changed AS (
    UPDATE controlhub_group SET member_count = member_count + %(change)s, version = version + 1,
        modified_at = greatest(modified_at, STATEMENT_TIMESTAMP())
    WHERE id = %(group)s
    RETURNING member_count, version, modified_at
), {RECORD_CHANGE}
SELECT member_count, version, modified_at FROM changed
"""
_UNKNOWN = """
SELECT wanted.id FROM unnest(%(ids)s::uuid[]) AS wanted(id)
WHERE NOT EXISTS (SELECT FROM controlhub_user u
    WHERE u.id = wanted.id AND u.organization_id = %(organization)s AND NOT u.hidden)
AND NOT EXISTS (SELECT FROM controlhub_group g
    WHERE g.id = wanted.id AND g.organization_id = %(organization)s AND g.id <> %(group)s)
"""
# A group that is in no other group, such as a new one, needs no search of the nested groups.
_BELOW = """
WITH RECURSIVE down(id) AS (
    SELECT unnest(%(ids)s::uuid[]) WHERE EXISTS (SELECT FROM controlhub_membership WHERE child_id = %(group)s)
    UNION SELECT m.child_id FROM down JOIN controlhub_membership m ON m.group_id = down.id WHERE m.child_id IS NOT NULL
)
SELECT id FROM down WHERE id = %(group)s
"""
_LOCK_NESTING = "SELECT pg_advisory_xact_lock(hashtextextended('nesting:' || %(organization)s::text, 0))"

# --- All memberships of a deleted group or user, or of a restored user ---

_HELD_GROUPS = """held AS (
    SELECT g.id FROM controlhub_membership m JOIN controlhub_group g ON g.id = m.group_id
    WHERE m.{member} ORDER BY g.id FOR NO KEY UPDATE OF g
)"""
_COUNT_EACH = """counted AS (
    UPDATE controlhub_group g SET member_count = member_count {change}, version = version + 1, modified_at = now()
    FROM {moved} WHERE g.id = {moved}.group_id
)"""
_REMOVE_ALL_OF_GROUP = f"""
WITH {_HELD_GROUPS.format(member="child_id = %(group)s")}, emptied AS (
    DELETE FROM controlhub_membership WHERE group_id = %(group)s
), gone AS (
    DELETE FROM controlhub_membership m USING held WHERE m.group_id = held.id AND m.child_id = %(group)s
    RETURNING m.group_id
), {_COUNT_EACH.format(change="- 1", moved="gone")}
SELECT group_id FROM gone
"""
_HOLD_GROUPS = f"""
WITH {_HELD_GROUPS.format(member="user_id = ANY(%(users)s) AND g.organization_id = %(organization)s")}
SELECT count(*) FROM held
"""
HELD_GROUPS = _HELD_GROUPS.format(member="user_id = %(id)s")
ARE_GROUPS_HELD = "(SELECT count(*) FROM held) >= 0"
LEAVE_ALL_GROUPS = f"""left_groups AS (
    DELETE FROM controlhub_membership m USING changed WHERE m.user_id = changed.id RETURNING m.group_id
), {_COUNT_EACH.format(change="- 1", moved="left_groups")}"""
"""Parts of the WITH clause that deletes a user: the condition of the deletion locks the groups before the user."""
_LEAVE_ALL = f"""
WITH {_HELD_GROUPS.format(member="user_id = %(user)s")}, moved AS (
    DELETE FROM controlhub_membership m USING held WHERE m.group_id = held.id AND m.user_id = %(user)s
    RETURNING m.group_id
), {_COUNT_EACH.format(change="- 1", moved="moved")}
SELECT group_id FROM moved
"""
_REJOIN = f"""
WITH held AS (
    SELECT id FROM controlhub_group WHERE organization_id = %(organization)s AND id = ANY(%(ids)s)
    ORDER BY id FOR NO KEY UPDATE
), moved AS (
    INSERT INTO controlhub_membership (group_id, user_id, created_at) SELECT id, %(user)s, now() FROM held
    ON CONFLICT DO NOTHING RETURNING group_id
), {_COUNT_EACH.format(change="+ 1", moved="moved")}
SELECT group_id FROM moved
"""


def add_users(organization_id: UUID, group_id: UUID, ids: Sequence[UUID]) -> list[UUID]:
    """Make these users of the organization members. Returns the ids of those who were not members before."""
    return _of_group(_ADD_USERS, organization_id, group_id, ids)


def add_groups(organization_id: UUID, group_id: UUID, ids: Sequence[UUID]) -> list[UUID]:
    """Make these other groups of the organization members. Returns the ids of those that were not members before."""
    return _of_group(_ADD_GROUPS, organization_id, group_id, ids)


def remove(organization_id: UUID, group_id: UUID, ids: Sequence[UUID] | None) -> list[UUID]:
    """End these memberships, or all of them. Returns the ids of the members that were removed."""
    return _of_group(_REMOVE_ALL if ids is None else _REMOVE, organization_id, group_id, ids or ())


def remove_all_but(organization_id: UUID, group_id: UUID, ids: Sequence[UUID]) -> list[UUID]:
    """End all memberships but these. Returns the ids of the members that were removed."""
    return _of_group(_REMOVE_OTHERS, organization_id, group_id, ids)


def unknown_ids(organization_id: UUID, group_id: UUID, ids: Sequence[UUID]) -> list[UUID]:
    """Returns the ids that are neither a user nor another group of the organization."""
    return _of_group(_UNKNOWN, organization_id, group_id, ids)


def is_below(organization_id: UUID, group_id: UUID, ids: Sequence[UUID]) -> bool:
    """Whether the group is nested in one of these other groups, at any depth."""
    return bool(_of_group(_BELOW, organization_id, group_id, ids))


def lock_nesting(organization_id: UUID) -> None:
    """Wait for other transactions that nest groups of the organization. The lock is held until the transaction ends."""
    execute(_LOCK_NESTING, {"organization": organization_id})


def remove_all_of_group(group_id: UUID) -> None:
    """End the memberships in a deleted group, and its own memberships in other groups."""
    execute(_REMOVE_ALL_OF_GROUP, {"group": group_id})


def hold_groups_of(organization_id: UUID, user_ids: Sequence[UUID]) -> None:
    """Lock the groups of users, before the users, who may leave them, are locked. Held until this transaction ends."""
    execute(_HOLD_GROUPS, {"organization": organization_id, "users": list(user_ids)})


def leave_all(user_id: UUID) -> list[UUID]:
    """End a user's memberships. Returns the ids of the groups."""
    return [row[0] for row in fetch_rows(_LEAVE_ALL, {"user": user_id})]


def rejoin(organization_id: UUID, user_id: UUID, ids: Sequence[UUID]) -> list[UUID]:
    """Make a user a member of those of these groups that still exist. Returns the ids of the groups joined."""
    params = {"organization": organization_id, "user": user_id, "ids": list(ids)}
    return [row[0] for row in fetch_rows(_REJOIN, params)]


def _of_group(text: str, organization_id: UUID, group_id: UUID, ids: Sequence[UUID]) -> list[UUID]:
    params = {"organization": organization_id, "group": group_id, "ids": list(ids)}
    return [row[0] for row in fetch_rows(text, params)]
