"""The event loop of one web process: accepts connections, checks deadlines, hands requests to threads."""

import asyncio
import logging
import socket
import time
from collections.abc import Callable
from email.utils import formatdate
from io import BytesIO
from typing import Any
from wsgiref.types import WSGIApplication

from controlhub.metrics.instruments import report_load
from controlhub.web import limits
from controlhub.web.connection import Connection, State
from controlhub.web.request import Environ, Request, base_environ
from controlhub.web.response import Answer, Headers, collected
from controlhub.web.shares import Shares
from controlhub.web.threads import Threads

DRAIN_POLL_SECONDS = WATCH_SECONDS = 0.05
BUSY = "The server has too many requests. Send this request again later."
logger = logging.getLogger(__name__)


class Server:
    """Serves a WSGI application on a listening socket, which other processes may share."""

    def __init__(
        self,
        application: WSGIApplication,
        listener: socket.socket,
        *,
        session_cookie: str,
        max_connections: int = limits.MAX_CONNECTIONS,
        clock: Callable[[], float] = time.monotonic,
        sweep_seconds: float = 0.5,
    ) -> None:
        self._application, self._listener = application, listener
        self._clock, self._sweep_seconds, self._max_connections = clock, sweep_seconds, max_connections
        host, port = listener.getsockname()[:2]
        self.environ: Environ = base_environ(host, port)
        self.shares = Shares(session_cookie)
        self.connections: dict[Connection, None] = {}
        self.is_draining = self._is_watching = False
        self.unsent = 0
        self.now = clock()
        self.date = formatdate(usegmt=True)
        self.threads = Threads(self._answer, number=limits.THREADS, room=limits.MAX_WAITING)

    async def run(self) -> None:
        """Serve until `drain` was called and all requests have responses."""
        self._loop = asyncio.get_running_loop()
        self._listener.setblocking(False)
        self._loop.add_reader(self._listener, self._accept)
        while not (self.is_draining and self._is_drained()):
            await asyncio.sleep(DRAIN_POLL_SECONDS if self.is_draining else self._sweep_seconds)
            self._sweep()

    def drain(self) -> None:
        """Accept no more connections, finish current requests, and end."""
        if not self.is_draining:
            self.is_draining = True
            self._drained_by = self._clock() + limits.DRAIN_SECONDS
            self._loop.remove_reader(self._listener)
            self._listener.close()
            for connection in list(self.connections):
                connection.drain()

    # --- Called by connections -----------------------------------------------------------------------

    def submit(self, request: Request) -> None:
        request.since = self.now
        if (refused := self.threads.submit(request)) is not None:
            self._refuse(refused)
        if self.threads.waiting and not self._is_watching:
            self._is_watching = True
            self._loop.call_later(WATCH_SECONDS, self._watch)

    def forget(self, request: Request) -> None:
        """Drop a request whose client has gone, unless it is already running."""
        if self.threads.forget(request):
            request.close()

    def hold(self, answer: Answer) -> None:
        """Count a response that its client does not accept immediately. Move it to a file if there are too many."""
        if answer.held or not answer.is_in_memory:
            return
        if self.unsent + answer.size > limits.MAX_UNSENT:
            try:
                answer.move_to_file()
                return
            except OSError as error:
                logger.warning("A response of %d bytes stays in memory: %s", answer.size, error)
        answer.held = answer.size
        self.unsent += answer.held

    def release(self, answer: Answer) -> None:
        self.unsent -= answer.held
        answer.held = 0

    # --- In a thread ---------------------------------------------------------------------------------

    def _answer(self, request: Request) -> None:
        if request.is_gone:
            request.close()
            return
        try:
            answer = self._run(request)
        except Exception:
            logger.exception("The application failed")
            answer = Answer("500 Internal Server Error", [], b"", is_head=False)
        if self.shares.has_learned(request.environ, request.share) and request.connection.send(request, answer):
            request.close()
        else:
            self._loop.call_soon_threadsafe(self._respond, request, answer)

    def _run(self, request: Request) -> Answer:
        started: list[tuple[str, Headers]] = []

        def start_response(status: str, headers: Headers, exc_info: Any = None) -> Any:  # noqa: ARG001
            started.append((status, headers))

        request.environ.setdefault("wsgi.input", BytesIO())
        body = self._application(request.environ, start_response)
        try:
            content = collected(body)
        finally:
            if close := getattr(body, "close", None):
                close()
        status, headers = started[-1]
        return Answer(status, headers, content, is_head=request.environ["REQUEST_METHOD"] == "HEAD")

    # --- In the event loop ------------------------------------------------------------------------------

    def _watch(self) -> None:
        """While requests wait, check whether running ones have become slow."""
        self.threads.start_waiting()
        self._is_watching = bool(self.threads.waiting)
        if self._is_watching:
            self._loop.call_later(WATCH_SECONDS, self._watch)

    def _respond(self, request: Request, answer: Answer) -> None:
        self.shares.learn(request.environ)
        request.close()
        request.connection.respond(request, answer)

    def _refuse(self, request: Request) -> None:
        request.close()
        request.connection.refuse_running(429, BUSY)

    def _accept(self) -> None:
        """Accept only one connection, so that the processes that share the socket get about the same number."""
        try:
            accepted, _ = self._listener.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return
        except OSError as error:
            logger.error("No connections can be accepted: %s", error)
            self._close_slowest()
            return
        accepted.setblocking(False)
        accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        task = self._loop.create_task(self._loop.connect_accepted_socket(lambda: Connection(self, accepted), accepted))
        task.add_done_callback(_log_failure)
        if len(self.connections) >= self._max_connections:
            self._close_slowest()

    def _close_slowest(self) -> None:
        """Make room: close the connection that has gone longest without sending a whole request."""
        waiting = (c for c in self.connections if c.state in {State.IDLE, State.HEAD, State.BODY})
        if (slowest := min(waiting, key=lambda connection: connection.deadline, default=None)) is not None:
            slowest.overdue()

    def _sweep(self) -> None:
        report_load(threads=self.threads.number, busy=self.threads.busy, queued=self.threads.waiting)
        self.now = self._clock()
        self.date = formatdate(usegmt=True)
        for connection in [c for c in self.connections if c.is_sent]:
            connection.settle()
        for connection in [c for c in self.connections if c.deadline < self.now]:
            connection.overdue()
        for request in self.threads.expired(self.now - limits.QUEUE_SECONDS):
            self._refuse(request)

    def _is_drained(self) -> bool:
        return not self.connections or self.now > self._drained_by


def _log_failure(task: "asyncio.Task[Any]") -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        logger.warning("A connection could not be set up: %s", error)
