"""The connections on the first page: their health, and the requests of the last days."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db.models import Sum
from django.db.models.functions import Now, TruncDay
from django.utils.formats import date_format
from django.utils.timezone import get_current_timezone, localtime
from django.utils.translation import gettext as _

from controlhub.models import Organization, RequestHour
from controlhub.models.request_log import THIS_HOUR
from controlhub.portal.charts import Chart, chart_with_failed

DAYS = 7
HOURS = 24


def hours_chart(organization: Organization, connection: UUID | None) -> Chart | None:
    """Requests and errors of the last HOURS hours, of one connection or of all; None if there were none."""
    hours = RequestHour.objects.in_organization(organization).of_last(HOURS)
    if connection:
        hours = hours.filter(connection_id=connection)
    rows = list(hours.values("hour").annotate(now=THIS_HOUR, asked=Sum("requests"), failed=Sum("errors")))
    if not rows:
        return None
    counted = {row["hour"]: (row["asked"], row["failed"]) for row in rows}
    shown = [rows[0]["now"] - timedelta(hours=HOURS - 1 - number) for number in range(HOURS)]
    bars = [(date_format(localtime(hour), "TIME_FORMAT"), *counted.get(hour, (0, 0))) for hour in shown]
    return chart_with_failed(_("SCIM requests and errors per hour, last {hours} hours").format(hours=HOURS), bars)


@dataclass(frozen=True, slots=True)
class Requests:
    """The requests of the last DAYS days, and how many of them were refused or failed."""

    number: int
    errors: int
    chart: Chart

    @property
    def percent(self) -> float:
        return 100 * self.errors / self.number if self.number else 0


def last_requests(organization: Organization) -> Requests | None:
    """The requests by day, in the viewer's time zone, in one statement; None if there were none."""
    hours = RequestHour.objects.in_organization(organization).of_last(DAYS * 24)
    by_day = hours.annotate(day=TruncDay("hour", tzinfo=get_current_timezone()), now=Now()).values("day", "now")
    rows = list(by_day.annotate(asked=Sum("requests"), failed=Sum("errors")))
    if not rows:
        return None
    counted = {row["day"].date(): row for row in rows}
    today = localtime(rows[0]["now"]).date()
    days = [today - timedelta(days=DAYS - 1 - number) for number in range(DAYS)]
    bars = [
        (date_format(day, "MONTH_DAY_FORMAT"), counted[day]["asked"], counted[day]["failed"])
        if day in counted
        else (date_format(day, "MONTH_DAY_FORMAT"), 0, 0)
        for day in days
    ]
    title = _("SCIM requests and errors per day, last {days} days").format(days=DAYS)
    number, errors = (sum(row[name] for row in rows) for name in ("asked", "failed"))
    return Requests(number, errors, chart_with_failed(title, bars, has_scale=True))
