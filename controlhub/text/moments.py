"""Times as SCIM prints them."""

from datetime import UTC, datetime


def moments(created: datetime, modified: datetime) -> str:
    """`created` and `lastModified` as members of JSON, as the columns of that name have them."""
    return f'"created":"{date_time(created)}","lastModified":"{date_time(modified)}"'


def date_time(moment: datetime) -> str:
    """xsd:dateTime in UTC with milliseconds (RFC 7643 §2.3.5)."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")[:23] + "Z"
