"""Searches of the portal by a part of a name, bounded by indexes, and the members of groups in pages.

`words` are folded, and each must occur in the name of a person. `query` is a tsquery for `controlhub_parts`. The
comparison with IS NOT DISTINCT FROM keeps the planner from scanning all rows of the organization (docs/sql.md).
"""

from collections.abc import Sequence
from uuid import UUID

from controlhub.sql.statements import fetch_rows

_NAMES = "controlhub_fold(concat_ws(' ', u.display_name, u.given_name, u.family_name, u.user_name))"
_HAS_WORDS = f"(SELECT bool_and(strpos({_NAMES}, w.word) > 0) FROM unnest(%(words)s::text[]) AS w(word))"
_SORT_NAME = "controlhub_fold(COALESCE(NULLIF(u.display_name, ''), u.user_name))"
_PARTS = "controlhub_parts(u.organization_id, u.display_name, u.user_name_key, u.family_name, u.given_name)"
_FOUND = f"""
    SELECT u.id, {_SORT_NAME} AS name FROM controlhub_user u
    WHERE u.organization_id IS NOT DISTINCT FROM %(organization)s AND NOT u.hidden AND {_HAS_WORDS}
        AND {_PARTS} @@ %(query)s::tsquery
    LIMIT %(most)s"""

_PEOPLE = f"SELECT id FROM ({_FOUND}) AS found ORDER BY name, id"
_GROUPS = """
SELECT id FROM (
    SELECT id, display_name_key FROM controlhub_group u
    WHERE organization_id IS NOT DISTINCT FROM %(organization)s AND strpos(display_name_key, %(text)s) > 0
        AND controlhub_parts(organization_id, display_name_key, '', '', '') @@ %(query)s::tsquery
    LIMIT %(most)s) AS found
ORDER BY display_name_key, id
"""
_FOUND_MEMBERS = f"""
WITH found AS MATERIALIZED ({_FOUND})
SELECT found.id FROM found WHERE EXISTS (SELECT FROM controlhub_membership m
    WHERE m.user_id = found.id AND m.group_id = ANY(%(groups)s::uuid[]))
ORDER BY name, id
"""
_ALL_MEMBERS = f"""
SELECT u.id FROM (SELECT DISTINCT user_id FROM controlhub_membership
    WHERE group_id = ANY(%(groups)s::uuid[]) AND user_id IS NOT NULL LIMIT %(most)s) AS m
JOIN controlhub_user u ON u.id = m.user_id
WHERE COALESCE({_HAS_WORDS}, TRUE)
ORDER BY {_SORT_NAME}, u.id
"""
# Reads the first members after the cursor from each group, so the cost depends on the page size, not the group size.
_AFTER = """
SELECT user_id FROM unnest(%(groups)s::uuid[]) AS g(id) CROSS JOIN LATERAL (
    SELECT m.user_id FROM controlhub_membership m WHERE m.group_id = g.id AND m.user_id > %(after)s
    ORDER BY m.user_id LIMIT %(limit)s) AS page
GROUP BY user_id ORDER BY user_id LIMIT %(limit)s
"""
_BEFORE = """
SELECT user_id FROM unnest(%(groups)s::uuid[]) AS g(id) CROSS JOIN LATERAL (
    SELECT m.user_id FROM controlhub_membership m WHERE m.group_id = g.id AND m.user_id < %(before)s
    ORDER BY m.user_id DESC LIMIT %(limit)s) AS page
GROUP BY user_id ORDER BY user_id DESC LIMIT %(limit)s
"""
_BELOW = """
WITH RECURSIVE down(id) AS (
    SELECT child_id FROM controlhub_membership WHERE group_id = %(group)s AND child_id IS NOT NULL
    UNION SELECT m.child_id FROM down JOIN controlhub_membership m ON m.group_id = down.id WHERE m.child_id IS NOT NULL
)
SELECT id FROM down LIMIT %(most)s
"""
_TREE = """
WITH RECURSIVE down(id, depth, path) AS (
    SELECT child_id, 1, ARRAY[child_id] FROM controlhub_membership WHERE group_id = %(group)s AND child_id IS NOT NULL
    UNION ALL
    SELECT m.child_id, depth + 1, path || m.child_id FROM down
    JOIN controlhub_membership m ON m.group_id = down.id WHERE m.child_id IS NOT NULL AND depth < %(depth)s
)
SELECT id, path FROM down LIMIT %(most)s
"""


def find_people(organization_id: UUID, *, words: Sequence[str], query: str, most: int) -> list[UUID]:
    """Returns the ids of at most `most` users whose names contain all words, ordered by name."""
    params = {"organization": organization_id, "words": list(words), "query": query, "most": most}
    return [row[0] for row in fetch_rows(_PEOPLE, params)]


def find_groups(organization_id: UUID, *, text: str, query: str, most: int) -> list[UUID]:
    """Returns the ids of at most `most` groups whose canonical name contains the text, ordered by name."""
    params = {"organization": organization_id, "text": text, "query": query, "most": most}
    return [row[0] for row in fetch_rows(_GROUPS, params)]


def find_members(
    organization_id: UUID, groups: Sequence[UUID], *, words: Sequence[str], query: str, most: int
) -> list[UUID]:
    """Returns the ids of the members of these groups among the first `most` users whose names contain all words."""
    params = {"organization": organization_id, "groups": list(groups), "words": list(words), "query": query}
    return [row[0] for row in fetch_rows(_FOUND_MEMBERS, {**params, "most": most})]


def members_by_name(groups: Sequence[UUID], *, words: Sequence[str], most: int) -> list[UUID]:
    """Returns users whose names contain all words, ordered by name, in groups with at most `most` members in all."""
    params = {"groups": list(groups), "words": list(words), "most": most}
    return [row[0] for row in fetch_rows(_ALL_MEMBERS, params)]


def members_after(groups: Sequence[UUID], after: UUID, *, limit: int) -> list[UUID]:
    """Returns the next users in these groups after an id, ordered by id, each once."""
    return [row[0] for row in fetch_rows(_AFTER, {"groups": list(groups), "after": after, "limit": limit})]


def members_before(groups: Sequence[UUID], before: UUID, *, limit: int) -> list[UUID]:
    """Returns the last users in these groups before an id, ordered by id, each once."""
    found = fetch_rows(_BEFORE, {"groups": list(groups), "before": before, "limit": limit})
    return [row[0] for row in reversed(found)]


def groups_below(group_id: UUID, *, most: int) -> list[UUID]:
    """Returns the ids of at most `most` groups nested in a group, at any depth, the nearest first."""
    return [row[0] for row in fetch_rows(_BELOW, {"group": group_id, "most": most})]


def tree_below(group_id: UUID, *, depth: int, most: int) -> list[tuple[UUID, list[UUID]]]:
    """Returns id and path, from the direct member down to the group, of at most `most` groups nested in a group."""
    return [(row[0], row[1]) for row in fetch_rows(_TREE, {"group": group_id, "depth": depth, "most": most})]
