"""The periods of the filter: the last hour, 24 hours, 7 or 30 days, or from and to, in the viewer's time zone.

If `date_to` is a day, the period includes it, as in Entra's and Webex's portals. A time is not included.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.utils.timezone import get_current_timezone, is_naive
from django.utils.translation import gettext_lazy as _

LAST = {
    "hour": (_("Last hour"), timedelta(hours=1)),
    "day": (_("Last 24 hours"), timedelta(hours=24)),
    "week": (_("Last 7 days"), timedelta(days=7)),
    "month": (_("Last 30 days"), timedelta(days=30)),
}
FIRST_YEAR, LAST_YEAR = 1970, 9000


@dataclass(frozen=True, slots=True)
class Period:
    """From `since` (inclusive) to `until` (exclusive); None means unbounded."""

    since: datetime | None = None
    until: datetime | None = None


ALWAYS = Period()


def start_of_day(day: date) -> datetime:
    """Midnight in the viewer's time zone, in UTC."""
    return datetime.combine(day, time.min, get_current_timezone()).astimezone(UTC)


def first_moment(text: str) -> datetime:
    """The time in a value, or the start of its day. Raises ValueError if the value is neither."""
    return _read(text)[0]


def moment_after(text: str) -> datetime:
    """The time in a value, or the start of the day after its day. Raises ValueError if the value is neither."""
    moment, day = _read(text)
    return moment if day is None else start_of_day(day + timedelta(days=1))


def is_day(text: str) -> bool:
    """Whether a value is a day rather than a time, judging by its length."""
    return len(text) <= len("2026-11-26")


def _read(text: str) -> tuple[datetime, date | None]:
    if is_day(text):
        day = date.fromisoformat(text)
        _require_year(day)
        return start_of_day(day), day
    moment = datetime.fromisoformat(text)
    _require_year(moment)
    return (moment.replace(tzinfo=get_current_timezone()) if is_naive(moment) else moment).astimezone(UTC), None


def _require_year(day: date) -> None:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError(day.year)
