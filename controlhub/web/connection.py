"""One connection: HTTP/1.1 in (parsed by httptools), whole requests out, responses back in order."""

import asyncio
import math
import socket
import threading
from collections import deque
from enum import Enum, auto
from itertools import chain
from typing import Protocol, cast

import httptools

from controlhub.web import limits
from controlhub.web.answers import alive, refusal
from controlhub.web.request import BadRequest, Environ, Request
from controlhub.web.response import Answer
from controlhub.web.shares import Shares

PIECE = 65_536
SENT_BY_THREAD = 1_048_576
"""The maximum size in bytes of a body that a thread sends itself."""
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
TOO_SLOW = "The request did not arrive within {seconds:.0f} seconds. Send it again."
TOO_MANY_HEADERS = f"A request can have at most {limits.MAX_HEADERS} headers with {limits.MAX_HEAD:,} bytes in total."
NO_UPGRADE = "This service does not switch protocols. Send the request without 'Upgrade'."


class State(Enum):
    IDLE = auto()
    """Waiting for the first byte of a request."""
    HEAD = auto()
    BODY = auto()
    RUNNING = auto()
    """A whole request has arrived, but not its response."""
    WRITING = auto()
    """The client has not accepted all of the response."""
    DISCARDING = auto()
    """A refusal was sent. Further data is dropped."""


READING = {State.IDLE, State.HEAD, State.BODY}


class ConnectionServer(Protocol):
    """The interface of the server that a connection uses."""

    now: float
    date: str
    environ: Environ
    shares: Shares
    connections: "dict[Connection, None]"
    is_draining: bool

    def submit(self, request: Request) -> None:
        """Run the request in a thread, or refuse one."""

    def forget(self, request: Request) -> None:
        """Do not run the request, unless it is already running."""

    def hold(self, answer: Answer) -> None:
        """Count a response that the client does not accept immediately."""

    def release(self, answer: Answer) -> None:
        """Stop counting the response."""


