"""How many users clients may take away within the burst window, and how many may be permanently deleted within a day.

See docs/decisions/0017.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from controlhub.sql.statements import fetch_row

WINDOW = timedelta(hours=1)
MOST = 1_000
"""The percentage of an organization's users comes to at most so many within the window; its minimum may be more."""
SLACK = 10
"""Removals that begin at the same moment may not have seen each other."""
_SHARE = "COALESCE(sum(rows), 0)::bigint * %(share)s / 100"
_LIMIT = f"greatest(%(floor)s, least(%(most)s, {_SHARE}))"
_ROWS = "FROM controlhub_rowcount WHERE organization_id = %(organization)s AND kind = 'controlhub_user'"
_RECENT = """FROM controlhub_purgeduser
            WHERE organization_id = %(organization)s AND purged_at > now() - %(window)s::interval"""
_USUAL = f"SELECT {_LIMIT} {_ROWS}"
_DAILY = f"SELECT greatest(%(floor)s, {_SHARE}) {_ROWS}"
# Counts no rows: since the first removal of the window there were at most as many removals as users were lost.
# If it is false, there may still be room: see `has_room`.
HAS_PLENTY_OF_ROOM = f"""(
        SELECT {SLACK} + sum(removed)
            - COALESCE((SELECT removed_before {_RECENT} ORDER BY purged_at LIMIT 1), sum(removed))
            < {_LIMIT}
        {_ROWS})"""
_HAS_ROOM = f"""
SELECT (SELECT count(*) FROM (SELECT {_RECENT} AND cause = 'scim' LIMIT %(enough)s) AS recent)
    < ({_USUAL})
"""


def limits(organization_id: UUID, *, floor: int, share: int) -> dict[str, Any]:
    """The parameters of HAS_PLENTY_OF_ROOM: the organization's own limit as a minimum and a percentage of its users."""
    return {"organization": organization_id, "floor": floor, "share": share, "most": MOST, "window": WINDOW}


def has_room(limits: dict[str, Any]) -> bool:
    """Whether clients have not yet permanently deleted more users than usual within the window."""
    found = fetch_row(_HAS_ROOM, {**limits, "enough": max(MOST, limits["floor"])})
    return bool(found and found[0])


def burst_limit(limits: dict[str, Any]) -> int:
    """Returns the number of users that clients may take away within the window before it is unusual."""
    found = fetch_row(_USUAL, limits)
    return int(found[0]) if found else 0


def daily_limit(organization_id: UUID, *, floor: int, share: int) -> int:
    """A percentage of the organization's users (withdrawn ones are not counted), but at least `floor`."""
    found = fetch_row(_DAILY, limits(organization_id, floor=floor, share=share))
    return int(found[0]) if found else 0
