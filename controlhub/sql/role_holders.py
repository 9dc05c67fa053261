"""People with an administrator role, their own or through a group, in pages ordered by id."""

from uuid import UUID

from controlhub.sql.statements import fetch_rows

# Reads the first people after the cursor from each source, so the cost depends on the page size and the number of
# groups with a role.
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
    """Returns the next people with a role after an id, each once."""
    return [row[0] for row in fetch_rows(_AFTER, {"organization": organization_id, "cursor": after, "limit": limit})]


def holders_before(organization_id: UUID, before: UUID, *, limit: int) -> list[UUID]:
    """Returns the last people with a role before an id, each once."""
    found = fetch_rows(_BEFORE, {"organization": organization_id, "cursor": before, "limit": limit})
    return [row[0] for row in reversed(found)]
