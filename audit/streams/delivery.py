"""Delivery: batches of all streams are sent in parallel, so that a receiver that hangs delays only its own stream.

Threads only wait for receivers; one thread reads the log and moves positions. A stream is claimed for LEASE, its batch
is sent, and its position is moved in one statement. If the process dies in between, the batch is sent again. Replays
are sent first: their batches shorten a range and do not change the position.
"""

import logging
import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import requests

from audit.streams.answers import NotDeliveredError
from audit.streams.batches import Batch, format_of, next_batch
from audit.streams.files import append_events, is_file_url
from audit.streams.messages import Message
from controlhub.database.clock import machine_now
from controlhub.models import Stream, StreamRange
from controlhub.models.ids import new_id
from controlhub.models.streams import MOST_ANSWER, NO_ANSWER, NO_SECRET
from controlhub.security.outbound import (
    RefusedAddressError,
    UnsureError,
    is_socket_url,
    open_session,
    send_bytes,
)
from controlhub.security.vault import SealBrokenError
from controlhub.sql.statements import count_changed, execute, fetch_row, fetch_rows
from controlhub.sql.streams import (
    ADD_RANGE,
    ADVANCE,
    ADVANCE_REPLAY,
    CLAIM,
    FORGET_ATTEMPTS,
    FORGET_HOURS,
    JOIN_OLDEST_GAPS,
    NOTE_ATTEMPT,
    POSTPONE,
)
from controlhub.text.readable import plain

logger = logging.getLogger(__name__)
AT_ONCE = 8
RUN_SECONDS = 10.0
"""A run does not start batches after this time, because the same worker sends mail."""
LEASE = timedelta(minutes=2)
"""Longer than a batch can take: the outbound client times out after 10 seconds, an acknowledgement after 15 more."""
FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(minutes=10)
MOST_ATTEMPTS = 50
"""The number of attempts to keep per stream."""
MOST_GAPS = 50
"""The maximum number of gaps per stream. The oldest ones are merged."""


@dataclass(frozen=True, slots=True)
class Sent:
    """The result of a batch: "" or the error, the first line of the response, and the duration.

    `is_unsure` means that the connection broke after the bytes were sent, so the receiver may not have them.
    """

    error: str
    answer: str
    milliseconds: int
    is_unsure: bool = False


def deliver_events() -> int:
    """Send pending events. Returns the number of events sent."""
    until, sent = time.monotonic() + RUN_SECONDS, 0
    running: dict[Future[Sent], Batch] = {}
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="stream") as pool:
        while True:
            if time.monotonic() < until:
                running |= _start(pool, AT_ONCE - len(running))
            if not running:
                return sent
            for done in wait(running, return_when=FIRST_COMPLETED).done:
                sent += _note(running.pop(done), _outcome(done))


def _start(pool: ThreadPoolExecutor, most: int) -> dict[Future[Sent], Batch]:
    """Start sending a batch of each due stream. A batch that cannot be made does not delay other streams."""
    started: dict[Future[Sent], Batch] = {}
    streams = _claim(most)
    replays = _replays(streams)
    for stream in streams:
        try:
            batch = next_batch(stream, replays.get(stream.pk))
            message = _message(batch)
        except Exception as error:
            logger.exception("Stream %s: the batch from %s cannot be made", stream.pk, stream.position)
            _postpone(stream, NO_SECRET if isinstance(error, SealBrokenError) else type(error).__name__)
            continue
        started[pool.submit(_timed, stream, message)] = batch
    return started


def _claim(most: int) -> list[Stream]:
    rows = fetch_rows(CLAIM, {"most": most, "lease": LEASE}) if most else []
    claimed = Stream.objects.filter(pk__in=[pk for (pk,) in rows]) if rows else Stream.objects.none()
    return list(claimed.select_related("organization"))


def _replays(streams: list[Stream]) -> dict[UUID, StreamRange]:
    """The first range to replay of each stream."""
    if not streams:
        return {}
    found = StreamRange.objects.filter(stream__in=streams, is_replay=True)
    return {replay.stream_id: replay for replay in found.order_by("stream", "first").distinct("stream")}


def _message(batch: Batch) -> Message | None:
    if not batch.parts:
        return None
    stream = batch.stream
    return format_of(stream).message(batch.parts, message_id=batch.message_id, secret=stream.secret, now=machine_now())


