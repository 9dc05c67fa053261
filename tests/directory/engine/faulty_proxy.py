"""A proxy in front of a SCIM service, in this process: one in ten requests fails, in every possible way."""

import http.client
import itertools
import sys
import threading
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum, auto
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import orjson

ONE_IN = 10
FORWARDED = ("Authorization", "Accept", "Content-Type")
WRITES = ("POST", "PUT", "PATCH", "DELETE")
UPSTREAM_SECONDS = 10


class Fault(Enum):
    HELD = auto()
    """429 with `Retry-After`."""
    BROKEN = auto()
    """500."""
    SILENT = auto()
    """Not processed. The client waits until it times out."""
    LATE = auto()
    """Processed. The client waits for the response until it times out."""
    LOST = auto()
    """Processed. The connection is closed instead of a response."""


TURNS = (
    Fault.BROKEN,
    Fault.LOST,
    Fault.LATE,
    Fault.BROKEN,
    Fault.LOST,
    Fault.HELD,
    Fault.BROKEN,
    Fault.LOST,
    Fault.SILENT,
)
"""The order in which requests fail. Those that make a client wait are less frequent."""


@dataclass
class Creation:
    """An attempt to create a user or a group. Moments are numbers. Without `status`, the outcome is unknown."""

    kind: str
    name: str
    begun: int
    ended: int = 0
    status: int = 0


class Proxy:
    """Each client connection has one connection to the service. When that is closed, so is the client's.

    `strikes(users, is_late=…)` is called after a write, before the client knows its outcome, with the number of users
    created so far, and whether the write comes after the creation of users. If it returns true, nothing is forwarded
    until `let_through`.
    """

    def __init__(self, port, chance):
        self.port = port
        self.announces_bulk = True
        self.strikes = lambda users, *, is_late: False
        self.struck = threading.Event()
        self.creations, self.faults, self.requests = [], Counter(), 0
        self._chance, self._kinds = chance, itertools.cycle(TURNS)
        self._moments, self._passing, self._lock = itertools.count(1), 0, threading.RLock()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.proxy = self
        self.address = f"http://127.0.0.1:{self._server.server_port}"

    @contextmanager
    def running(self):
        thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join()

    @property
    def is_idle(self):
        return self._passing == 0

    def let_through(self):
        self.struck.clear()

    def fault(self):
        """The fault of the next request, None for most."""
        with self._lock:
            self.requests += 1
            if self._chance.random() * ONE_IN >= 1:
                return None
            fault = next(self._kinds)
            self.faults[fault] += 1
            return fault

    @contextmanager
    def passing(self):
        """A request on its way to the service and back. Raises ConnectionError after a strike."""
        with self._lock:
            if self.struck.is_set():
                raise ConnectionError
            self._passing += 1
        try:
            yield
        finally:
            with self._lock:
                self._passing -= 1

    def begun(self, method, path, body):
        """The creations requested, by `bulkId`."""
        if method != "POST":
            return {}
        document = orjson.loads(body)
        single = [{"method": method, "path": path, "bulkId": "", "data": document}]
        operations = [each for each in document.get("Operations", single) if each["method"] == "POST"]
        with self._lock:
            found = {
                each["bulkId"]: Creation(each["path"].rpartition("/")[2], _name(each["data"]), next(self._moments))
                for each in operations
            }
            self.creations += found.values()
        return found

    def ended(self, creations, status, content, *, is_late):
        """Record the response, and strike if it is time."""
        with self._lock:
            document = orjson.loads(content) if content and creations else {}
            statuses = {each["bulkId"]: int(each["status"]) for each in document.get("Operations", ())}
            for bulk_id, creation in creations.items():
                creation.ended, creation.status = next(self._moments), statuses.get(bulk_id, status)
            is_done = (is_late and status < 300) or any(each.status == 201 for each in creations.values())
            if is_done and not self.struck.is_set() and self.strikes(len(self.created("Users")), is_late=is_late):
                self.struck.set()

    def created(self, kind):
        """The names of objects that the service created, according to responses received here."""
        return [each.name for each in self.creations if each.kind == kind and each.status == 201]

    def repeated(self):
        """Creations that began after the same object had been created."""
        ended = {(each.kind, each.name): each.ended for each in self.creations if each.status == 201}
        return [each for each in self.creations if each.begun > ended.get((each.kind, each.name), each.begun)]


def _name(document):
    return document.get("userName") or document["displayName"]


class _Server(ThreadingHTTPServer):
    request_queue_size = 64

    def handle_error(self, request, client_address):
        """Ignores errors, because this proxy exists for clients that are killed."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    """The connection of one client."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True

    def setup(self):
        super().setup()
        self.proxy = self.server.proxy
        self.upstream = http.client.HTTPConnection("127.0.0.1", self.proxy.port, timeout=UPSTREAM_SECONDS)
        self.upstream.auto_open = False

    def finish(self):
        self.upstream.close()
        super().finish()

    def log_message(self, *_):
        """Logs nothing, because tests inspect the log of the directory."""

    def pass_on(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fault = self.proxy.fault()
        if fault is Fault.HELD:
            self.refuse(429, ("Retry-After", "1"))
        elif fault is Fault.BROKEN:
            self.refuse(500)
        elif self.path.endswith("/ServiceProviderConfig") and not self.proxy.announces_bulk:
            self.refuse(501)
        elif fault is Fault.SILENT:
            self.wait_until_left()
        else:
            self.carry_out(body, fault)

    def carry_out(self, body, fault):
        creations = self.proxy.begun(self.command, self.path, body)
        try:
            with self.proxy.passing():
                status, headers, content = self.ask(body)
        except (OSError, http.client.HTTPException):
            self.close_connection = True
            return
        is_late = self.command in WRITES and not self.path.endswith(("/Users", "/Bulk"))
        self.proxy.ended(creations, status, content, is_late=is_late)
        if fault is Fault.LATE:
            self.wait_until_left()
        elif fault is Fault.LOST or self.proxy.struck.is_set():
            self.close_connection = True
        else:
            self.answer(status, headers, content)

    def ask(self, body):
        if self.upstream.sock is None:
            self.upstream.connect()
        headers = {name: self.headers[name] for name in FORWARDED if name in self.headers}
        self.upstream.request(self.command, self.path, body or None, headers)
        answer = self.upstream.getresponse()
        kept = [(name, value) for name in ("Content-Type", "Retry-After") if (value := answer.headers[name])]
        return answer.status, kept, answer.read()

    def refuse(self, status, *headers):
        self.answer(status, headers, orjson.dumps({"detail": f"The proxy answers {status}."}))

    def answer(self, status, headers, content):
        self.send_response(status)
        for name, value in [*headers, ("Content-Length", str(len(content)))]:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def wait_until_left(self):
        """Wait until the client closes the connection."""
        self.rfile.read(1)
        self.close_connection = True


for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
    setattr(_Handler, f"do_{method}", _Handler.pass_on)
