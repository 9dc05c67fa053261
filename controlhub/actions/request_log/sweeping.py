"""Deletes entries that are too old or too many."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models.functions import Now

from controlhub.database import clock
from controlhub.models import ProvisioningError, RequestHour
from controlhub.sql import request_log as sql
from controlhub.sql.statements import count_changed, execute, fetch_rows
from controlhub.sql.token_addresses import FORGET_ADDRESSES, NEW_AFTER_DAYS

SWEPT_AT_ONCE = 5_000
COUNTED_DAYS = 60
"""Counters are small, so they are kept longer than the log."""


def sweep_requests() -> int:
    """Delete entries older than REQUEST_LOG_DAYS, and the oldest ones of organizations above a row or size limit.

    Returns the number of deleted entries.
    """
    limits = {"rows": settings.REQUEST_LOG_ROWS, "size": settings.REQUEST_LOG_MEGABYTES * 1_000_000}
    oldest = clock.machine_now() - timedelta(days=settings.REQUEST_LOG_DAYS)
    swept: Counter[str] = Counter()
    for organization_id, full_at in fetch_rows(sql.OVERFULL, limits):
        before = max(oldest, full_at + timedelta(hours=1)) if full_at else oldest
        swept["rows"] += _forget(organization_id, before)
    RequestHour.objects.filter(hour__lt=Now() - timedelta(days=COUNTED_DAYS)).delete()
    execute(FORGET_ADDRESSES, {"days": NEW_AFTER_DAYS})
    ProvisioningError.objects.filter(at__lt=Now() - timedelta(days=max(settings.REQUEST_LOG_DAYS, 1))).delete()
    return swept["rows"]


def _forget(organization_id: UUID, before: datetime) -> int:
    """Delete the organization's entries from before this time, in batches that lock few rows. Returns their number."""
    params: dict[str, Any] = {"organization": organization_id, "before": first_id(before), "most": SWEPT_AT_ONCE}
    total = 0
    while True:
        swept = count_changed(sql.FORGET_OLD_REQUESTS, params)
        total += swept
        if swept < SWEPT_AT_ONCE:
            break
    execute(sql.EMPTY_HOURS, {"organization": organization_id, "before": before})
    return total


def first_id(moment: datetime) -> UUID:
    """Returns the lowest id of a request at this time (RFC 9562 §5.7)."""
    return UUID(int=int(moment.timestamp() * 1_000) << 80)
