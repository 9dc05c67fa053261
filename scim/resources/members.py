"""The members of one group, page by page, in the shape of the Webex API."""

from uuid import UUID

from django.db import connection

from scim.protocol import urns
from scim.protocol.errors import NotFound
from scim.resources.base import Context, dump
from scim.resources.pages import Window
from scim.resources.room import Room

# One statement, so that nobody who joins meanwhile moves the page. The ids are found in the index alone, from whichever
# end is nearer; names only of those that are sent. Of the groups among the members there are few.
_PAGE = """
WITH page AS MATERIALIZED (
    SELECT *, %(offset)s::bigint AS skipped, %(offset)s > users / 2 AS is_near_end,
        greatest(0, least(%(count)s::bigint, users - %(offset)s)) AS size
    FROM (
        SELECT display_name, CASE WHEN %(users)s THEN member_count - children ELSE 0 END AS users,
            CASE WHEN %(groups)s THEN children ELSE 0 END AS groups
        FROM controlhub_group g CROSS JOIN LATERAL (SELECT count(*) AS children FROM controlhub_membership m
            WHERE m.group_id = g.id AND m.child_id IS NOT NULL) AS c
        WHERE organization_id = %(organization)s AND id = %(group)s
    ) AS total
), found AS (
    (SELECT 'user' AS type, user_id AS id FROM controlhub_membership
        WHERE group_id = %(group)s AND user_id IS NOT NULL ORDER BY user_id
        LIMIT (SELECT CASE WHEN is_near_end THEN 0 ELSE size END FROM page) OFFSET (SELECT skipped FROM page))
    UNION ALL
    (SELECT 'user', user_id FROM controlhub_membership
        WHERE group_id = %(group)s AND user_id IS NOT NULL ORDER BY user_id DESC
        LIMIT (SELECT CASE WHEN is_near_end THEN size ELSE 0 END FROM page)
        OFFSET (SELECT greatest(0, users - skipped - size) FROM page))
    UNION ALL
    (SELECT 'group', child_id FROM controlhub_membership
        WHERE group_id = %(group)s AND child_id IS NOT NULL ORDER BY child_id
        LIMIT (SELECT least(%(count)s - size, groups) FROM page) OFFSET (SELECT greatest(0, skipped - users) FROM page))
)
SELECT group_name, total, id, type, display FROM (
    SELECT *, sum(%(element)s + octet_length(display)) OVER nearer AS bytes, row_number() OVER nearer AS n FROM (
        SELECT page.display_name AS group_name, users + groups AS total, found.id, type,
            COALESCE(NULLIF(u.display_name, ''), u.user_name, c.display_name) AS display
        FROM page LEFT JOIN found ON TRUE
        LEFT JOIN controlhub_user u ON type = 'user' AND u.id = found.id
        LEFT JOIN controlhub_group c ON type = 'group' AND c.id = found.id
    ) AS named WINDOW nearer AS (ORDER BY type DESC, id ROWS UNBOUNDED PRECEDING)
) AS weighed WHERE bytes <= %(room)s OR n = 1 ORDER BY n
"""
ELEMENT = 80
"""Bytes of a member in a page, without the name."""


def members_page(group_id: UUID, window: Window, kind: str, context: Context) -> str:
    """Users by id, then groups; only those of `kind` (user, group), if it is not empty. NotFound without the group."""
    asked: dict[str, UUID | int | bool] = {
        "organization": context.organization.pk,
        "group": group_id,
        "offset": window.offset,
        "count": window.count,
        "users": kind in {"", "user"},
        "groups": kind in {"", "group"},
        "element": ELEMENT,
        "room": Room().bytes,
    }
    with connection.cursor() as cursor:
        cursor.execute(_PAGE, asked)
        rows = cursor.fetchall()
    if not rows:
        raise NotFound(f"There is no Group {group_id}.")
    name, total = rows[0][:2]
    found = [row[2:] for row in rows if row[2]]
    return dump(
        {
            "schemas": [urns.WEBEX_MEMBERS],
            "displayName": name,
            "totalResults": total,
            "memberSize": total,
            "itemsPerPage": len(found),
            "startIndex": window.start_index,
            "members": [{"value": str(pk), "type": kind, "display": display} for pk, kind, display in found],
        }
    )