def _timed(stream: Stream, message: Message | None) -> Sent:
    """Call `_deliver` and measure its duration. Runs in a thread without a database connection."""
    began = time.monotonic()
    answer, error, is_unsure = "", "", False
    try:
        answer = _deliver(stream, message)
    except NotDeliveredError as failure:
        answer, error = failure.answer, str(failure)
    except UnsureError:
        is_unsure = True
    return Sent(error, answer, int((time.monotonic() - began) * 1_000), is_unsure)


def _deliver(stream: Stream, message: Message | None) -> str:
    """Returns the first line of the response, or the name of the file.

    Raises NotDeliveredError unless every event has arrived, and UnsureError if a syslog receiver may not have read all.
    """
    if message and is_file_url(stream.url):
        return append_events(stream.url, stream.organization_id, message.body, day=machine_now().date())
    return send(stream.url, message)


def _outcome(done: Future[Sent]) -> Sent:
    failure = done.exception()
    return done.result() if failure is None else Sent(type(failure).__name__, "", 0)


def send(url: str, message: Message | None) -> str:
    """Returns the first line of the response. Raises NotDeliveredError unless it is 2xx and has every event accepted.

    A syslog receiver does not respond. Raises UnsureError if the connection breaks after the bytes were sent. Runs in a
    thread without a database connection.
    """
    if message is None:
        return ""
    try:
        if is_socket_url(url):
            send_bytes(url, message.body)
            return ""
        with open_session() as session:
            response = session.post(url, data=message.body, headers=dict(message.headers))
            if not 200 <= response.status_code < 300:
                raise NotDeliveredError(f"HTTP {response.status_code}", answer=_first_line(response))
            if message.confirm:
                message.confirm(session, response)
    except RefusedAddressError as error:
        raise NotDeliveredError(str(error)) from error
    except requests.RequestException as error:
        raise NotDeliveredError(NO_ANSWER) from error
    return _first_line(response)


def _first_line(response: requests.Response) -> str:
    """The first line of the response. Only readable characters, because it is shown to administrators."""
    text = response.content[: MOST_ANSWER * 4].decode(errors="replace").replace("\0", "").lstrip()
    return plain("".join(text.splitlines()[:1]))[:MOST_ANSWER]


def _note(batch: Batch, sent: Sent) -> int:
    """Move the position, or record why the batch was not sent. Returns the number of events sent."""
    stream = batch.stream
    if batch.parts:
        _note_attempt(batch, sent)
    if not sent.error:
        if sent.is_unsure:
            _note_gap(batch)
        return len(batch.parts) if _advance(batch) else 0
    logger.warning("Stream %s: events from %s were not sent: %s", stream.pk, batch.start, sent.error)
    _postpone(stream, sent.error)
    return 0


def _advance(batch: Batch) -> bool:
    """Move the position or the replay. Returns whether it moved, which it does not if the claim was lost."""
    stream, replay = batch.stream, batch.replay
    params = {"stream": stream.pk, "claim": stream.claim, "stop": batch.stop, "count": len(batch.parts)}
    if replay is None:
        return bool(count_changed(ADVANCE, params))
    # A range always contains a sealed event. If it did not, the replay would never end.
    params["stop"] = batch.stop if batch.stop > batch.start else replay.stop
    return fetch_row(ADVANCE_REPLAY, {**params, "replay": replay.pk}) is not None


def _note_gap(batch: Batch) -> None:
    """Record a gap before the position moves: if the process dies in between, the events are sent again."""
    stream = batch.stream
    logger.warning("Stream %s: events %s to %s may be lost", stream.pk, batch.start, batch.stop - 1)
    params = {"id": new_id(), "stream": stream.pk, "is_replay": False, "first": batch.start, "stop": batch.stop}
    execute(ADD_RANGE, params)
    execute(JOIN_OLDEST_GAPS, {"id": new_id(), "stream": stream.pk, "kept": MOST_GAPS - 1})


def _note_attempt(batch: Batch, sent: Sent) -> None:
    params = {"id": new_id(), "stream": batch.stream.pk, "position": batch.start, "number": len(batch.parts)}
    execute(NOTE_ATTEMPT, {**params, "error": sent.error, "answer": sent.answer, "milliseconds": sent.milliseconds})
    execute(FORGET_ATTEMPTS, {"stream": batch.stream.pk, "kept": MOST_ATTEMPTS})
    execute(FORGET_HOURS, {"stream": batch.stream.pk})


def _postpone(stream: Stream, error: str) -> None:
    params = {"stream": stream.pk, "claim": stream.claim, "error": error}
    count_changed(POSTPONE, {**params, "first": FIRST_WAIT, "longest": LONGEST_WAIT})
