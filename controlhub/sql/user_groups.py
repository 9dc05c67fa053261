"""The groups of one user: direct memberships, and the groups that contain those groups."""

from uuid import UUID

from controlhub.sql.statements import fetch_rows

# UNION drops rows that were found before, so cycles end. `via` is the member group that leads there.
_ABOVE = """
WITH RECURSIVE direct AS (
    SELECT group_id FROM controlhub_membership WHERE user_id = %(user)s LIMIT %(most)s
), up(id, via) AS (
    SELECT m.group_id, m.child_id FROM direct JOIN controlhub_membership m ON m.child_id = direct.group_id
    UNION SELECT m.group_id, m.child_id FROM up JOIN controlhub_membership m ON m.child_id = up.id
)
SELECT group_id, NULL::uuid FROM direct
UNION ALL (SELECT id, via FROM up LIMIT %(most)s)
"""


def groups_of(user_id: UUID, *, most: int) -> list[tuple[UUID, UUID | None]]:
    """Returns groups, each with the nested group through which the user is a member, None for a direct membership.

    Returns at most `most` direct memberships and at most `most` indirect ones. A group may occur more than once.
    """
    return [(row[0], row[1]) for row in fetch_rows(_ABOVE, {"user": user_id, "most": most})]
