"""The clock. The database's clock decides on everything that is stored: retention, expiry, sessions, events.

SQL reads it with `Now()`, Python with `database_now`. Only values that a browser or client returns within minutes use
this machine's clock, `machine_now`. In tests, the fixture `at` changes all three.
"""

from datetime import UTC, datetime, timedelta

from controlhub.sql.server import NOW
from controlhub.sql.statements import fetch_rows


def database_now() -> datetime:
    """Returns the time by the database's clock. The clock of a machine that serves requests may be wrong."""
    moment: datetime = fetch_rows(NOW)[0][0]
    return moment


def machine_now() -> datetime:
    """Returns the time by this machine's clock, without a query."""
    return datetime.now(UTC)


def days_until(moment: datetime) -> int:
    """Returns the number of days until then, rounded up; 0 if it has passed."""
    return max(0, -((machine_now() - moment) // timedelta(days=1)))
