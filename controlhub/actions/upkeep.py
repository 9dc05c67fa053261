"""Jobs that clean up internal rows. They change no resource and record no event."""

from datetime import timedelta

from django.db.models.functions import Now

from controlhub.models import PagePosition, RowCount

PAGE_POSITIONS_KEPT = timedelta(days=1)


def sweep_page_positions() -> int:
    """Delete the positions in lists that no client has continued for a day. Returns the number of deleted positions."""
    return PagePosition.objects.filter(noted_at__lt=Now() - PAGE_POSITIONS_KEPT).delete()[0]


def merge_row_counts() -> int:
    """Merge the counters that concurrent writers left behind. Returns the number of merged counters."""
    return RowCount.objects.merge_slots()
