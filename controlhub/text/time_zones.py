"""Time zones: in which one a person reads times."""

from datetime import UTC, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

COOKIE = "time_zone"
"""Where the browser names its own time zone."""


@cache
def time_zones() -> tuple[str, ...]:
    """The IANA names that this system knows, in alphabetical order."""
    return tuple(sorted(available_timezones() - {"localtime", "Factory"}))


@cache
def _known() -> frozenset[str]:
    return frozenset(time_zones())


def time_zone_of(*names: str) -> tzinfo:
    """The first of these IANA names that is known; UTC if there is none. Python remembers the zones."""
    known = next((name for name in names if name in _known()), None)
    return ZoneInfo(known) if known else UTC
