"""Times as text."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from controlhub.text.moments import date_time, stored_moment

EAST = timezone(timedelta(hours=5, minutes=30))


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 11, 28, 6, 30, 1, 123_456, UTC), "2026-11-28T06:30:01.123Z"),
        (datetime(2026, 11, 28, 6, 30, 1, 0, UTC), "2026-11-28T06:30:01.000Z"),
        (datetime(2026, 11, 28, 6, 30, 1, 999_999, UTC), "2026-11-28T06:30:01.999Z"),
        (datetime(2026, 11, 28, 6, 30, 1, 5_000, EAST), "2026-11-28T01:00:01.005Z"),
        (datetime(987, 1, 2, 3, 4, 5, 0, UTC), "0987-01-02T03:04:05.000Z"),
    ],
)
def test_scim_times_are_in_utc_with_milliseconds(moment, text):
    assert date_time(moment) == text


@pytest.mark.parametrize("seconds", [0.0, 1_764_311_401.0, 1_764_311_401.25, 1_764_311_401.999_999])
def test_stored_time_is_the_same_moment(seconds):
    assert datetime.fromisoformat(stored_moment(seconds)).timestamp() == seconds
