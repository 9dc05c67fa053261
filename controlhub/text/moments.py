"""Times as strings."""

from datetime import UTC, datetime

import orjson


def moments(created: datetime, modified: datetime) -> str:
    """Returns `created` and `lastModified` as JSON members, as they are in the column `moments`."""
    return f'"created":"{date_time(created)}","lastModified":"{date_time(modified)}"'


def date_time(moment: datetime) -> str:
    """Returns the time as SCIM prints it: xsd:dateTime in UTC with milliseconds (RFC 7643 §2.3.5)."""
    seconds = orjson.dumps(moment.astimezone(UTC))[1:20].decode()  # `isoformat` takes several times as long
    return f"{seconds}.{moment.microsecond // 1_000:03d}Z"


def stored_moment(seconds: float) -> str:
    """Returns a time in seconds since 1970 in a form that PostgreSQL reads."""
    return orjson.dumps(datetime.fromtimestamp(seconds, UTC))[1:-1].decode()
