"""Adds each request to the request log, through a bounded queue that a thread of this process writes.

Requests never wait for it. If the queue is full, a request is counted but not logged; beyond twice its size, it is
dropped. A killed process loses the requests of the last second.
"""

import atexit
import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from threading import Event, Lock, Thread
from uuid import UUID

from cachetools import LRUCache
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from uuid_utils import uuid7

from controlhub.actions.repeats import Happening, record_repeated
from controlhub.actions.request_log import (
    Entry,
    RefusedOperation,
    RefusedToken,
    record_refused_tokens,
    store_requests,
)
from controlhub.actions.token_addresses import SeenAddresses, TokenUse
from controlhub.database import clock
from controlhub.middleware.client_addresses import client_address
from controlhub.middleware.request_ids import request_id
from controlhub.text.identifiers import IS_ID, id_text
from scim.api.authentication import Caller
from scim.api.presented import presented_digest
from scim.protocol.leniency import Leniency

MOST_WAITING = 8_192
"""The maximum number of full entries waiting to be written. Up to as many again are only counted."""
MOST_WAITING_BYTES = 16_000_000
MOST_BODY = 65_536
"""A larger body is truncated before it is queued, so that the queue stays small."""
CUT = 4_096
BATCH_SECONDS = 1.0
IDLE_SECONDS = 60.0
MOST_AN_HOUR = 200_000
"""The maximum number of entries per organization, process and hour. Entries beyond it are only counted."""
MOST_STRANGE_AN_HOUR = 600
"""The same for requests without an accepted token, which anyone can send."""
MOST_COUNTED = 4_096
"""The maximum number of organizations with counters, because URLs can contain any number of nonexistent ones."""
NONE: frozenset[str] = frozenset()
Noted = Happening | RefusedToken | TokenUse
READS = frozenset({"GET", "HEAD"})
logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Answered:
    """A request and its response. `organization_id` is from the URL; `caller` is None without a valid token."""

    request: HttpRequest
    response: HttpResponse
    seconds: float
    organization_id: UUID | None
    caller: Caller | None
    leniency: Leniency | None
    is_search: bool
    refused: tuple[RefusedOperation, ...] = ()


