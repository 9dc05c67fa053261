"""Streams: each event arrives at least once and in order, whatever the receiver does."""

import socket
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import orjson
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit.seal import seal_events
from audit.streams import batches, delivery
from audit.vocabulary import AuditAction, Category
from controlhub.models import Stream, StreamHour, StreamKind, StreamState
from controlhub.models.streams import NO_ANSWER, NO_SECRET
from controlhub.security.networks import AllowedNetwork
from tests import factories
from tests.audit.streaming import ids_of, local_receivers, make_events, sealed_ids, stream_to

pytestmark = pytest.mark.django_db


@pytest.fixture
def receivers(settings):
    with local_receivers(settings) as make:
        yield make


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
def test_batch_is_retried_until_the_receiver_accepts_it(organization, receivers, at, statuses):
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
    hours = StreamHour.objects.filter(stream=stream).order_by("hour").values_list("delivered", "failed")
    assert [sum(figures) for figures in zip(*hours, strict=True)] == [len(sealed_ids(organization)), len(statuses)]


def test_hourly_figures_are_kept_for_two_days(organization, receivers, at):
    stream = stream_to(organization, receivers().url)
    for hours in (0, 47, 49):
        at(hours=hours)
        make_events(organization, 1)
        delivery.deliver_events()
    kept = StreamHour.objects.filter(stream=stream).order_by("hour")
    assert [row.delivered for row in kept] == [1, 1]
    assert kept[1].hour - kept[0].hour == timedelta(hours=2)


def test_receiver_that_is_down_or_hangs_does_not_delay_others(organization, receivers, monkeypatch):
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


@pytest.mark.parametrize("host", ["127.0.0.1", "169.254.169.254", "[::1]"])
def test_syslog_is_not_sent_to_internal_addresses(organization, host):
    stream = stream_to(organization, f"tls://{host}:443", kind=StreamKind.SYSLOG, secret="")
    make_events(organization, 1)
    assert delivery.deliver_events() == 0
    stream.refresh_from_db()
    assert "OUTBOUND_ALLOW" in stream.error


def test_batch_that_cannot_be_built_does_not_delay_others(organization, receivers, monkeypatch):
    working, broken = receivers(), stream_to(organization, receivers().url)
    stream_to(organization, working.url)
    sealed = stream_to(organization, receivers().url)
    Stream.objects.filter(pk=sealed.pk).update(sealed_secret="x.y")
    make_events(organization, 1)
    real = delivery.next_batch

    def make(stream, replay):
        if stream.pk == broken.pk:
            raise LookupError
        return real(stream, replay)

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


def test_overtaken_attempt_does_not_move_the_position(organization, receivers):
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


def test_batches_are_limited_in_bytes_and_large_events_are_shortened(organization, receivers, monkeypatch):
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


def test_idle_stream_needs_one_index_probe(organization, receivers):
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
