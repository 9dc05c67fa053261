"""The members of one group, page by page, in the shape of the Webex API."""

from uuid import UUID

from django.db import connection

from scim.protocol import urns
from scim.protocol.errors import NotFound
from scim.resources.base import Context, dump
from scim.resources.pages import Window

_GROUP = """
SELECT display_name, member_count,
(SELECT count(*) FROM controlhub_membership m WHERE m.group_id = g.id AND m.child_id IS NOT NULL)
FROM controlhub_group g WHERE organization_id = %s AND id = %s
"""
_USERS = """
SELECT m.user_id AS id, 'user' AS type, COALESCE(NULLIF(u.display_name, ''), u.user_name) AS display
FROM controlhub_membership m JOIN controlhub_user u ON u.id = m.user_id
WHERE m.group_id = %s AND m.user_id IS NOT NULL ORDER BY m.user_id LIMIT %s OFFSET %s
"""
_GROUPS = """
SELECT m.child_id AS id, 'group' AS type, c.display_name AS display
FROM controlhub_membership m JOIN controlhub_group c ON c.id = m.child_id
WHERE m.group_id = %s AND m.child_id IS NOT NULL ORDER BY m.child_id LIMIT %s OFFSET %s
"""


def members_page(group_id: UUID, window: Window, kind: str, context: Context) -> str:
    """Users by id, then groups; only those of `kind` (user, group), if it is not empty. NotFound without the group."""
    offset, count = window.offset, window.count
    with connection.cursor() as cursor:
        cursor.execute(_GROUP, (context.organization.pk, group_id))
        group = cursor.fetchone()
        if group is None:
            raise NotFound(f"There is no Group {group_id}.")
        name, members, groups = group
        users, groups = members - groups if kind in {"", "user"} else 0, groups if kind in {"", "group"} else 0
        found: list[tuple[UUID, str, str]] = []
        if offset < users and count:
            cursor.execute(_USERS, (group_id, count, offset))
            found += cursor.fetchall()
        if groups and len(found) < count:
            cursor.execute(_GROUPS, (group_id, count - len(found), max(0, offset - users)))
            found += cursor.fetchall()
    return dump(
        {
            "schemas": [urns.WEBEX_MEMBERS],
            "displayName": name,
            "totalResults": users + groups,
            "memberSize": users + groups,
            "itemsPerPage": len(found),
            "startIndex": window.start_index,
            "members": [{"value": str(pk), "type": kind, "display": display} for pk, kind, display in found],
        }
    )
