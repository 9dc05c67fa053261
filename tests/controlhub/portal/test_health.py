"""The health of a connection, in words."""

from datetime import UTC, datetime, timedelta

import pytest

from controlhub.models import Connection
from controlhub.models.activity import Activity, Hour
from controlhub.portal.health import health_of

NOW = datetime(2026, 11, 26, 13, 30, tzinfo=UTC)
THIS_HOUR = NOW.replace(minute=0)


def health(activity=None, *, contact=NOW, has_access=True, **fields):
    connection = Connection(name="Entra ID", **fields)
    return health_of(connection, activity or Activity(), contact=contact, has_access=has_access, now=NOW)


def active(*, since=None, status=200):
    hours = (Hour(THIS_HOUR, 10, 1 if since else 0),)
    return Activity(hours, last_at=NOW, last_status=status, failing_since=since)


def test_connection_with_successful_requests_is_healthy():
    assert health(active()).tone == "ok"


def test_paused_connection_names_who_paused_it():
    found = health(active(), paused_at=NOW, paused_by="alice@example.com")
    assert (found.tone, "alice@example.com" in str(found.text)) == ("off", True)


def test_connection_without_valid_token_is_bad():
    assert health(active(), has_access=False).tone == "bad"


def test_connection_that_was_never_used_is_waiting():
    assert health(contact=None).tone == "off"


def test_connection_is_failing_if_the_newest_request_failed():
    found = health(active(since=THIS_HOUR, status=409))
    assert (found.tone, "13:00" in str(found.text)) == ("bad", True)


def test_error_followed_by_a_success_is_not_failing():
    assert health(active(since=THIS_HOUR)).tone == "ok"


def test_errors_in_successive_hours_are_failing():
    assert health(active(since=THIS_HOUR - timedelta(hours=3))).tone == "bad"


@pytest.mark.parametrize(
    ("length", "expected"),
    [(timedelta(hours=26), "26 hours"), (timedelta(hours=71), "71 hours"), (timedelta(days=5), "5 days")],
)
def test_silence_is_shown_in_hours_then_in_days(length, expected):
    found = health(contact=NOW - length)
    assert (found.tone, expected in str(found.text)) == ("warn", True)
