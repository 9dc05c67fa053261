"""Streams: each event arrives at least once and in order, whatever the receiver does."""

import http.server
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import orjson
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit.models import AuditEvent, AuditLeaf
from audit.seal import seal_events
from audit.streams import batches, delivery
from audit.vocabulary import AuditAction, Category
from controlhub.actions.streams import (
    StreamSettings,
    add_stream,
    delete_stream,
    pause_stream,
    replay_stream,
    resume_stream,
)
from controlhub.errors import InvalidSettingError, StreamStateError
from controlhub.models import Stream, StreamKind, StreamState
from controlhub.models.streams import NO_ANSWER, NO_SECRET
from controlhub.security.networks import AllowedNetwork
from tests import factories
from tests.factories import COMMAND

pytestmark = pytest.mark.django_db
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class Receiver(http.server.BaseHTTPRequestHandler):
    """Notes each request and answers with the next status of the server, at the end with 200."""

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
        """The events of accepted requests, in the order of arrival."""
        return [event for status, _, body in self.requests if status == 200 for event in orjson.loads(body)]


@pytest.fixture
def receivers(settings):
    """Makes receivers on this machine, which are allowed."""
    made = []

    def make(*statuses):
        server = Server()
        server.statuses = list(statuses)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        made.append(server)
        return server

    settings.OUTBOUND_ALLOW = [AllowedNetwork.read("127.0.0.0/8")]
    yield make
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


# --- Delivery -----------------------------------------------------------------------------------------------


def test_every_event_arrives_once_and_in_order(organization, receivers, monkeypatch):
    monkeypatch.setattr(batches, "MOST_EVENTS", 3)
    receiver = receivers()
    stream = stream_to(organization, receiver.url)
    make_events(organization, 7)
    assert delivery.deliver_events() == len(sealed_ids(organization)) > 7
    assert ids_of(receiver.received()) == sealed_ids(organization)
    assert max(len(orjson.loads(body)) for _, _, body in receiver.requests) == 3
    stream.refresh_from_db()
    assert (stream.state, stream.position) == (StreamState.RUNNING, len(sealed_ids(organization)))
    assert delivery.deliver_events() == 0


@pytest.mark.parametrize("statuses", [[503], [400, 500, 429, 410], [302]])
def test_batch_waits_until_the_receiver_takes_it(organization, receivers, at, statuses):
    receiver = receivers(*statuses)
    stream = stream_to(organization, receiver.url)
    make_events(organization, 2)
    for number in range(1, len(statuses) + 1):
        assert delivery.deliver_events() == 0
        assert delivery.deliver_events() == 0, "it waits before the next attempt"
        stream.refresh_from_db()
        assert (stream.state, stream.failures, stream.position) == (StreamState.FAILING, number, 0)
        assert stream.shown_error
        at(hours=number)
    delivery.deliver_events()
    assert ids_of(receiver.received()) == sealed_ids(organization)
    assert len({headers["webhook-id"] for _, headers, _ in receiver.requests}) == 1, "the same events, the same message"
    stream.refresh_from_db()
    assert (stream.state, stream.error) == (StreamState.RUNNING, "")


def test_receiver_that_is_down_or_hangs_delays_no_other(organization, receivers, monkeypatch):
    monkeypatch.setattr("controlhub.security.outbound.CONNECT_SECONDS", 0.5)
    hanging, working, gone = receivers("hang"), receivers(), receivers()
    gone.shutdown()
    gone.server_close()
    slow, down = (stream_to(organization, server.url) for server in (hanging, gone))
    fine = stream_to(organization, working.url)
    make_events(organization, 1)
    delivery.deliver_events()
    assert ids_of(working.received()) == sealed_ids(organization)
    states = {pk: Stream.objects.get(pk=pk).state for pk in (slow.pk, down.pk, fine.pk)}
    assert states == {slow.pk: StreamState.FAILING, down.pk: StreamState.FAILING, fine.pk: StreamState.RUNNING}


def test_syslog_receiver_gets_every_event_in_order(organization, settings):
    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as pool:
        settings.OUTBOUND_ALLOW = [AllowedNetwork.read("127.0.0.0/8")]
        port = listener.getsockname()[1]
        stream = stream_to(organization, f"tcp://127.0.0.1:{port}", kind=StreamKind.SYSLOG, secret="")
        make_events(organization, 3)
        received = pool.submit(read_all, listener)
        delivery.deliver_events()
        found = received.result(20).decode().split("\ufeff")[1:]
    assert [orjson.loads(part[: part.rindex("}") + 1])["id"] for part in found] == sealed_ids(organization)
    Stream.objects.filter(pk=stream.pk).update(position=0)
    assert delivery.deliver_events() == 0, "nobody listens"
    stream.refresh_from_db()
    assert (stream.position, stream.error) == (0, NO_ANSWER)


