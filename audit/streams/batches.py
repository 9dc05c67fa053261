"""The next batch of a stream: sealed events from its position on, limited in number and bytes."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import orjson
from django.conf import settings

from audit.documents import documents
from audit.models import AuditEvent
from audit.personal import attach
from audit.streams.messages import Elastic, Format, Ocsf, OcsfLines, Sealed, Splunk, Syslog, Webhook
from audit.vocabulary import AuditAction
from controlhub.models import Stream, StreamKind, StreamRange
from controlhub.sql.statements import fetch_rows
from controlhub.sql.streams import NEXT_EVENTS

WINDOW = 1_000
"""The maximum number of sealed events read for one batch. If the stream has categories, not all of them are sent."""
MOST_EVENTS = 100
MOST_BYTES = 1_000_000
MOST_EVENT_BYTES = 200_000
"""A larger event is sent without its changes and details, which are available in the API and the log."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Encoded events from `start` to before `stop`. Without parts there is nothing to send.

    With a `replay`, they are the first events of its range. Otherwise they start at the stream's position.
    """

    stream: Stream
    start: int
    stop: int
    parts: tuple[bytes, ...]
    replay: StreamRange | None = None

    @property
    def message_id(self) -> str:
        return f"msg_{self.stream.pk.hex}_{self.start}_{self.stop}"


def format_of(stream: Stream) -> Format:
    source = f"{settings.PUBLIC_URL}/organizations/{stream.organization_id}/audit"
    if stream.kind == StreamKind.SYSLOG:
        return Syslog(urlsplit(settings.PUBLIC_URL).hostname or "-")
    if stream.kind == StreamKind.ELASTIC:
        return Elastic()
    if stream.kind == StreamKind.OCSF:
        return Ocsf(str(stream.organization_id))
    if stream.kind == StreamKind.OCSF_FILE:
        return OcsfLines(str(stream.organization_id))
    return Webhook(source) if stream.kind == StreamKind.WEBHOOK else Splunk(source)


def next_batch(stream: Stream, replay: StreamRange | None = None) -> Batch:
    """The next batch of the stream, taken from the replay if there is one."""
    start = replay.first if replay else stream.position
    wanted, stop = _wanted(stream, start, replay.stop if replay else None)
    parts: list[bytes] = []
    total, encode = 0, format_of(stream).encode
    for event in _sealed(stream, wanted):
        part = encode(event)
        total += len(part)
        if parts and total > MOST_BYTES:
            return Batch(stream, start, event.position, tuple(parts), replay)
        parts.append(part)
    return Batch(stream, start, stop, tuple(parts), replay)


def _wanted(stream: Stream, start: int, end: int | None) -> tuple[dict[Any, int], int]:
    """The positions of the next events to send, by id, and the position after the last event that was read.

    Events from the position `end` on are not read.
    """
    actions = [action.value for action in AuditAction if action.category in stream.categories]
    params = {"organization": stream.organization_id, "position": start, "stop": end}
    limits = {"most": WINDOW, "actions": actions} if stream.categories else {"most": MOST_EVENTS, "actions": None}
    rows = fetch_rows(NEXT_EVENTS, {**params, **limits})
    wanted: dict[Any, int] = {}
    stop = start
    for position, pk, is_wanted in rows:
        if len(wanted) == MOST_EVENTS:
            break
        stop = position + 1
        if is_wanted:
            wanted[pk] = position
    return wanted, stop


def _sealed(stream: Stream, wanted: dict[Any, int]) -> list[Sealed]:
    if not wanted:
        return []
    found = AuditEvent.objects.in_bulk(list(wanted))
    events = attach(found[pk] for pk in wanted)
    pairs = zip(wanted.values(), documents(stream.organization, events), strict=True)
    return [Sealed(position, _bounded(document)) for position, document in pairs]


def _bounded(document: dict[str, Any]) -> dict[str, Any]:
    if len(orjson.dumps(document)) <= MOST_EVENT_BYTES:
        return document
    return {**document, "changes": [], "details": {}, "truncated": True}
