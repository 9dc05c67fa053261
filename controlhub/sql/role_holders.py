"""People with an administrator role, of their own or by a group, in pages in the order of their ids."""

from uuid import UUID

from controlhub.sql.statements import fetch_rows

# From each source the first people beyond the cursor, so the cost is that of a page and of the groups with a role.
_HOLDERS = """
SELECT id FROM (
    (SELECT u.id FROM controlhub_user u
        WHERE u.organization_id = %(organization)s AND u.portal_role <> '' AND u.id {side} %(cursor)s
        ORDER BY u.id {order} LIMIT %(limit)s)
    UNION ALL
    SELECT page.user_id FROM controlhub_rolemapping r
    JOIN controlhub_group g ON g.id = r.group_id AND g.organization_id = %(organization)s
    CROSS JOIN LATERAL (SELECT m.user_id FROM controlhub_membership m
        WHERE m.group_id = g.id AND m.user_id {side} %(cursor)s ORDER BY m.user_id {order} LIMIT %(limit)s) AS page
) AS found
GROUP BY id ORDER BY id {order} LIMIT %(limit)s
"""
_AFTER = _HOLDERS.format(side=">", order="ASC")
_BEFORE = _HOLDERS.format(side="<", order="DESC")


def holders_after(organization_id: UUID, after: UUID, *, limit: int) -> list[UUID]:
    """The next people with a role after an id; each once."""
    return [row[0] for row in fetch_rows(_AFTER, {"organization": organization_id, "cursor": after, "limit": limit})]


def holders_before(organization_id: UUID, before: UUID, *, limit: int) -> list[UUID]:
    """The last people with a role before an id; each once."""
    found = fetch_rows(_BEFORE, {"organization": organization_id, "cursor": before, "limit": limit})
    return [row[0] for row in reversed(found)]