def read_all(listener):
    connection, _ = listener.accept()
    with connection, connection.makefile("rb") as file:
        return file.read()


@pytest.mark.parametrize(
    ("kind", "url"),
    [
        (StreamKind.SYSLOG, "https://siem.example.com/"),
        (StreamKind.SYSLOG, "tls://siem.example.com:6514"),
        (StreamKind.SYSLOG, "tcp://10.0.0.1:601"),
        (StreamKind.WEBHOOK, "tls://siem.example.com:443"),
    ],
)
def test_address_must_suit_the_receiver(organization, kind, url):
    with pytest.raises(InvalidSettingError) as refused:
        add_stream(organization, StreamSettings("x", kind, url), actor=COMMAND)
    assert refused.value.field == "url"


@pytest.mark.parametrize("host", ["127.0.0.1", "169.254.169.254", "[::1]"])
def test_syslog_is_not_sent_to_internal_addresses(organization, host):
    stream = stream_to(organization, f"tls://{host}:443", kind=StreamKind.SYSLOG, secret="")
    make_events(organization, 1)
    assert delivery.deliver_events() == 0
    stream.refresh_from_db()
    assert "OUTBOUND_ALLOW" in stream.error


def test_batch_that_cannot_be_made_delays_no_other(organization, receivers, monkeypatch):
    working, broken = receivers(), stream_to(organization, receivers().url)
    stream_to(organization, working.url)
    sealed = stream_to(organization, receivers().url)
    Stream.objects.filter(pk=sealed.pk).update(sealed_secret="x.y")
    make_events(organization, 1)
    real = delivery.next_batch

    def make(stream):
        if stream.pk == broken.pk:
            raise LookupError
        return real(stream)

    monkeypatch.setattr(delivery, "next_batch", make)
    delivery.deliver_events()
    assert ids_of(working.received()) == sealed_ids(organization)
    errors = {stream.pk: stream.error for stream in Stream.objects.exclude(error="")}
    assert errors == {broken.pk: "LookupError", sealed.pk: NO_SECRET}


def test_killed_process_repeats_only_the_last_batch(organization, receivers, monkeypatch, at):
    monkeypatch.setattr(batches, "MOST_EVENTS", 2)
    receiver = receivers()
    stream_to(organization, receiver.url)
    make_events(organization, 4)
    notes, real = [], delivery._note

    def die(batch, error):
        notes.append(batch)
        if len(notes) == 2:
            raise KeyboardInterrupt
        return real(batch, error)

    monkeypatch.setattr(delivery, "_note", die)
    with pytest.raises(KeyboardInterrupt):
        delivery.deliver_events()
    monkeypatch.setattr(delivery, "_note", real)
    assert delivery.deliver_events() == 0, "the lease of the dead process has not ended"
    at(minutes=5)
    delivery.deliver_events()
    found, wanted = ids_of(receiver.received()), sealed_ids(organization)
    assert found == [*wanted[:4], *wanted[2:]]


def test_attempt_that_was_overtaken_does_not_move_the_position(organization, receivers):
    stream = stream_to(organization, receivers().url)
    make_events(organization, 2)
    (claimed,) = delivery._claim(1)
    batch = batches.next_batch(claimed)
    assert delivery._claim(1) == [], "nobody else takes it"
    Stream.objects.filter(pk=stream.pk).update(claim=None)
    assert delivery._note(batch, delivery.Sent("", "", 1)) == 0
    stream.refresh_from_db()
    assert stream.position == 0


def test_stream_sends_only_its_categories(organization, receivers):
    receiver = receivers()
    stream = stream_to(organization, receiver.url, categories=(Category.DIRECTORY_MANAGEMENT,))
    make_events(organization, 3)
    delivery.deliver_events()
    found = {event["data"]["category"] for event in receiver.received()}
    assert found == {Category.DIRECTORY_MANAGEMENT}
    stream.refresh_from_db()
    assert stream.position == len(sealed_ids(organization))


def test_new_stream_begins_with_the_next_event(organization, receivers):
    make_events(organization, 2)
    receiver = receivers()
    stream_to(organization, receiver.url, sends_old_events=False)
    seal_events()
    delivery.deliver_events()
    assert [event["data"]["action"] for event in receiver.received()] == [AuditAction.STREAM_ADDED]


