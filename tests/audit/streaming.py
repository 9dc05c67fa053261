"""Streams for tests: local receivers, events to send, and the received events."""

import http.server
import threading
from contextlib import contextmanager

import orjson

from audit.models import AuditEvent, AuditLeaf
from audit.seal import seal_events
from controlhub.actions.streams import StreamSettings, add_stream
from controlhub.models import StreamKind
from controlhub.security.networks import AllowedNetwork
from tests import factories
from tests.factories import COMMAND

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class Receiver(http.server.BaseHTTPRequestHandler):
    """Records each request and answers with the server's next status, and finally with 200."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status = self.server.statuses.pop(0) if self.server.statuses else 200
        self.server.requests.append((status, dict(self.headers), body))
        if status == "hang":
            self.server.over.wait(30)
            return
        self.send_response(status)
        self.end_headers()

    def log_message(self, *args):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Receiver)
        self.statuses, self.requests, self.over = [], [], threading.Event()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/in"

    def received(self):
        """The events of accepted requests, in order of arrival."""
        return [event for status, _, body in self.requests if status == 200 for event in orjson.loads(body)]


@contextmanager
def local_receivers(settings):
    """Creates receivers on this machine and allows requests to them until the end."""
    made = []

    def make(*statuses):
        server = Server()
        server.statuses = list(statuses)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        made.append(server)
        return server

    settings.OUTBOUND_ALLOW = [AllowedNetwork.read("127.0.0.0/8")]
    try:
        yield make
    finally:
        for server in made:
            server.over.set()
            server.shutdown()
            server.server_close()


def stream_to(organization, url, **values):
    values = {"kind": StreamKind.WEBHOOK, "secret": SECRET, "sends_old_events": True} | values
    wanted = StreamSettings("SIEM", url=url, **values)
    return add_stream(organization, wanted, actor=COMMAND)


def make_events(organization, number):
    for index in range(number):
        factories.make_user(organization, f"{index}-{AuditEvent.objects.count()}@example.com")
    seal_events()


def sealed_ids(organization):
    leaves = AuditLeaf.objects.filter(organization_id=organization.pk).order_by("position")
    return [str(pk) for pk in leaves.values_list("pk", flat=True)]


def ids_of(events):
    return [event["id"] for event in events]
