"""The inactive users of an organization, by the day on which their retention period ends.

The day is that of `retention.ends_at`, for many users at once. `tests/controlhub/models/test_retention.py` checks that
both agree.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from controlhub.sql import statements

MOST_INACTIVE = 10_000
"""The maximum number of inactive users that are counted: those whose retention period ends first."""

_INACTIVE = f"""
SELECT is_deleted, hidden, is_held, is_to_review,
    (GREATEST(deactivated_at + %(retention)s * interval '1 day', extended_until) AT TIME ZONE %(zone)s)::date AS day,
    count(*)
FROM (
    SELECT original_user_name IS NOT NULL AS is_deleted, hidden, hold_reason <> '' AS is_held,
        NOT reviewed AS is_to_review, deactivated_at, extended_until
    FROM controlhub_user WHERE organization_id = %(organization)s AND NOT active
    ORDER BY deactivated_at LIMIT {MOST_INACTIVE + 1}) AS inactive
GROUP BY 1, 2, 3, 4, 5
"""


@dataclass(frozen=True, slots=True)
class InactiveUsers:
    """The number of inactive users that have the same state and the same last day of retention."""

    is_deleted: bool
    is_hidden: bool
    is_held: bool
    is_to_review: bool
    day: date
    number: int


def inactive_users(organization_id: UUID, *, retention_days: int, zone: str) -> list[InactiveUsers]:
    """Returns the number of inactive users by state and day. `zone` is the name of the time zone in which days begin.

    Reads at most MOST_INACTIVE + 1 rows of one index, however many users there are.
    """
    values: dict[str, Any] = {"organization": organization_id, "retention": retention_days, "zone": zone}
    return [InactiveUsers(*row) for row in statements.fetch_rows(_INACTIVE, values)]
