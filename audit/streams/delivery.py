"""Delivery: batches of all streams are sent side by side, so that a receiver that hangs holds up only its own stream.

Threads only wait for receivers; one thread reads the log and moves positions. A stream is claimed for LEASE, its batch
sent, and its position moved in one statement. If the process dies in between, the batch is sent again.
"""

import logging
import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import timedelta

import requests

from audit.streams.batches import Batch, format_of, next_batch
from audit.streams.messages import Message
from controlhub.database.clock import machine_now
from controlhub.models import Stream
from controlhub.models.streams import NO_ANSWER, NO_SECRET
from controlhub.security.outbound import RefusedAddressError, is_socket_url, open_session, send_bytes
from controlhub.security.vault import SealBrokenError
from controlhub.sql.statements import count_changed, fetch_rows
from controlhub.sql.streams import ADVANCE, CLAIM, POSTPONE

logger = logging.getLogger(__name__)
AT_ONCE = 8
RUN_SECONDS = 10.0
"""A run begins no batch after this time, because mail is sent by the same worker."""
LEASE = timedelta(minutes=2)
"""Longer than a batch can take: the outbound client gives up after 10 seconds."""
FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(minutes=10)


class NotDeliveredError(Exception):
    """The receiver did not take the batch. The message is what `Stream.error` keeps; it names no internal address."""


def deliver_events() -> int:
    """Send what waits. Returns the number of events sent."""
    until, sent = time.monotonic() + RUN_SECONDS, 0
    running: dict[Future[None], Batch] = {}
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="stream") as pool:
        while True:
            if time.monotonic() < until:
                running |= _start(pool, AT_ONCE - len(running))
            if not running:
                return sent
            for done in wait(running, return_when=FIRST_COMPLETED).done:
                sent += _note(running.pop(done), done.exception())


def _start(pool: ThreadPoolExecutor, most: int) -> dict[Future[None], Batch]:
    """Begin to send a batch of each stream that is due. One that cannot be made delays no other stream."""
    started: dict[Future[None], Batch] = {}
    for stream in _claim(most):
        try:
            batch = next_batch(stream)
            message = _message(batch)
        except Exception as error:
            logger.exception("Stream %s: the batch from %s cannot be made", stream.pk, stream.position)
            _postpone(stream, NO_SECRET if isinstance(error, SealBrokenError) else type(error).__name__)
            continue
        started[pool.submit(send, stream.url, message)] = batch
    return started


def _claim(most: int) -> list[Stream]:
    rows = fetch_rows(CLAIM, {"most": most, "lease": LEASE}) if most else []
    claimed = Stream.objects.filter(pk__in=[pk for (pk,) in rows]) if rows else Stream.objects.none()
    return list(claimed.select_related("organization"))


def _message(batch: Batch) -> Message | None:
    if not batch.parts:
        return None
    stream = batch.stream
    return format_of(stream).message(batch.parts, message_id=batch.message_id, secret=stream.secret, now=machine_now())


def send(url: str, message: Message | None) -> None:
    """NotDeliveredError unless the receiver answers with 2xx; syslog only accepts the bytes.

    Runs in a thread without a database connection.
    """
    if message is None:
        return
    try:
        if is_socket_url(url):
            send_bytes(url, message.body)
            return
        with open_session() as session:
            response = session.post(url, data=message.body, headers=dict(message.headers))
    except RefusedAddressError as error:
        raise NotDeliveredError(str(error)) from error
    except requests.RequestException as error:
        raise NotDeliveredError(NO_ANSWER) from error
    if not 200 <= response.status_code < 300:
        raise NotDeliveredError(f"HTTP {response.status_code}")


def _note(batch: Batch, error: BaseException | None) -> int:
    """Move the position, or note why the batch was not sent. Returns the number of events sent."""
    if error is None:
        params = {"stream": batch.stream.pk, "claim": batch.stream.claim, "stop": batch.stop}
        return len(batch.parts) if count_changed(ADVANCE, {**params, "count": len(batch.parts)}) else 0
    logger.warning("Stream %s: events from %s were not sent: %r", batch.stream.pk, batch.start, error)
    _postpone(batch.stream, str(error) if isinstance(error, NotDeliveredError) else type(error).__name__)
    return 0


def _postpone(stream: Stream, error: str) -> None:
    params = {"stream": stream.pk, "claim": stream.claim, "error": error}
    count_changed(POSTPONE, {**params, "first": FIRST_WAIT, "longest": LONGEST_WAIT})
