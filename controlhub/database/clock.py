"""What time it is. The database's clock decides about everything that is stored: retention, expiry, sessions, events.

SQL asks it with `Now()`, Python with `database_now`. Only what a browser or client carries and brings back within
minutes goes by this machine's clock, `machine_now`. Tests move all three with the fixture `at`.
"""

from datetime import UTC, datetime, timedelta

from controlhub.sql.server import NOW
from controlhub.sql.statements import fetch_rows


def database_now() -> datetime:
    """The time by the database's clock. A machine that serves requests may be wrong about it."""
    moment: datetime = fetch_rows(NOW)[0][0]
    return moment


def machine_now() -> datetime:
    """The time by this machine's clock, without a query."""
    return datetime.now(UTC)


def days_until(moment: datetime) -> int:
    """Whole days until then, rounded up; 0 if it is over."""
    return max(0, -((machine_now() - moment) // timedelta(days=1)))
