"""The health of a connection: paused, failing, silent, waiting or healthy."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from controlhub.models import Connection
from controlhub.models.activity import Activity
from controlhub.models.origins import shown_label
from controlhub.models.request_log import FAILED
from controlhub.text.readable import plain

SILENT_AFTER = timedelta(days=1)
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Health:
    """`tone` is `ok`, `warn`, `bad` or `off`; `css` is the class of a status with the same meaning."""

    tone: str
    text: str | Promise

    @property
    def css(self) -> str:
        return {"ok": "", "warn": "is-warn", "bad": "is-fail"}.get(self.tone, "is-inactive")


NO_ACCESS = Health("bad", _lazy("No valid token"))
WAITING = Health("off", _lazy("Waiting for the first request"))
HEALTHY = Health("ok", _lazy("Healthy"))


def health_of(
    connection: Connection, activity: Activity, *, contact: datetime | None, has_access: bool, now: datetime
) -> Health:
    """The health at the moment `now`; `contact` is the time of the last request, None if there was none."""
    if connection.paused_at:
        return Health("off", _("Paused by {name}").format(name=plain(shown_label(connection.paused_by))))
    if not has_access:
        return NO_ACCESS
    if contact is None:
        return WAITING
    if since := failing_since(activity):
        return Health("bad", _("Failing since {time}").format(time=_moment(since, now)))
    return _silence(now - contact) if now - contact > SILENT_AFTER else HEALTHY


def failing_since(activity: Activity) -> datetime | None:
    """The first hour with errors, if the newest request failed, or if errors have continued for at least an hour."""
    since = activity.failing_since
    if since is None or activity.last_at is None:
        return None
    goes_on = activity.last_at - since >= HOUR
    return since if goes_on or activity.last_status >= FAILED else None


def _silence(length: timedelta) -> Health:
    hours = int(length / HOUR)
    if hours < 72:
        return Health("warn", ngettext("No requests for {n} hour", "Silent for {n} hours", hours).format(n=hours))
    days = length.days
    return Health("warn", ngettext("No requests for {n} day", "Silent for {n} days", days).format(n=days))


def _moment(moment: datetime, now: datetime) -> str:
    """The time of day, with the date if it was on another day."""
    local = localtime(moment)
    time = date_format(local, "H:i")
    return time if local.date() == localtime(now).date() else f"{date_format(local, 'MONTH_DAY_FORMAT')}, {time}"
