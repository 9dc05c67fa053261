"""The requests and errors of each connection by hour, from the counters (`RequestHour`)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from controlhub.models.organizations import Organization
from controlhub.models.request_log import THIS_HOUR, RequestHour

HOURS = 24


@dataclass(frozen=True, slots=True)
class Hour:
    """`start` is the start of the hour, in UTC."""

    start: datetime
    requests: int = 0
    errors: int = 0


@dataclass(frozen=True, slots=True)
class Activity:
    """The last hours of one connection, oldest first and without gaps; empty hours have zeros.

    `last_error` is the id of the newest failed request's entry in the request log. `failing_since` is the first of the
    consecutive hours with errors up to the newest hour with requests; None if the newest one had none.
    """

    hours: tuple[Hour, ...] = ()
    quirks: tuple[str, ...] = ()
    dropped: int = 0
    last_at: datetime | None = None
    last_status: int = 0
    last_error: UUID | None = None
    failing_since: datetime | None = field(default=None)

    @property
    def requests(self) -> int:
        return sum(hour.requests for hour in self.hours)

    @property
    def errors(self) -> int:
        return sum(hour.errors for hour in self.hours)


def activity_of(organization: Organization, *, hours: int = HOURS) -> Mapping[UUID | None, Activity]:
    """Returns the activity of each connection that sent requests in the last `hours`, by its id.

    Uses one statement. None stands for personal tokens, and for requests without a token.
    """
    rows = RequestHour.objects.in_organization(organization).of_last(hours).annotate(now=THIS_HOUR)
    found: dict[UUID | None, list[RequestHour]] = {}
    for row in rows.order_by("hour"):
        found.setdefault(row.connection_id, []).append(row)
    return {connection: _activity(counted, hours) for connection, counted in found.items()}


def _activity(rows: list[RequestHour], hours: int) -> Activity:
    by_hour = {row.hour: row for row in rows}
    annotated: Any = rows[0]
    now: datetime = annotated.now
    starts = [now - timedelta(hours=hours - 1 - number) for number in range(hours)]
    newest = rows[-1]
    return Activity(
        hours=tuple(_hour(start, by_hour.get(start)) for start in starts),
        quirks=tuple(sorted({quirk for row in rows for quirk in row.quirks})),
        dropped=sum(row.dropped for row in rows),
        last_at=newest.last_at,
        last_status=newest.last_status,
        last_error=next((row.last_error_id for row in reversed(rows) if row.last_error_id), None),
        failing_since=_failing_since(rows),
    )


def _hour(start: datetime, row: RequestHour | None) -> Hour:
    return Hour(start, row.requests, row.errors) if row else Hour(start)


def _failing_since(rows: list[RequestHour]) -> datetime | None:
    since = None
    for row in reversed(rows):
        if not row.errors:
            break
        since = row.hour
    return since