def test_batches_are_bounded_in_bytes_and_large_events_arrive_shortened(organization, receivers, monkeypatch):
    monkeypatch.setattr(batches, "MOST_BYTES", 2_000)
    monkeypatch.setattr(batches, "MOST_EVENT_BYTES", 1_000)
    receiver = receivers()
    stream_to(organization, receiver.url)
    factories.make_user(organization, "large@example.com", displayName="x" * 3_000)
    make_events(organization, 3)
    delivery.deliver_events()
    events = receiver.received()
    assert ids_of(events) == sealed_ids(organization)
    assert any(event["data"].get("truncated") for event in events)
    assert len(receiver.requests) > 1


def test_events_of_other_organizations_are_not_sent(organization, other_organization, receivers):
    receiver = receivers()
    stream_to(organization, receiver.url)
    make_events(other_organization, 2)
    delivery.deliver_events()
    assert not set(ids_of(receiver.received())) & set(sealed_ids(other_organization))


def test_idle_stream_costs_one_probe_of_an_index(organization, receivers):
    stream_to(organization, receivers().url)
    make_events(organization, 3)
    delivery.deliver_events()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert delivery.deliver_events() == 0
    assert len(queries) == 1
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        text = delivery.CLAIM.replace("%(lease)s", "interval '1 minute'").replace("%(most)s", "8")
        cursor.execute(f"EXPLAIN {text}")
        plan = "\n".join(row[0] for row in cursor)
    assert "audit_leaf_position" in plan


# --- Actions ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    ["http://siem.example.com/", "https://siem.example.com:8443/", "ftp://siem.example.com/", "https://a:b@c.example/"],
)
def test_addresses_that_are_not_allowed_are_refused(organization, url):
    with pytest.raises(InvalidSettingError):
        stream_to(organization, url)


@pytest.mark.parametrize("host", ["127.0.0.1", "169.254.169.254", "10.0.0.1", "[::1]", "localhost"])
def test_nothing_is_sent_to_internal_addresses(organization, host):
    stream = stream_to(organization, f"https://{host}/")
    make_events(organization, 1)
    assert delivery.deliver_events() == 0
    stream.refresh_from_db()
    assert "OUTBOUND_ALLOW" in stream.error
    assert stream.position == 0


def test_secret_is_stored_sealed_and_is_in_no_event(organization):
    stream = stream_to(organization, "https://siem.example.com/")
    assert stream.secret == SECRET
    assert SECRET[6:] not in stream.sealed_secret
    event = AuditEvent.objects.get(action=AuditAction.STREAM_ADDED)
    assert SECRET[6:] not in repr((event.changes, event.details))


@pytest.mark.parametrize(
    ("kind", "secret"), [(StreamKind.SPLUNK, ""), (StreamKind.WEBHOOK, "abc"), (StreamKind.WEBHOOK, "whsec_AAAA")]
)
def test_stream_needs_a_usable_secret(organization, kind, secret):
    with pytest.raises(InvalidSettingError) as refused:
        add_stream(organization, StreamSettings("x", kind, "https://siem.example.com/", secret), actor=COMMAND)
    assert refused.value.field == "secret"


def test_paused_stream_keeps_its_position(organization, receivers):
    receiver = receivers()
    stream = stream_to(organization, receiver.url)
    pause_stream(stream, actor=COMMAND)
    with pytest.raises(StreamStateError):
        pause_stream(stream, actor=COMMAND)
    make_events(organization, 2)
    assert delivery.deliver_events() == 0
    resume_stream(stream, actor=COMMAND)
    delivery.deliver_events()
    assert ids_of(receiver.received()) == sealed_ids(organization)


def test_replay_sends_every_event_since_a_time_again(organization, receivers, at):
    receiver = receivers()
    stream = stream_to(organization, receiver.url)
    make_events(organization, 2)
    at(hours=1)
    make_events(organization, 2)
    delivery.deliver_events()
    since = datetime.now(UTC) + timedelta(minutes=30)
    later = [str(event.pk) for event in AuditEvent.objects.in_organization(organization) if event.created_at >= since]
    before = len(receiver.received())
    assert replay_stream(stream, since, actor=COMMAND) == len(later) == 2
    delivery.deliver_events()
    assert set(later) <= set(ids_of(receiver.received()[before:]))
    with pytest.raises(StreamStateError):
        replay_stream(stream, since + timedelta(days=1), actor=COMMAND)


def test_deleted_stream_sends_nothing(organization, receivers):
    receiver = receivers()
    delete_stream(stream_to(organization, receiver.url), actor=COMMAND)
    make_events(organization, 1)
    assert delivery.deliver_events() == 0
    assert receiver.requests == []
