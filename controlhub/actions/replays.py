"""Replays of a stream: events are sent again, in order, before new ones. The stream's position does not change."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from audit.actor import Actor
from audit.record import EventContent, record
from audit.vocabulary import AuditAction
from controlhub.actions.streams import audit_target, find_position
from controlhub.errors import StreamStateError
from controlhub.models import Stream, StreamRange
from controlhub.models.ids import new_id
from controlhub.sql.statements import execute, fetch_row
from controlhub.sql.streams import ADD_RANGE, POSITION_AFTER

MOST_REPLAYS = 50
"""The maximum number of ranges of a stream that wait to be sent again."""


@dataclass(frozen=True, slots=True)
class Replay:
    """The first and the last position to send again."""

    first: int
    last: int

    @property
    def number(self) -> int:
        return self.last + 1 - self.first


def plan_replay(stream: Stream, since: datetime, until: datetime | None = None) -> Replay:
    """Returns what a replay of this period would send again: without `until`, everything that was sent since.

    StreamStateError if no event of the period has been sent yet.
    """
    first, stop = find_position(stream.organization_id, since), stream.position
    if until is not None:
        stop = min(stop, _find_stop(stream, until))
    if first >= stop:
        raise StreamStateError(_("No event of this period has been sent. There is nothing to replay."))
    return Replay(first, stop - 1)


@transaction.atomic
def replay_stream(stream: Stream, since: datetime, until: datetime | None = None, *, actor: Actor) -> int:
    """Send every event of this period again. Returns the number of positions in the log.

    Events sealed shortly before or after it may be sent, too. Gaps inside the period are filled by this.
    StreamStateError if no event of the period has been sent yet.
    """
    locked = Stream.objects.select_for_update().get(pk=stream.pk)
    replay = plan_replay(locked, since, until)
    content = _queue(locked, [replay])
    record(AuditAction.STREAM_REPLAYED, target=audit_target(locked), content=content, actor=actor)
    StreamRange.objects.filter(
        stream=locked, is_replay=False, first__gte=replay.first, stop__lte=replay.last + 1
    ).delete()
    return replay.number


@transaction.atomic
def replay_gaps(stream: Stream, *, actor: Actor) -> int:
    """Resend exactly the events that may have been lost. Returns the number of positions. StreamStateError if none."""
    locked = Stream.objects.select_for_update().get(pk=stream.pk)
    gaps = _gaps(locked)
    content = _queue(locked, [Replay(gap.first, gap.last) for gap in gaps])
    record(AuditAction.STREAM_REPLAYED, target=audit_target(locked), content=content, actor=actor)
    StreamRange.objects.filter(pk__in=[gap.pk for gap in gaps]).delete()
    return sum(gap.number for gap in gaps)


@transaction.atomic
def dismiss_gaps(stream: Stream, *, actor: Actor) -> None:
    """Discard the gaps, because the receiver has their events. StreamStateError without gaps."""
    locked = Stream.objects.select_for_update().get(pk=stream.pk)
    gaps = _gaps(locked)
    details = {"ranges": [[gap.first, gap.last] for gap in gaps]}
    target = audit_target(locked)
    record(AuditAction.STREAM_GAPS_DISMISSED, target=target, content=EventContent(details=details), actor=actor)
    StreamRange.objects.filter(pk__in=[gap.pk for gap in gaps]).delete()


def _gaps(stream: Stream) -> list[StreamRange]:
    gaps = list(StreamRange.objects.filter(stream=stream, is_replay=False).order_by("first"))
    if not gaps:
        raise StreamStateError(_("The stream has no gaps."))
    return gaps


def _queue(stream: Stream, replays: Sequence[Replay]) -> EventContent:
    """Make the stream send these first. Returns the content of the event.

    The claim is released, so that a batch that is being sent cannot shorten a range that has just changed.
    """
    waiting = StreamRange.objects.filter(stream=stream, is_replay=True).count()
    if waiting + len(replays) > MOST_REPLAYS:
        raise StreamStateError(_("Too many replays are waiting. Wait until they have finished."))
    for replay in replays:
        params = {"id": new_id(), "stream": stream.pk, "is_replay": True}
        execute(ADD_RANGE, {**params, "first": replay.first, "stop": replay.last + 1})
    Stream.objects.filter(pk=stream.pk).update(claim=None, try_at=Now(), moved_at=Now())
    ranges = [[replay.first, replay.last] for replay in replays]
    return EventContent(details={"position": stream.position, "ranges": ranges})


def _find_stop(stream: Stream, moment: datetime) -> int:
    """Returns the position after the last one that an event recorded until this time can have."""
    row = fetch_row(POSITION_AFTER, {"organization": stream.organization_id, "moment": moment})
    return int(row[0]) if row else stream.position
