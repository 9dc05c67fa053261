"""Adding, watching, pausing, resuming, replaying and deleting streams of audit events."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from audit.vocabulary import Category
from controlhub.actions import replays
from controlhub.actions import streams as actions
from controlhub.models import Organization, Permission, Stream, StreamDelivery, StreamKind, StreamRange, StreamState
from controlhub.portal.access import PortalRequest, find_or_404, require
from controlhub.portal.drafts import draft_of, fill
from controlhub.portal.forms.streams import ReplayConfirmationForm, ReplayForm, StreamChangeForm, StreamForm
from controlhub.portal.refusals import Refusals, status_of
from controlhub.portal.reveals import Reveal, keep_reveal
from controlhub.portal.stream_figures import (
    Pause,
    StreamDay,
    counts_of_tabs,
    days_of,
    figures_of,
    lag_of,
    pauses_of,
    ranges_of,
    typical_speed,
)
from controlhub.portal.tables import Column, Table

TABLE = Table(
    _lazy("Streams"),
    (
        Column("name", _lazy("Stream"), css="c-name", is_row_header=True, is_labelled=False),
        Column("state", _lazy("Status")),
        Column("waiting", _lazy("Events waiting"), css="num"),
        Column("day", _lazy("Last 24 hours"), css="c-day"),
        Column("delivered", _lazy("Last delivery"), css="muted"),
        Column("actions", _lazy("Actions"), css="c-act", is_labelled=False, is_label_shown=False),
    ),
)


ATTEMPTS = Table(
    _lazy("Last attempts"),
    (
        Column("at", _lazy("Time"), is_row_header=True),
        Column("events", _lazy("Events")),
        Column("result", _lazy("Result"), css="wrap"),
        Column("took", _lazy("Duration"), css="num"),
    ),
)
NO_SECRET_KINDS = {StreamKind.SYSLOG, StreamKind.OCSF_FILE}
MOST_SHOWN = 20
LONG = 90
"""Durations of at least this many seconds are shown in minutes."""


@dataclass(frozen=True, slots=True)
class Row:
    """A stream, how many events of the sealed log are after its position, and its last 24 hours."""

    stream: Stream
    waiting: int
    since: datetime | None
    """When the oldest waiting event was recorded."""
    day: StreamDay
    answer: str
    """The receiver's last response; only for a failing stream."""
    pause: Pause | None = None
    ranges: Sequence[StreamRange] = ()

    @property
    def state(self) -> StreamState:
        state = self.stream.state
        return StreamState.GAPS if state == StreamState.RUNNING and self.gaps else state

    @property
    def gaps(self) -> list[StreamRange]:
        """The ranges of events that may have been lost."""
        return [found for found in self.ranges if not found.is_replay]

    @property
    def lost(self) -> int:
        """The number of events that may have been lost."""
        return sum(gap.number for gap in self.gaps)

    @property
    def replayed(self) -> int:
        """The number of events that are still to be sent again."""
        return sum(found.number for found in self.ranges if found.is_replay)

    @property
    def sent_up_to(self) -> int | None:
        """The position of the last event that was sent; None if there is none. A replay does not change it."""
        return self.stream.position - 1 if self.stream.position else None

    @property
    def categories(self) -> list[str | Promise]:
        return [name.label for name in Category if name in self.stream.categories]


@require_safe
@require(Permission.VIEW_AUDIT)
def stream_list(request: PortalRequest) -> HttpResponse:
    streams = list(Stream.objects.in_organization(request.organization).order_by("name", "pk"))
    newest = actions.find_newest_event(request.organization)
    rows = _rows(request.organization, newest[0], streams)
    lag = max(((row.waiting, row.since) for row in rows), key=lambda lag: lag[0], default=(0, None))
    context = {
        "rows": rows,
        "tabs": counts_of_tabs(request.organization),
        "figures": figures_of(request.organization, newest, streams, [row.day for row in rows], lag),
        "table": TABLE if Permission.MANAGE_ORGANIZATION in request.permissions else TABLE.without("actions"),
    }
    return render(request, "portal/streams/list.html", context)