class Connection(asyncio.Protocol):
    """Runs in the event loop, except for `send`. The server checks `deadline` twice a second.

    A thread sends a response itself: waking the loop for it costs as much as the rest of the loop's work for a request,
    and more if the loop writes piece by piece. The system's buffer can take a page of 100 users on an idle connection.
    The loop calls `settle` to learn of it, before it does anything else with the connection. The lock is for these two.
    """

    __slots__ = (
        "_answer", "_fault", "_head_size", "_headers", "_last", "_lock", "_parser",
        "_paused", "_pending", "_reading", "_server", "_socket", "_transport", "_unanswered", "_url", "deadline",
        "is_sent", "peer", "state",
    )  # fmt: skip

    def __init__(self, server: ConnectionServer, accepted: socket.socket) -> None:
        self._server, self._socket = server, accepted
        self._lock = threading.Lock()
        self.is_sent = False
        self._parser = httptools.HttpRequestParser(self)
        self._reading = State.IDLE
        self._pending: deque[Request] = deque()
        self._unanswered: Request | None = None
        self._answer: Answer | None = None
        self._last: Request | None = None
        self._fault: BadRequest | None = None
        self._url = b""
        self._headers: list[tuple[bytes, bytes]] = []
        self._head_size = 0
        self._paused = False
        self.state = State.IDLE

    # --- Called by the event loop ----------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(high=0)
        peer = transport.get_extra_info("peername")
        self.peer = peer if isinstance(peer, tuple) else ("", 0)
        self.deadline = self._server.now + limits.HEAD_SECONDS
        self._server.connections[self] = None

    def data_received(self, data: bytes) -> None:
        with self._lock:
            self._settle()
            self._receive(data)

    def _receive(self, data: bytes) -> None:
        if self.state is State.DISCARDING or self._fault is not None:
            return
        if self.state is State.IDLE:
            self.state = State.HEAD
            self.deadline = self._server.now + limits.HEAD_SECONDS
        try:
            self._feed(data)
            if self._reading is State.HEAD:
                self._head_size += len(data)
                if self._head_size > limits.MAX_HEAD:
                    raise BadRequest(431, TOO_MANY_HEADERS)
        except BadRequest as error:
            self._note_fault(error, data)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        with self._lock:  # afterwards no thread sends: the socket is closed, and its number reused
            self._settle()
            self.state = State.DISCARDING
        self._server.connections.pop(self, None)
        if self._unanswered is not None:
            self._unanswered.is_gone = True
            self._server.forget(self._unanswered)
        self._unanswered = None
        self._drop_unread()
        self._drop_answer()

    def pause_writing(self) -> None:
        self._paused = True

    def resume_writing(self) -> None:
        self._paused = False
        if self.state is State.WRITING:
            self._write_more()

    # --- Called by the parser ----------------------------------------------------------------------

    def on_message_begin(self) -> None:
        if len(self._pending) >= limits.MAX_PIPELINED:
            raise BadRequest(400, f"At most {limits.MAX_PIPELINED} requests can wait for responses on one connection.")
        self._reading = State.HEAD
        self._url = b""
        self._headers, self._head_size = [], 0
        self._last = Request(self, self._server.environ.copy())

    def on_url(self, url: bytes) -> None:
        self._url += url
        if len(self._url) > limits.MAX_URL:
            raise BadRequest(
                414, f"A URL can have at most {limits.MAX_URL:,} bytes. Use POST /.search for a long filter."
            )

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._reading is State.BODY:
            return  # a trailer after a chunked body
        if len(self._headers) >= limits.MAX_HEADERS:
            raise BadRequest(431, TOO_MANY_HEADERS)
        self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        self._reading = State.BODY
        request, parser = self._request, self._parser
        headers, self._headers = self._headers, []
        if sum(map(len, chain.from_iterable(headers))) > limits.MAX_HEAD:
            raise BadRequest(431, TOO_MANY_HEADERS)
        request.add_headers(headers)
        request.set_line(parser.get_method(), self._url, parser.get_http_version(), self.peer)
        self._url = b""
        request.keep_alive = parser.should_keep_alive()
        if parser.should_upgrade() and request.announces_body:
            raise BadRequest(400, NO_UPGRADE)
        if self.state is State.HEAD:
            self.state = State.BODY
            self.deadline = self._server.now + limits.BODY_SECONDS
            if request.environ.get("HTTP_EXPECT", "").lower() == "100-continue":
                self._transport.write(CONTINUE)

    def on_body(self, data: bytes) -> None:
        self._request.add_body(data)

    def on_message_complete(self) -> None:
        self._reading = State.IDLE
        request = self._request
        request.finish(self._server.shares)
        if self._unanswered is None:
            self._run(request)
        else:
            self._pending.append(request)
            self._transport.pause_reading()

    # --- Called by a thread of the server ----------------------------------------------------------

    def send(self, request: Request, answer: Answer) -> bool:
        """Send a whole response. Returns False if the loop must send it, or the rest of it, with `respond`."""
        if not request.keep_alive or not answer.is_in_memory or answer.size > SENT_BY_THREAD:
            return False
        with self._lock:
            if not self._is_quiet or request is not self._unanswered or self._server.is_draining:
                return False
            head, body = answer.head(self._server.date), answer.read(SENT_BY_THREAD)
            try:
                sent = self._socket.sendmsg((head, body))
            except OSError:
                sent = 0
            if sent < len(head) + len(body):
                answer.keep((head + body)[sent:])
                return False
            self.is_sent = True
        return True

    @property
    def _is_quiet(self) -> bool:
        """Whether no data has arrived since the request, and none waits to be sent."""
        is_reading = self._reading is not State.IDLE or self._pending or self._fault
        return self.state is State.RUNNING and not is_reading and not self._paused

    # --- Called by the server ------------------------------------------------------------------------

    def settle(self) -> None:
        """Update the state if a thread has sent the response."""
        with self._lock:
            self._settle()

    def _settle(self) -> None:
        if self.is_sent:
            self.is_sent = False
            self._answered(keep_alive=True)

    def respond(self, request: Request, answer: Answer) -> None:
        """Send the response to a request, unless its client has gone."""
        if self.state is not State.RUNNING or request is not self._unanswered:
            answer.close()
            return
        answer.keep_alive = request.keep_alive and not self._server.is_draining
        self.state = State.WRITING
        self._answer = answer
        self._transport.write(answer.head(self._server.date) + answer.read(PIECE))
        self._write_more()

    def refuse_running(self, status: int, detail: str) -> None:
        """Refuse the request that is waiting for its response."""
        if self.state is State.RUNNING and self._unanswered is not None:
            self._refuse(BadRequest(status, detail), self._unanswered.path)

    def overdue(self) -> None:
        """Refuse or close, because the deadline has passed."""
        if self.state in {State.HEAD, State.BODY}:
            seconds = limits.HEAD_SECONDS if self.state is State.HEAD else limits.BODY_SECONDS
            self._refuse(BadRequest(408, TOO_SLOW.format(seconds=seconds)), self._path_of(b""))
        elif self.state is State.IDLE:
            self._transport.close()
        else:
            self._transport.abort()

    def drain(self) -> None:
        """Stop: an idle connection is closed now, any other one after its response."""
        self.settle()
        if self.state is State.IDLE:
            self._transport.close()

    # --- Inside ---------------------------------------------------------------------------------------

    @property
    def _request(self) -> Request:
        return cast(Request, self._last)  # the parser calls `on_message_begin` first

    def _feed(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            # Servers need not switch protocols (RFC 9110 §7.8). The parser is unusable after an upgrade request.
            self._parser = httptools.HttpRequestParser(self)
            if rest := data[upgrade.args[0] :]:
                self._feed(rest)
        except httptools.HttpParserCallbackError as error:
            raise error.__context__ or error from None
        except httptools.HttpParserInvalidMethodError:
            raise BadRequest(501, "This is not an HTTP/1.1 request, or its method is unknown.") from None
        except httptools.HttpParserInvalidURLError:
            raise BadRequest(400, "The URL contains a character that must be percent-encoded in UTF-8.") from None
        except httptools.HttpParserError as error:
            raise BadRequest(400, _unreadable(str(error))) from None

    def _run(self, request: Request) -> None:
        self.state = State.RUNNING
        self.deadline = math.inf
        self._unanswered = request
        if request.path == "/health/live" and request.environ["REQUEST_METHOD"] == "GET":
            self.respond(request, alive())
        else:
            self._server.submit(request)

    def _write_more(self) -> None:
        """Write as much of the response as the client accepts."""
        while self._answer is not None and not self._paused:
            piece = self._answer.read(PIECE)
            if not piece:
                keep_alive = self._answer.keep_alive
                self._drop_answer()
                self._answered(keep_alive=keep_alive)
                return
            self._transport.write(piece)
        if self._answer is not None:
            self.deadline = self._server.now + limits.STALL_SECONDS
            self._server.hold(self._answer)

    def _answered(self, *, keep_alive: bool) -> None:
        self._unanswered = None
        if not keep_alive:
            self._transport.close()
        elif self._pending:
            self._run(self._pending.popleft())
        elif self._fault is not None:
            self._refuse(self._fault, self._path_of(b""))
        else:
            self.state = self._reading
            if self.state is State.IDLE:
                self._last = None  # an idle connection keeps nothing of its requests
            seconds = limits.IDLE_SECONDS if self.state is State.IDLE else limits.BODY_SECONDS
            self.deadline = self._server.now + seconds
            self._transport.resume_reading()

    def _drop_unread(self) -> None:
        """Drop what the client sent and will not be processed."""
        if self._last is not None and self._reading is not State.IDLE:
            self._last.close()
        for request in self._pending:
            request.close()
        self._pending.clear()

    def _drop_answer(self) -> None:
        if self._answer is not None:
            self._server.release(self._answer)
            self._answer.close()
            self._answer = None

    def _note_fault(self, error: BadRequest, data: bytes) -> None:
        """Refuse the request now, or after the responses to the requests before it."""
        if self.state in READING:
            self._refuse(error, self._path_of(data))
        else:
            self._fault = error
            self._transport.pause_reading()

    def _refuse(self, error: BadRequest, path: str) -> None:
        """Send the refusal, and close the connection once the client has stopped sending."""
        self._transport.write(refusal(error.status, error.detail, path=path, date=self._server.date))
        self._drop_unread()
        self.state = State.DISCARDING
        self.deadline = self._server.now + limits.DISCARD_SECONDS
        if self._transport.can_write_eof():
            self._transport.write_eof()
        self._transport.resume_reading()

    def _path_of(self, data: bytes) -> str:
        """Returns the path of a request that could not be parsed, as far as it is known, or ""."""
        if self._last is not None and self._last.path:
            return self._last.path
        url = self._url or (data.split(b" ", 2)[1:2] or [b""])[0]
        return url.partition(b"?")[0].decode("latin-1")


def _unreadable(reason: str) -> str:
    if reason.startswith("Expected HTTP/"):
        return "The URL contains a space. Percent-encode it as %20."
    return f"This is not a well-formed HTTP/1.1 request: {reason}."
