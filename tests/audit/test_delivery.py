"""Checkpoints are sent to a second location, once each, and retried until they are accepted."""

import http.server
import threading

import pytest

from audit.delivery import DeliveryError, send_checkpoints
from audit.models import AuditCheckpoint
from audit.seal import seal_events
from audit.signed import read_checkpoint
from controlhub.security.networks import AllowedNetwork
from tests import factories


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.received.append((self.headers["Authorization"], body))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *args):
        pass


@pytest.fixture
def receiver(settings):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.received, server.status = [], 204
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    settings.OUTBOUND_ALLOW = [AllowedNetwork.read(f"127.0.0.1:{server.server_port}")]
    settings.AUDIT_CHECKPOINT_URL = f"http://127.0.0.1:{server.server_port}/checkpoints"
    settings.AUDIT_CHECKPOINT_TOKEN = "a token of the receiver"
    yield server
    server.shutdown()
    server.server_close()


def test_newest_checkpoint_of_each_organization_is_sent_once(receiver, organization, other_organization):
    seal_events()
    factories.make_user(organization, "trinity@example.com")
    seal_events()
    assert (send_checkpoints(), send_checkpoints()) == (2, 0)
    assert {token for token, _ in receiver.received} == {"Bearer a token of the receiver"}
    sent = {body for _, body in receiver.received}
    for each in (organization, other_organization):
        newest = AuditCheckpoint.objects.filter(organization_id=each.pk).latest("size")
        assert newest.note in sent
        assert read_checkpoint(newest.note, each.pk).size == newest.size


def test_rejected_checkpoint_is_sent_again(receiver, organization):
    seal_events()
    receiver.status = 503
    with pytest.raises(DeliveryError):
        send_checkpoints()
    receiver.status = 200
    assert send_checkpoints() == 1
    assert len(receiver.received) == 2


def test_nothing_is_sent_to_disallowed_addresses(receiver, organization, settings):
    seal_events()
    settings.OUTBOUND_ALLOW = []
    with pytest.raises(DeliveryError):
        send_checkpoints()
    assert receiver.received == []


def test_nothing_is_sent_without_the_setting(organization, settings):
    seal_events()
    assert settings.AUDIT_CHECKPOINT_URL == ""
    assert send_checkpoints() == 0
