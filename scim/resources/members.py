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
# The ids are found in the index alone, from whichever end is nearer; names only of those that are sent.
_PAGE = """
SELECT m.id, %s AS type, {name} AS display FROM (
    SELECT {column} AS id FROM controlhub_membership WHERE group_id = %s AND {column} IS NOT NULL
    ORDER BY {column} {order} LIMIT %s OFFSET %s
) AS m JOIN {table} AS t ON t.id = m.id ORDER BY m.id
"""
_SOURCES = {
    "user": {
        "column": "user_id",
        "table": "controlhub_user",
        "name": "COALESCE(NULLIF(t.display_name, ''), t.user_name)",
    },
    "group": {"column": "child_id", "table": "controlhub_group", "name": "t.display_name"},
}
Member = tuple[UUID, str, str]


def members_page(group_id: UUID, window: Window, kind: str, context: Context) -> str:
    """Users by id, then groups; only those of `kind` (user, group), if it is not empty. NotFound without the group."""
    with connection.cursor() as cursor:
        cursor.execute(_GROUP, (context.organization.pk, group_id))
        group = cursor.fetchone()
    if group is None:
        raise NotFound(f"There is no Group {group_id}.")
    name, members, groups = group
    users, groups = members - groups if kind in {"", "user"} else 0, groups if kind in {"", "group"} else 0
    found = _part("user", group_id, users, window.offset, window.count)
    found += _part("group", group_id, groups, max(0, window.offset - users), window.count - len(found))
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


def _part(kind: str, group_id: UUID, total: int, offset: int, count: int) -> list[Member]:
    """So many members of one kind, of which there are `total`, by their ids."""
    size = min(count, total - offset)
    if size <= 0:
        return []
    is_near_end = offset > total // 2
    text = _PAGE.format(**_SOURCES[kind], order="DESC" if is_near_end else "ASC")
    with connection.cursor() as cursor:
        cursor.execute(text, (kind, group_id, size, total - offset - size if is_near_end else offset))
        return list(cursor.fetchall())
