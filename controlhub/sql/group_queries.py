"""Groups and their members."""

from controlhub.sql.selection import ResourceTable

GROUPS = ResourceTable("controlhub_group", kind="controlhub_group", related_name="members")
UUID_LENGTH = 36
MAX_COUNTED = 100_000
"""A group with this many members is known to be too large for a page with other groups."""

_MEMBERS = "FROM controlhub_membership m WHERE m.group_id = controlhub_group.id"
_NAMED_MEMBERS = """FROM controlhub_membership m
        LEFT JOIN controlhub_user u ON u.id = m.user_id
        LEFT JOIN controlhub_group c ON c.id = m.child_id
        WHERE m.group_id = controlhub_group.id"""
_NAME = "COALESCE(NULLIF(u.display_name, ''), u.user_name, c.display_name)"
_MEMBER = """'{{"value":"' || COALESCE(m.user_id, m.child_id) || CASE WHEN m.user_id IS NULL
            THEN '","type":"Group","$ref":"' || %(base_url)s || '/Groups/' || m.child_id
            ELSE '","type":"User","$ref":"' || %(base_url)s || '/Users/' || m.user_id END || '"{display}}}'"""
_LIST = """(
        SELECT '[' || string_agg({element}, ',') || ']'
        {members})"""
_DISPLAY = f""","display":' || to_json({_NAME})::text || '"""

MEMBERS = _LIST.format(element=_MEMBER.format(display=""), members=_MEMBERS)
"""The members of a group as the text of a JSON array."""
NAMED_MEMBERS = _LIST.format(element=_MEMBER.format(display=_DISPLAY), members=_NAMED_MEMBERS)
"""The same with names, which cost two joins (docs/decisions/0008)."""
MEMBER_ELEMENTS = f"""SELECT jsonb_build_object('value', COALESCE(m.user_id, m.child_id),
    'type', CASE WHEN m.user_id IS NULL THEN 'Group' ELSE 'User' END, 'display', {_NAME})
{_NAMED_MEMBERS}"""
"""The same as jsonb, one row per member, for filters."""


def members_bytes(base_url: str) -> str:
    """Returns SQL for the approximate size of a group's members in bytes."""
    member = len(f'{{"value":"","type":"User","$ref":"{base_url}/Users/"}},') + 2 * UUID_LENGTH
    return f"LEAST(member_count, {MAX_COUNTED}) * {member}"


def has_member(member: str) -> str:
    """Returns a condition: the user or group of this placeholder is a member of the group."""
    return f"""EXISTS (SELECT 1 FROM controlhub_membership m WHERE m.group_id = controlhub_group.id
        AND (m.user_id = {member}::uuid OR m.child_id = {member}::uuid))"""