@require(Permission.MANAGE_ORGANIZATION)
def stream_add(request: PortalRequest) -> HttpResponse:
    form = fill(StreamForm(request.POST or None), draft_of(request))
    if form.is_valid():
        with Refusals(request, form, field="client_secret"):
            return _added(request, actions.add_stream(request.organization, form.settings, actor=request.actor))
    return render(request, "portal/streams/add.html", {"form": form}, status=status_of(form))


@require_safe
@require(Permission.VIEW_AUDIT)
def stream_detail(request: PortalRequest, stream_id: UUID) -> HttpResponse:
    return _detail(request, _find(request, stream_id), fill(ReplayForm(), draft_of(request, _replay_path(stream_id))))


@require(Permission.MANAGE_ORGANIZATION)
def stream_change(request: PortalRequest, stream_id: UUID) -> HttpResponse:
    """Change name, secret and categories, but not the URL, because the secret belongs to it."""
    stream = _find(request, stream_id)
    initial = {"name": stream.name, "categories": stream.categories}
    has_secret = stream.kind not in NO_SECRET_KINDS
    form = fill(StreamChangeForm(request.POST or None, initial=initial, has_secret=has_secret), draft_of(request))
    if form.is_valid():
        values = form.cleaned_data
        with Refusals(request, form, field="client_secret" if has_secret else "name"):
            secret = values.get("client_secret", "")
            actions.change_stream(
                stream, name=values["name"], secret=secret, categories=values["categories"], actor=request.actor
            )
            messages.success(request, _("{name} saved.").format(name=values["name"]))
            return redirect("stream-detail", stream_id)
    return render(request, "portal/streams/change.html", {"stream": stream, "form": form}, status=status_of(form))


@require(Permission.MANAGE_ORGANIZATION, page="stream-detail")
def stream_pause(request: PortalRequest, stream_id: UUID) -> HttpResponse:
    stream = _find(request, stream_id)
    with Refusals(request):
        actions.pause_stream(stream, actor=request.actor)
        messages.success(request, _("{name} paused.").format(name=stream.name))
    return redirect("stream-detail", stream_id)


@require(Permission.MANAGE_ORGANIZATION, page="stream-detail")
def stream_resume(request: PortalRequest, stream_id: UUID) -> HttpResponse:
    stream = _find(request, stream_id)
    with Refusals(request):
        actions.resume_stream(stream, actor=request.actor)
        messages.success(request, _("{name} resumed.").format(name=stream.name))
    return redirect("stream-detail", stream_id)


@require(Permission.MANAGE_ORGANIZATION, page="stream-detail")
def stream_try(request: PortalRequest, stream_id: UUID) -> HttpResponse:
    stream = _find(request, stream_id)
    with Refusals(request):
        actions.try_stream(stream)
        messages.success(request, _("Trying {name} now.").format(name=stream.name))
    return redirect("stream-detail", stream_id)


@require(Permission.MANAGE_ORGANIZATION, page="stream-detail")
def stream_replay(request: PortalRequest, stream_id: UUID) -> HttpResponse:
    """First shows how many events will be sent again."""
    stream, form = _find(request, stream_id), ReplayForm(request.POST)
    if form.is_valid():
        with Refusals(request, form, field="since"):
            if not ReplayConfirmationForm(request.POST).is_valid():
                return _replay_page(request, stream, form)
            number = replays.replay_stream(stream, *form.period, actor=request.actor)
            _say_replayed(request, number)
            return redirect("stream-detail", stream_id)
    return _detail(request, stream, form)


@require(Permission.MANAGE_ORGANIZATION, page="stream-detail")
def stream_gaps_replay(request: PortalRequest, stream_id: UUID) -> HttpResponse:
    stream = _find(request, stream_id)
    with Refusals(request):
        _say_replayed(request, replays.replay_gaps(stream, actor=request.actor))
    return redirect("stream-detail", stream_id)


