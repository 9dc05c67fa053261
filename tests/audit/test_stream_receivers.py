"""Receivers of streams: the responses that are accepted, and receivers that misbehave."""

import http.server
import random
import socket
import threading
from concurrent.futures import ThreadPoolExecutor

import orjson
import pytest
from django.db import connection, transaction
from django.urls import reverse

from audit.lists import Criteria
from audit.lists.following import follow
from audit.lists.questions import general_question
from audit.models import AuditEvent, AuditLeaf
from audit.record import EventContent, Target, record
from audit.seal import seal_events
from audit.streams import answers, batches, delivery
from audit.vocabulary import AuditAction, TargetType
from controlhub.actions.streams import StreamSettings, add_stream, pause_stream, try_stream
from controlhub.errors import InvalidSettingError, StreamStateError
from controlhub.models import Stream, StreamDelivery, StreamKind, StreamState
from controlhub.models.streams import NO_ACK, NO_ANSWER
from controlhub.security.networks import AllowedNetwork
from tests import factories
from tests.factories import COMMAND


class Receiver(http.server.BaseHTTPRequestHandler):
    """Answers with the result of the server's function for the path and body: a status and JSON, or None to hang."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.requests.append((self.path, dict(self.headers), body))
        answer = self.server.answer(self.path, body)
        if answer is None:
            self.server.over.wait(30)
            return
        status, content = answer
        self.send_response(status)
        self.end_headers()
        self.wfile.write(content if isinstance(content, bytes) else orjson.dumps(content))

    def log_message(self, *args):
        pass


@pytest.fixture
def receivers(settings):
    settings.OUTBOUND_ALLOW = [AllowedNetwork.read("127.0.0.0/8")]
    made = []

    def make(answer=lambda _path, _body: (200, {})):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
        server.daemon_threads = True
        server.answer, server.requests, server.over = answer, [], threading.Event()
        server.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        made.append(server)
        return server

    yield make
    for server in made:
        server.over.set()
        server.shutdown()
        server.server_close()


def stream_to(organization, url, kind=StreamKind.WEBHOOK, secret=""):
    wanted = StreamSettings("SIEM", kind, url, secret, sends_old_events=True)
    return add_stream(organization, wanted, actor=COMMAND)


def note(organization, label="Bo", **details):
    target = Target(organization.pk, TargetType.USER, "b1", label)
    record(AuditAction.USER_NOTED, target=target, content=EventContent(details=details), actor=COMMAND)


def sealed_ids(organization):
    leaves = AuditLeaf.objects.filter(organization_id=organization.pk).order_by("position")
    return [str(pk) for pk in leaves.values_list("pk", flat=True)]


@pytest.mark.django_db
def test_elastic_batch_is_repeated_until_every_event_is_accepted(organization, receivers, at):
    refused = [409, 429]

    def answer(_path, body):
        ids = [orjson.loads(line)["create"]["_id"] for line in body.splitlines()[::2]]
        statuses = [*refused, *[201] * len(ids)][: len(ids)]
        items = [{"create": {"_id": pk, "status": status}} for pk, status in zip(ids, statuses, strict=True)]
        return 200, {"errors": True, "items": items}

    receiver = receivers(answer)
    stream = stream_to(organization, f"{receiver.url}/audit/_bulk", StreamKind.ELASTIC, "key")
    note(organization)
    seal_events()
    assert delivery.deliver_events() == 0
    stream.refresh_from_db()
    assert stream.error.startswith("429 ")
    refused[1] = 409
    at(hours=1)
    assert delivery.deliver_events() == len(sealed_ids(organization)), "409: it was there before"


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"items": []}', b'{"items": [1]}', b"<html>"])
@pytest.mark.django_db
def test_invalid_bulk_response_is_a_failure(organization, receivers, content):
    stream = stream_to(organization, receivers(lambda _path, _body: (200, content)).url, StreamKind.ELASTIC, "key")
    seal_events()
    assert delivery.deliver_events() == 0
    stream.refresh_from_db()
    assert (stream.position, stream.state) == (0, StreamState.FAILING)


@pytest.mark.django_db
def test_splunk_batch_is_sent_again_until_indexers_confirm_it(organization, receivers, monkeypatch, at):
    monkeypatch.setattr(answers, "ACK_SECONDS", 0.2)
    monkeypatch.setattr(answers, "ACK_PAUSE", 0.01)
    is_stored = []

    def answer(path, body):
        if "/ack" in path:
            assert orjson.loads(body) == {"acks": [3]}
            return 200, {"acks": {"3": bool(is_stored)}}
        return 200, {"text": "Success", "code": 0, "ackId": 3}

    receiver = receivers(answer)
    stream = stream_to(organization, f"{receiver.url}/services/collector/event", StreamKind.SPLUNK, "token")
    seal_events()
    assert delivery.deliver_events() == 0
    stream.refresh_from_db()
    assert (stream.position, stream.error) == (0, NO_ACK)
    at(hours=1)
    is_stored.append(True)
    assert delivery.deliver_events() == len(sealed_ids(organization))
    assert {path for path, _, _ in receiver.requests} == {"/services/collector/event", "/services/collector/ack"}
    assert len({headers[answers.CHANNEL] for _, headers, _ in receiver.requests}) == 1, "one channel"


@pytest.mark.django_db
def test_ocsf_receiver_gets_an_array_with_the_token_if_set(organization, receivers):
    receiver = receivers()
    stream_to(organization, receiver.url, StreamKind.OCSF, "token")
    stream_to(organization, receiver.url, StreamKind.OCSF)
    seal_events()
    delivery.deliver_events()
    assert {headers.get("Authorization") for _, headers, _ in receiver.requests} == {"Bearer token", None}
    ids = [event["metadata"]["uid"] for event in orjson.loads(receiver.requests[0][2])]
    assert ids == sealed_ids(organization)


@pytest.mark.django_db
def test_elastic_requires_a_key(organization):
    with pytest.raises(InvalidSettingError) as refused:
        stream_to(organization, "https://elastic.example.com/audit/_bulk", StreamKind.ELASTIC)
    assert refused.value.field == "secret"


# --- Attempts -----------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_attempts_are_kept_with_the_first_line_of_the_response(portal, organization, receivers, monkeypatch, at):
    monkeypatch.setattr(delivery, "MOST_ATTEMPTS", 2)
    outcomes = [(503, b"Server is busy\nsecond line"), (200, {"text": "Success"})]
    receiver = receivers(lambda _path, _body: outcomes.pop(0) if outcomes else (500, b"\x00\xff" + b"y" * 900))
    stream = stream_to(organization, receiver.url)
    seal_events()
    with pytest.raises(StreamStateError):
        try_stream(stream)
    delivery.deliver_events()
    assert delivery.deliver_events() == 0, "it waits before the next attempt"
    page = portal.get(reverse("stream-detail", args=[stream.pk])).content.decode()
    assert "Server is busy" in page
    assert "second line" not in page
    assert portal.post(reverse("stream-try", args=[stream.pk])).status_code == 302
    assert delivery.deliver_events() > 0
    note(organization)
    seal_events()
    delivery.deliver_events()
    found = list(StreamDelivery.objects.order_by("at", "pk").values_list("error", "number"))
    assert found == [("", AuditEvent.objects.count() - 1), ("HTTP 500", 1)], "the oldest one is forgotten"
    assert len(StreamDelivery.objects.latest("at").answer) <= 200
    pause_stream(stream, actor=COMMAND)
    with pytest.raises(StreamStateError):
        try_stream(stream)


@pytest.mark.django_db
def test_lag_is_shown_in_events_and_in_time(portal, organization, at):
    stream_to(organization, "https://siem.example.com/")
    seal_events()
    at(hours=2)
    (row,) = portal.get(reverse("stream-list")).context["rows"]
    first = AuditLeaf.objects.get(organization_id=organization.pk, position=0)
    assert (row.waiting, row.since) == (len(sealed_ids(organization)), AuditEvent.objects.get(pk=first.pk).created_at)
    Stream.objects.update(position=row.waiting)
    (row,) = portal.get(reverse("stream-list")).context["rows"]
    assert (row.waiting, row.since) == (0, None)


# --- Problems reported in other products --------------------------------------------------------------------


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.django_db(transaction=True)
def test_readers_miss_no_event_in_any_commit_order(organization, receivers, seed):
    """gravitational/teleport#58365: a transaction that begins first may commit last."""
    receiver, number = receivers(), 6
    stream_to(organization, receiver.url)
    begun, go = threading.Barrier(number + 1), [threading.Event() for _ in range(number)]

    def write(index):
        try:
            with transaction.atomic():
                note(organization, str(index))
                begun.wait(30)
                go[index].wait(30)
        finally:
            connection.close()

    question, _ = general_question(organization, Criteria.read(""))
    read, position = [], 0
    with ThreadPoolExecutor(number) as pool:
        writers = [pool.submit(write, index) for index in range(number)]
        begun.wait(30)
        for index in random.Random(seed).sample(range(number), number):
            go[index].set()
            writers[index].result(30)
            seal_events()
            delivery.deliver_events()
            events, position, _ = follow(question, position, most=100)
            read += [str(event.pk) for event in events]
    every = {str(pk) for pk in AuditEvent.objects.in_organization(organization).values_list("pk", flat=True)}
    sent = [event["id"] for _, _, body in receiver.requests for event in orjson.loads(body)]
    assert len(read) == len(set(read)) == len(sent)
    assert set(read) == set(sent) == every
    assert read == sent == sealed_ids(organization)


