"""The last 30 days of an alert as a chart: the highest number of events in a window on each day, and the threshold."""

from datetime import datetime, timedelta

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from audit.alerts.counting import peaks
from audit.alerts.events import PAST, Outlook
from audit.lists.periods import start_of_day
from controlhub.database.clock import machine_now
from controlhub.models import Alert
from controlhub.portal.charts import Chart, chart_with_threshold

DAY = timedelta(days=1)


def chart_of(alert: Alert, past: Outlook | None, window: str) -> Chart | None:
    """The chart, which starts on the first day whose events were all read; None if no events are counted."""
    if past is None:
        return None
    bounds = _days(past)
    values = peaks(alert.window, past.times, bounds)
    labels = [date_format(localtime(day), "MONTH_DAY_FORMAT") for day in bounds[:-1]]
    title = _("Highest number of events within {window}, by day").format(window=window)
    return chart_with_threshold(title, list(zip(labels, values, strict=True)), alert.threshold)


def _days(past: Outlook) -> list[datetime]:
    """The bounds of the days, in the viewer's time zone."""
    today = localtime(machine_now()).date()
    first = today - PAST + DAY
    if not past.events.is_exact:
        first = min(today, localtime(past.times[-1]).date() + DAY)
    return [start_of_day(first + DAY * number) for number in range((today - first).days + 2)]