@require(Permission.MANAGE_ORGANIZATION, page="stream-detail")
def stream_gaps_dismiss(request: PortalRequest, stream_id: UUID) -> HttpResponse:
    stream = _find(request, stream_id)
    with Refusals(request):
        replays.dismiss_gaps(stream, actor=request.actor)
        messages.success(request, _("Gaps of {name} dismissed.").format(name=stream.name))
    return redirect("stream-detail", stream_id)


@require(Permission.MANAGE_ORGANIZATION)
def stream_delete(request: PortalRequest, stream_id: UUID) -> HttpResponse:
    stream = _find(request, stream_id)
    if request.method != "POST":
        return render(request, "portal/streams/delete.html", {"stream": stream})
    actions.delete_stream(stream, actor=request.actor)
    messages.success(request, _("{name} deleted.").format(name=stream.name))
    return redirect("stream-list")


def _find(request: PortalRequest, stream_id: UUID) -> Stream:
    return find_or_404(request, Stream.objects.select_related("organization"), pk=stream_id)


def _say_replayed(request: PortalRequest, number: int) -> None:
    text = ngettext("{number} event is sent again.", "{number} events are sent again.", number)
    messages.success(request, text.format(number=number))


def _replay_page(request: PortalRequest, stream: Stream, form: ReplayForm) -> HttpResponse:
    replay = replays.plan_replay(stream, *form.period)
    speed = typical_speed(stream)
    seconds = max(1, round(replay.number / speed)) if speed else 0
    context = {
        "stream": stream,
        "since": form["since"].value(),
        "until": form["until"].value(),
        "replay": replay,
        "seconds": seconds if seconds < LONG else 0,
        "minutes": round(seconds / 60) if seconds >= LONG else 0,
        "waiting": max(0, actions.find_newest_position(request.organization) + 1 - stream.position),
    }
    return render(request, "portal/streams/replay.html", context)


def _replay_path(stream_id: UUID) -> str:
    return reverse("stream-replay", args=[stream_id])


def _added(request: PortalRequest, stream: Stream) -> HttpResponse:
    """Redirects to the page of the new stream, which shows the secret of a webhook for a limited time."""
    address = reverse("stream-detail", args=[stream.pk])
    if stream.kind == StreamKind.WEBHOOK:
        note = _("The receiver checks the signature of each request with this secret.")
        title = _("Signing secret of {name}").format(name=stream.name)
        keep_reveal(request, address, Reveal(title, note, _("signing secret"), stream.secret))
    messages.success(request, _("{name} added.").format(name=stream.name))
    return redirect(address)


def _detail(request: PortalRequest, stream: Stream, form: ReplayForm) -> HttpResponse:
    newest, newest_at = actions.find_newest_event(request.organization)
    (row,) = _rows(request.organization, newest, [stream])
    deliveries = StreamDelivery.objects.filter(stream=stream).order_by("-at", "-pk")[:MOST_SHOWN]
    context = {
        "row": row,
        "newest": newest if newest >= 0 else None,
        "newest_at": newest_at,
        "stream": stream,
        "form": form,
        "deliveries": deliveries,
        "attempts": ATTEMPTS,
        "lag": lag_of(stream),
    }
    return render(request, "portal/streams/detail.html", context, status=status_of(form))


def _rows(organization: Organization, newest: int, streams: Sequence[Stream]) -> list[Row]:
    """The rows of these streams; `newest` is the position of the newest sealed event."""
    since, days = actions.find_first_waiting(streams), days_of(streams)
    pauses, ranges = pauses_of(organization, streams), ranges_of(streams)
    answers = actions.find_last_answers(stream for stream in streams if stream.failures)
    return [
        Row(
            stream,
            max(0, newest + 1 - stream.position),
            since.get(stream.pk),
            days[stream.pk],
            answers.get(stream.pk, ""),
            pauses.get(stream.pk),
            ranges.get(stream.pk, ()),
        )
        for stream in streams
    ]