@pytest.mark.parametrize("kind", StreamKind)
@pytest.mark.django_db
def test_oversized_event_blocks_no_stream(organization, kind, settings, tmp_path):
    """gravitational/teleport#35161."""
    settings.AUDIT_STREAM_DIR = tmp_path
    urls = {StreamKind.SYSLOG: "tls://siem.example.com:443", StreamKind.OCSF_FILE: "file:siem"}
    url = urls.get(kind, "https://siem.example.com/")
    stream = stream_to(organization, url, kind, "" if kind in {StreamKind.WEBHOOK, StreamKind.SYSLOG} else "token")
    note(organization)
    factories.make_user(organization, "large@example.com", displayName="x" * 1_000_000)
    note(organization, members=["y" * 100] * 100_000)
    note(organization)
    seal_events()
    stream.refresh_from_db()
    sizes = []
    while (batch := batches.next_batch(stream)).parts:
        assert sum(map(len, batch.parts)) <= batches.MOST_BYTES * 1.1
        sizes += [len(part) for part in batch.parts]
        stream.position = batch.stop
    assert len(sizes) == len(sealed_ids(organization))
    assert max(sizes) < batches.MOST_EVENT_BYTES * 1.2


@pytest.mark.django_db
def test_three_hanging_receivers_do_not_delay_a_fourth(organization, receivers, monkeypatch):
    """hashicorp/vault#5361: a webhook, a Splunk and a syslog receiver accept the connection and never respond."""
    monkeypatch.setattr("controlhub.security.outbound.CONNECT_SECONDS", 0.5)
    hanging, working = receivers(lambda _path, _body: None), receivers()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        slow = [
            stream_to(organization, hanging.url),
            stream_to(organization, hanging.url, StreamKind.SPLUNK, "token"),
            stream_to(organization, f"tls://127.0.0.1:{silent.getsockname()[1]}", StreamKind.SYSLOG),
        ]
        fourth = stream_to(organization, working.url)
        note(organization)
        seal_events()
        delivery.deliver_events()
    fourth.refresh_from_db()
    assert (fourth.state, fourth.position) == (StreamState.RUNNING, len(sealed_ids(organization)))
    for stream in slow:
        stream.refresh_from_db()
        assert (stream.state, stream.error, stream.position) == (StreamState.FAILING, NO_ANSWER, 0)


@pytest.mark.django_db
def test_event_refused_for_an_hour_is_finally_delivered(organization, receivers, monkeypatch, at):
    """firezone/firezone#14132: later events wait, and none is skipped."""
    monkeypatch.setattr(batches, "MOST_EVENTS", 3)
    refused = []
    receiver = receivers(lambda _path, body: (400, {}) if any(pk in body for pk in refused) else (200, {}))
    stream_to(organization, receiver.url)
    for number in range(10):
        note(organization, str(number))
    seal_events()
    ids = sealed_ids(organization)
    refused.append(ids[5].encode())
    for minutes in range(0, 60, 5):
        at(minutes=minutes)
        delivery.deliver_events()
    refused.clear()
    at(hours=48)
    delivery.deliver_events()
    accepted = StreamDelivery.objects.filter(error="").order_by("at", "pk").values_list("position", "number")
    assert [place for start, number in accepted for place in range(start, start + number)] == list(range(len(ids)))
    assert Stream.objects.get().state == StreamState.RUNNING
