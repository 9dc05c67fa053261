"""The last hours of streams, for their pages: figures, charts, gaps and replays."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db.models import Min, Sum
from django.utils.formats import date_format, number_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audit.models import AuditEvent
from audit.personal import attach
from audit.streams.lags import STEP, STEPS
from audit.vocabulary import AuditAction
from controlhub.actions.streams import find_position
from controlhub.database.clock import machine_now
from controlhub.models import (
    Alert,
    AlertTrigger,
    Organization,
    Stream,
    StreamDelivery,
    StreamHour,
    StreamLag,
    StreamRange,
)
from controlhub.models.origins import origins_of
from controlhub.portal.charts import Chart, chart, chart_with_failed, chart_with_threshold

Lag = tuple[int, datetime | None]
Newest = tuple[int, datetime | None]
"""The position of the newest sealed event, -1 if there is none, and when it was recorded."""
HOURS = 24
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class StreamDay:
    """The last 24 hours of one stream, including the current hour: totals, and a bar for each hour."""

    delivered: int
    failed: int
    chart: Chart

    def __str__(self) -> str:
        """The chart in words."""
        sent = ngettext("{number} event delivered", "{number} events delivered", self.delivered)
        failed = ngettext("{number} failed attempt", "{number} failed attempts", self.failed)
        return _("Last 24 hours: {delivered}, {failed}").format(
            delivered=sent.format(number=_shown(self.delivered)), failed=failed.format(number=_shown(self.failed))
        )


@dataclass(frozen=True, slots=True)
class Pause:
    """The last pause of a stream: the name of the person or program, and the time."""

    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of all streams. `newest` is the sequence number of the newest sealed event, None if there is none."""

    newest: int | None
    at: datetime | None
    """When the newest event was recorded."""
    last_hour: int
    delivered: int
    receivers: int
    failed: int
    failing: int
    waiting: int
    since: datetime | None
    """When the oldest event that waits for the stream with the largest lag was recorded."""


def counts_of_tabs(organization: Organization) -> Mapping[str, int]:
    """The number of streams and of alerts, for their tabs; both are bounded."""
    kinds = {"streams": Stream.objects, "alerts": Alert.objects}
    return {name: objects.in_organization(organization).count() for name, objects in kinds.items()}


def days_of(streams: Sequence[Stream]) -> Mapping[UUID, StreamDay]:
    """The last 24 hours of each of these streams, in one query."""
    newest = machine_now().replace(minute=0, second=0, microsecond=0)
    hours = [newest - HOUR * back for back in reversed(range(HOURS))]
    rows = StreamHour.objects.filter(stream__in=streams, hour__gte=hours[0])
    found = {(row.stream_id, row.hour): row for row in rows}
    return {stream.pk: _day([found.get((stream.pk, hour)) for hour in hours]) for stream in streams}


def pauses_of(organization: Organization, streams: Sequence[Stream]) -> Mapping[UUID, Pause]:
    """The last pauses of these streams, by stream id; a pause whose event has expired is left out."""
    paused = [str(stream.pk) for stream in streams if stream.is_paused]
    if not paused:
        return {}
    events = AuditEvent.objects.in_organization(organization)
    events = events.filter(action=AuditAction.STREAM_PAUSED, target_id__in=paused)
    found = attach(events.order_by("target_id", "-created_at").distinct("target_id"))
    origins = origins_of(organization, found)
    return {UUID(event.target_id): Pause(origins[event.pk].name, event.created_at) for event in found}


def ranges_of(streams: Sequence[Stream]) -> Mapping[UUID, Sequence[StreamRange]]:
    """The gaps and replays of these streams, in order."""
    found = defaultdict(list)
    for each in StreamRange.objects.filter(stream__in=streams).order_by("first", "stop"):
        found[each.stream_id].append(each)
    return found


def lag_of(stream: Stream) -> Chart:
    """How many events waited for a stream in the last six hours, with the lowest threshold of an alert."""
    alerts = Alert.objects.filter(organization=stream.organization_id, trigger=AlertTrigger.STREAM, is_paused=False)
    threshold = alerts.aggregate(least=Min("threshold"))["least"] or 0
    newest = datetime.fromtimestamp(machine_now().timestamp() // STEP.total_seconds() * STEP.total_seconds(), tz=UTC)
    times = [newest - STEP * back for back in reversed(range(STEPS))]
    found = StreamLag.objects.filter(stream=stream, at__gte=times[0])
    waiting = dict(found.values_list("at", "waiting"))
    values = [(date_format(localtime(at), "TIME_FORMAT"), waiting.get(at, 0)) for at in times]
    title = _("Events waiting, last 6 hours")
    if threshold > 1:
        return chart_with_threshold(title, values, threshold)
    return chart(title, values)


def typical_speed(stream: Stream) -> float:
    """How many events per second the receiver accepted in the last attempts; 0 if there were none."""
    taken = StreamDelivery.objects.filter(stream=stream, error="")
    sums = taken.aggregate(number=Sum("number"), milliseconds=Sum("milliseconds"))
    return 1_000 * (sums["number"] or 0) / max(1, sums["milliseconds"] or 0)


def _day(hours: Sequence[StreamHour | None]) -> StreamDay:
    delivered = [hour.delivered if hour else 0 for hour in hours]
    failed = [hour.failed if hour else 0 for hour in hours]
    drawn = chart_with_failed("", [("", *pair) for pair in zip(delivered, failed, strict=True)])
    return StreamDay(sum(delivered), sum(failed), drawn)


def figures_of(
    organization: Organization, newest: Newest, streams: Sequence[Stream], days: Sequence[StreamDay], lag: Lag
) -> Figures:
    """`lag` is the largest lag of a stream: how many events wait, and since when."""
    position, at = newest
    return Figures(
        position if position >= 0 else None,
        at,
        position + 1 - find_position(organization.pk, machine_now() - HOUR),
        sum(day.delivered for day in days),
        sum(day.delivered > 0 for day in days),
        sum(day.failed for day in days),
        sum(stream.failures > 0 and not stream.is_paused for stream in streams),
        *lag,
    )


def _shown(number: int) -> str:
    return number_format(number, use_l10n=True, force_grouping=True)
