"""Users and the groups that they are in."""

from controlhub.sql.selection import Related, ResourceTable

USERS = ResourceTable(
    "controlhub_user",
    kind="controlhub_user",
    served="NOT hidden",
    related_name="groups",
    etag_part="COALESCE('-' || to_hex(hashtextextended(related, 0)), '')",  # changes with the groups
)

# A user's groups at any depth, each with whether the user is a direct member.
_UP = """WITH RECURSIVE up(id, type) AS (
        SELECT m.group_id, 'direct' FROM controlhub_membership m WHERE m.user_id = controlhub_user.id
        UNION SELECT m.group_id, 'indirect' FROM up JOIN controlhub_membership m ON m.child_id = up.id)"""
_GROUP = """'{"value":"' || g.id || '","display":' || to_json(g.display_name)::text
            || ',"type":"' || %s || '","$ref":"' || %%(groups_url)s || g.id || '"}'"""
_LIST = "'[' || string_agg({element}, ',' ORDER BY {order}) || ']'"
_DIRECT = _LIST.format(element=_GROUP % "'direct'", order="m.group_id")
_NESTED = _LIST.format(element=_GROUP % "up.type", order="g.id")

DIRECT_GROUPS = Related(
    f"""(
        SELECT {_DIRECT}
        FROM controlhub_membership m JOIN controlhub_group g ON g.id = m.group_id
        WHERE m.user_id = controlhub_user.id)""",
    of_page=f"""
        SELECT m.user_id, {_DIRECT}
        FROM controlhub_membership m JOIN controlhub_group g ON g.id = m.group_id
        WHERE m.user_id = ANY(ARRAY(SELECT id FROM page)) GROUP BY m.user_id""",
)
"""The groups of a user in an organization without nested groups."""
NESTED_GROUPS = Related(
    f"""({_UP}
        SELECT {_NESTED}
        FROM (SELECT id, min(type) AS type FROM up GROUP BY id) AS up JOIN controlhub_group g ON g.id = up.id)"""
)
"""The groups of a user at any depth."""
GROUP_ELEMENTS = f"""{_UP} SELECT jsonb_build_object('value', g.id, 'display', g.display_name, 'type', min(up.type))
FROM up JOIN controlhub_group g ON g.id = up.id GROUP BY g.id"""
"""The same as jsonb, one row per group, for filters."""
PARTS_OF_NAMES = """controlhub_parts(controlhub_user.organization_id, controlhub_user.display_name,
    controlhub_user.user_name_key, controlhub_user.family_name, controlhub_user.given_name)"""
"""The expression of the index on parts of names (docs/decisions/0020)."""


def is_in_group(group: str) -> str:
    """Returns a condition: the user is in the group of this placeholder, or in a group nested in it."""
    return f"""controlhub_user.id IN (WITH RECURSIVE down(id) AS (
        SELECT {group}::uuid UNION SELECT m.child_id FROM down JOIN controlhub_membership m ON m.group_id = down.id
        WHERE m.child_id IS NOT NULL)
    SELECT m.user_id FROM down JOIN controlhub_membership m ON m.group_id = down.id WHERE m.user_id IS NOT NULL)"""


def has_address(address: str) -> str:
    """Returns a condition: one of the user's normalized e-mail addresses equals this placeholder."""
    return f"controlhub_user.emails @> ARRAY[{address}]::text[]"
