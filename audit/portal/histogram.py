"""The histogram above the log, drawn by the server: each bar links to its period, and a table has the same figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.http import QueryDict
from django.utils.formats import date_format
from django.utils.timezone import localtime

from audit.lists.pages import Bar, bars_of
from audit.lists.periods import Period, start_of_day
from audit.lists.questions import Questions
from audit.portal.facets import changed
from controlhub.database.clock import machine_now
from controlhub.user_lists.counts import Count

HEIGHT = 70
"""The height of the highest bar, in pixels."""
LEAST_HEIGHT = 3
USUAL = timedelta(days=30)
"""The period shown if no date is chosen."""
LONGEST = timedelta(days=3_660)
LAST_LABEL = 92
"""The position of the last label in percent. A label further right would not fit in the chart."""
GAP = 0.25
"""The part of a bar's slot that stays empty."""
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
STEPS = (
    (timedelta(hours=2), timedelta(minutes=5)),
    (timedelta(hours=6), timedelta(minutes=15)),
    (timedelta(days=2), HOUR),
    (timedelta(days=8), timedelta(hours=6)),
    (timedelta(days=62), DAY),
    (timedelta(days=400), timedelta(days=7)),
)
"""The maximum length of the period, and the length of its bars."""


@dataclass(frozen=True, slots=True)
class DrawnBar:
    """A bar: x and width in percent, y and height in pixels, its label, its figures, and the URL of its period."""

    label: str
    number: Count
    failed: Count
    url: str
    x: str
    width: str
    y: int
    height: int
    failed_y: int
    failed_height: int


@dataclass(frozen=True, slots=True)
class Histogram:
    """`most` is the figure of the highest bar. `labels` are shown under the bars, each at its x in percent."""

    bars: Sequence[DrawnBar]
    most: Count
    labels: Sequence[tuple[str, str]]
    failed: Count
    height: int = HEIGHT


def histogram(query: QueryDict, questions: Questions, period: Period) -> Histogram | None:
    """The histogram of the period or the last 30 days; None if the period is too long or counting takes too long."""
    until = period.until or machine_now()
    since = period.since or until - USUAL
    if not timedelta() < until - since <= LONGEST:
        return None
    bars = bars_of(questions, bounds_of(since, until))
    return _drawn(query, bars) if bars else None


def bounds_of(since: datetime, until: datetime) -> list[datetime]:
    """The bounds of the bars that cover a period. Bars of a day or longer start at the viewer's midnight."""
    step = next((step for longest, step in STEPS if until - since <= longest), timedelta(days=31))
    bounds = [_start(since, step)]
    while bounds[-1] < until:
        bounds.append(_next(bounds[-1], step))
    return bounds


def _start(since: datetime, step: timedelta) -> datetime:
    midnight = start_of_day(localtime(since).date())
    if step >= DAY:
        return midnight
    return midnight + (since - midnight) // step * step


def _next(bound: datetime, step: timedelta) -> datetime:
    if step < DAY:
        return bound + step
    return start_of_day(localtime(bound).date() + step)


def _drawn(query: QueryDict, bars: Sequence[Bar]) -> Histogram:
    highest = max((bar.number for bar in bars), key=lambda count: (count.number, not count.is_exact))
    place = 100 / len(bars)
    drawn = [_draw(query, bar, index * place, place, highest.number) for index, bar in enumerate(bars)]
    every = max(1, -(-len(bars) // 7))
    labels = [
        (f"{index * place:.2f}%", _label(bars[index]))
        for index in range(0, len(bars), every)
        if index * place <= LAST_LABEL
    ]
    failed = Count(sum(bar.failed.number for bar in bars), all(bar.failed.is_exact for bar in bars))
    return Histogram(drawn, highest, labels, failed)


def _draw(query: QueryDict, bar: Bar, left: float, place: float, most: int) -> DrawnBar:
    height, failed = _height(bar.number.number, most), _height(bar.failed.number, most)
    return DrawnBar(
        _long_label(bar),
        bar.number,
        bar.failed,
        changed(query, date="", date_from=_written(bar.start), date_to=_written(bar.stop)),
        f"{left + place * GAP / 2:.2f}%",
        f"{place * (1 - GAP):.2f}%",
        *(HEIGHT - height, height, HEIGHT - failed, failed),
    )


def _height(number: int, most: int) -> int:
    return max(LEAST_HEIGHT, round(HEIGHT * min(1, number / most))) if number and most else 0


def _written(moment: datetime) -> str:
    """The time as a value of `date_from` and `date_to`, in UTC so that it is never ambiguous."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")


def _label(bar: Bar) -> str:
    return date_format(localtime(bar.start), "H:i" if bar.stop - bar.start < 6 * HOUR else "MONTH_DAY_FORMAT")


def _long_label(bar: Bar) -> str:
    start, stop = localtime(bar.start), localtime(bar.stop)
    if bar.stop - bar.start >= DAY - HOUR:
        return date_format(start, "DATE_FORMAT")
    return f"{date_format(start, 'DATE_FORMAT')}, {date_format(start, 'H:i')} - {date_format(stop, 'H:i')}"
