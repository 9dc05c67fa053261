"""The time zone in which a person reads times."""

from datetime import UTC, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

COOKIE = "time_zone"
"""The cookie with the browser's time zone."""


@cache
def time_zones() -> tuple[str, ...]:
    """Returns the IANA names that this system knows, in alphabetical order."""
    return tuple(sorted(available_timezones() - {"localtime", "Factory"}))


@cache
def _known() -> frozenset[str]:
    return frozenset(time_zones())


def time_zone_of(*names: str) -> tzinfo:
    """Returns the first known time zone of these IANA names, or UTC. Python caches the zones."""
    known = next((name for name in names if name in _known()), None)
    return ZoneInfo(known) if known else UTC
