"""The members of one group in pages, in the format of the Webex API."""

from uuid import UUID

from controlhub.sql.fetching import fetch_rows
from controlhub.sql.members import MEMBERS_PAGE
from controlhub.sql.room import Room
from scim.protocol import urns
from scim.protocol.errors import NotFound
from scim.resources.base import Context, dump
from scim.resources.pages import Window

ELEMENT = 80
"""The size of a member in a page in bytes, without the name."""


def members_page(group_id: UUID, window: Window, kind: str, context: Context) -> str:
    """Users by id, then groups, or only those of `kind` ("user" or "group"). Raises NotFound without the group."""
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
    rows = fetch_rows(MEMBERS_PAGE, asked, context.proof)
    if not rows:
        raise NotFound(f"There is no Group {group_id}.")
    name, total = rows[0][:2]
    found = [row[2:5] for row in rows if row[2]]
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
