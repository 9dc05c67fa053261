"""How many users clients may remove within the burst window, and how many may be permanently deleted within a day.

See docs/decisions/0017.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from controlhub.sql.statements import fetch_row

WINDOW = timedelta(hours=1)
MOST = 1_000
"""The most that the percentage of an organization's users can allow within the window; its minimum may be higher."""
SLACK = 10
"""Allows for removals that begin at the same moment and do not see each other."""
_SHARE = "COALESCE(sum(rows), 0)::bigint * %(share)s / 100"
_LIMIT = f"greatest(%(floor)s, least(%(most)s, {_SHARE}))"
_ROWS = "FROM controlhub_rowcount WHERE organization_id = %(organization)s AND kind = 'controlhub_user'"
_RECENT = """FROM controlhub_purgeduser
            WHERE organization_id = %(organization)s AND purged_at > now() - %(window)s::interval"""
_USUAL = f"SELECT {_LIMIT} {_ROWS}"
_DAILY = f"SELECT greatest(%(floor)s, {_SHARE}) {_ROWS}"
# Counts no rows: since the first removal of the window there were at most as many removals as users removed in all.
# If this is false, there may still be room: see `has_room`.
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
    """Returns the parameters of HAS_PLENTY_OF_ROOM: the organization's minimum and its percentage of users."""
    return {"organization": organization_id, "floor": floor, "share": share, "most": MOST, "window": WINDOW}


def has_room(limits: dict[str, Any]) -> bool:
    """Whether clients have permanently deleted fewer users within the window than the burst limit."""
    found = fetch_row(_HAS_ROOM, {**limits, "enough": max(MOST, limits["floor"])})
    return bool(found and found[0])


def burst_limit(limits: dict[str, Any]) -> int:
    """Returns the number of users that clients may remove within the window before it counts as a burst."""
    found = fetch_row(_USUAL, limits)
    return int(found[0]) if found else 0


def daily_limit(organization_id: UUID, *, floor: int, share: int) -> int:
    """Returns a percentage of the organization's users (not counting deleted ones), but at least `floor`."""
    found = fetch_row(_DAILY, limits(organization_id, floor=floor, share=share))
    return int(found[0]) if found else 0
