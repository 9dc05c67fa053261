"""Streams of audit events: added, watched, paused, resumed, replayed and deleted."""

from collections.abc import Iterable
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
from controlhub.actions import streams as actions
from controlhub.models import Permission, Stream, StreamDelivery, StreamKind
from controlhub.portal.access import PortalRequest, find_or_404, require
from controlhub.portal.drafts import draft_of, fill
from controlhub.portal.forms.streams import ReplayForm, StreamForm
from controlhub.portal.refusals import Refusals, status_of
from controlhub.portal.reveals import Reveal, keep_reveal
from controlhub.portal.tables import Column, Table

TABLE = Table(
    _lazy("Streams"),
    (
        Column("name", _lazy("Stream"), css="c-name", is_row_header=True, is_labelled=False),
        Column("state", _lazy("Status")),
        Column("waiting", _lazy("Events waiting"), css="num"),
        Column("delivered", _lazy("Last delivery"), css="muted"),
        Column("error", _lazy("Last error")),
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
MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Row:
    """A stream, and how many events of the sealed log are after its position."""

    stream: Stream
    waiting: int
    since: datetime | None
    """When the first event that waits was recorded."""

    @property
    def categories(self) -> list[str | Promise]:
        return [name.label for name in Category if name in self.stream.categories]


@require_safe
@require(Permission.VIEW_AUDIT)
def stream_list(request: PortalRequest) -> HttpResponse:
    return _list(request, fill(StreamForm(), draft_of(request, reverse("stream-add"))))


@require(Permission.MANAGE_ORGANIZATION, page="stream-list")
def stream_add(request: PortalRequest) -> HttpResponse:
    form = StreamForm(request.POST)
    if form.is_valid():
        with Refusals(request, form, field="client_secret"):
            return _added(request, actions.add_stream(request.organization, form.settings, actor=request.actor))
    return _list(request, form, status=status_of(form))


@require_safe
@require(Permission.VIEW_AUDIT)
def stream_detail(request: PortalRequest, stream_id: UUID) -> HttpResponse:
    return _detail(request, _find(request, stream_id), fill(ReplayForm(), draft_of(request, _replay_path(stream_id))))


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
        messages.success(request, _("{name} is tried now.").format(name=stream.name))
    return redirect("stream-detail", stream_id)


@require(Permission.MANAGE_ORGANIZATION, page="stream-detail")
def stream_replay(request: PortalRequest, stream_id: UUID) -> HttpResponse:
    stream, form = _find(request, stream_id), ReplayForm(request.POST)
    if form.is_valid():
        with Refusals(request, form, field="since"):
            number = actions.replay_stream(stream, form.cleaned_data["since"], actor=request.actor)
            text = ngettext("{number} event is sent again.", "{number} events are sent again.", number)
            messages.success(request, text.format(number=number))
            return redirect("stream-detail", stream_id)
    return _detail(request, stream, form)


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


def _replay_path(stream_id: UUID) -> str:
    return reverse("stream-replay", args=[stream_id])


def _added(request: PortalRequest, stream: Stream) -> HttpResponse:
    """The page of the new stream, with the secret of a webhook for a while."""
    address = reverse("stream-detail", args=[stream.pk])
    if stream.kind == StreamKind.WEBHOOK:
        note = _("The receiver checks the signature of each request with this secret.")
        title = _("Signing secret of {name}").format(name=stream.name)
        keep_reveal(request, address, Reveal(title, note, _("signing secret"), stream.secret))
    messages.success(request, _("{name} added.").format(name=stream.name))
    return redirect(address)


def _list(request: PortalRequest, form: StreamForm, *, status: int = 200) -> HttpResponse:
    streams = Stream.objects.in_organization(request.organization).order_by("name", "pk")
    context = {"rows": _rows(request, streams), "table": TABLE, "form": form}
    return render(request, "portal/streams/list.html", context, status=status)


def _detail(request: PortalRequest, stream: Stream, form: ReplayForm) -> HttpResponse:
    (row,) = _rows(request, [stream])
    deliveries = StreamDelivery.objects.filter(stream=stream).order_by("-at", "-pk")[:MOST_SHOWN]
    context = {"row": row, "stream": stream, "form": form, "deliveries": deliveries, "attempts": ATTEMPTS}
    return render(request, "portal/streams/detail.html", context, status=status_of(form))


def _rows(request: PortalRequest, streams: Iterable[Stream]) -> list[Row]:
    newest, each = actions.find_newest_position(request.organization), list(streams)
    since = actions.find_first_waiting(each)
    return [Row(stream, max(0, newest + 1 - stream.position), since.get(stream.pk)) for stream in each]