class RequestLog:
    """The queue of one process, and the thread that empties it."""

    def __init__(self) -> None:
        self._waiting: deque[Entry] = deque()
        self._events: deque[Noted] = deque(maxlen=MOST_WAITING)
        self._bytes = 0
        self._has_some = Event()
        self._thread: Thread | None = None
        self._lock = Lock()
        self._hour = 0
        self._written: LRUCache[tuple[str | None, bool], int] = LRUCache(MOST_COUNTED)
        self._addresses = SeenAddresses()

    def note(self, answered: Answered) -> None:
        """Add an answered request to the queue, and do nothing else."""
        entry = entry_of(answered)
        size = len(entry.body) + len(entry.answer)
        if len(self._waiting) >= MOST_WAITING or self._bytes + size > MOST_WAITING_BYTES:
            if len(self._waiting) >= 2 * MOST_WAITING:
                return
            entry, size = entry._replace(body=b"", answer=b"", is_kept=False), 0
        self._bytes += size
        self._waiting.append(entry)
        self._wake()

    def note_event(self, event: Noted) -> None:
        """Queue an event or token use of a request without an entry. If the queue is full, the oldest is lost."""
        self._events.append(event)
        self._wake()

    def _wake(self) -> None:
        if not self._has_some.is_set():
            self._has_some.set()
            if self._thread is None and settings.REQUEST_LOG_THREAD:
                self._start()

    def flush(self) -> int:
        """Write the queue in the calling thread. Returns the number of counted requests.

        Runs all parts one after another, then raises the first failure.
        """
        self._has_some.clear()
        entries = [self._waiting.popleft() for _ in range(len(self._waiting))]
        events = [self._events.popleft() for _ in range(len(self._events))]
        self._bytes = 0
        parts: list[Callable[[], int | None]] = []
        if events:
            parts.append(lambda: record_repeated(event for event in events if isinstance(event, Happening)))
            parts.append(lambda: record_refused_tokens(event for event in events if isinstance(event, RefusedToken)))
        parts.append(lambda: self._addresses.note(_token_uses(entries, events)))
        parts.append(lambda: store_requests([self._limited(entry) for entry in entries]) if entries else 0)
        return _run_each(parts)

    def _limited(self, entry: Entry) -> Entry:
        """The entry, which is only counted if its organization has reached the hourly limit."""
        if (hour := int(entry.at // 3_600)) != self._hour:
            self._hour = hour
            self._written.clear()
        is_strange = entry.token_id is None
        key = (entry.organization_id, is_strange)
        self._written[key] = written = self._written.get(key, 0) + 1
        most = MOST_STRANGE_AN_HOUR if is_strange else MOST_AN_HOUR
        return entry if written <= most else entry._replace(is_kept=False)

    def _start(self) -> None:
        """Start the thread, which belongs to this process because the launcher forks before the first request."""
        with self._lock:
            if self._thread is None:
                self._thread = Thread(target=self._run, name="request-log", daemon=True)
                self._thread.start()
                atexit.register(self._end)

    def _run(self) -> None:
        while True:
            if not self._has_some.wait(IDLE_SECONDS):
                connection.close()
                self._has_some.wait()
            time.sleep(BATCH_SECONDS)
            self._write()

    def _write(self) -> None:
        """Write the queue. A batch that cannot be written is lost, because the log must not delay anything."""
        try:
            self.flush()
        except Exception:
            logger.exception("Requests could not be logged")
            connection.close()

    def _end(self) -> None:
        self._write()
        connection.close()


REQUESTS = RequestLog()


def _run_each(parts: Iterable[Callable[[], int | None]]) -> int:
    """Run every part. Returns the result of the last one, or raises the first failure after all have run."""
    failure, result = None, None
    for part in parts:
        try:
            result = part()
        except Exception as error:
            failure = failure or error
    if failure:
        raise failure
    return result or 0


def _token_uses(entries: Iterable[Entry], events: Iterable[Noted]) -> Iterator[TokenUse]:
    """The first use of each accepted token at each address in a batch."""
    found: dict[tuple[str, str | None], Entry] = {}
    for entry in entries:
        if entry.token_id:
            found.setdefault((entry.token_id, entry.address), entry)
    for entry in found.values():
        if entry.token_id and entry.organization_id and entry.actor:
            yield TokenUse(entry.at, UUID(entry.organization_id), UUID(entry.token_id), entry.actor)
    yield from (event for event in events if isinstance(event, TokenUse))


def entry_of(answered: Answered) -> Entry:
    """The log entry of a request. Bodies are stored only for writes and errors."""
    request, response, caller, leniency = answered.request, answered.response, answered.caller, answered.leniency
    meta, method, status = request.META, request.method or "", response.status_code
    is_error = status >= 400 and not (caller and caller.is_paused)
    is_read = method in READS or answered.is_search
    named = request_id()
    has_own = "HTTP_X_REQUEST_ID" not in meta or named == "-"
    keeps_body = is_error or not is_read
    body = _body(request) if keeps_body else b""
    query = meta.get("QUERY_STRING")
    organization_id = caller.organization.pk if caller else answered.organization_id
    connection_id = caller.actor.connection_id if caller else None
    return Entry(
        clock.machine_now().timestamp(),
        answered.seconds,
        named if has_own and named != "-" else str(uuid7()),
        "" if has_own else named,
        id_text(organization_id) if organization_id else None,
        id_text(connection_id) if connection_id else None,
        id_text(caller.token_id) if caller else None,
        None if caller else presented_digest(request),
        method,
        f"{request.path_info}?{query}" if query else request.path_info,
        status,
        _resource(request, response) if keeps_body else "",
        tuple(leniency.used) if leniency and leniency.used else (),
        caller.actor.address if caller else client_address(request),
        meta.get("HTTP_USER_AGENT", ""),
        body if len(body) <= MOST_BODY else body[:CUT],
        len(body),
        response.content[:CUT] if is_error else b"",
        is_error,
        _secrets(caller) if caller and caller.organization.secret_attributes else NONE,
        actor=caller.actor if caller else None,
        refused=answered.refused if caller else (),
    )


def _secrets(caller: Caller) -> frozenset[str]:
    """The names of the organization's secret attributes, without their paths."""
    paths = caller.organization.secret_attributes
    return frozenset(path.lower().rpartition(":")[2].rpartition(".")[2] for path in paths)


def _body(request: HttpRequest) -> bytes:
    body: bytes = request.META.get("scim.body") or b""
    return body


def _resource(request: HttpRequest, response: HttpResponse) -> str:
    """The id at the end of the response's location or the URL; "" if there is none."""
    place = response.headers.get("Content-Location") or request.path_info
    last = place.rstrip("/").rpartition("/")[2]
    return last.lower() if IS_ID(last) and place.count("/") >= 5 else ""
