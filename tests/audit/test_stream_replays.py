"""Replays of a period and of gaps: the events that are sent again, and their order."""

import socket
import struct
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import orjson
import pytest
from django.db import connection

from audit.models import AuditCheckpoint, AuditEvent
from audit.streams import batches, delivery
from audit.streams.lags import measure_lags
from audit.vocabulary import AuditAction
from controlhub.actions import replays
from controlhub.actions.replays import dismiss_gaps, plan_replay, replay_gaps, replay_stream
from controlhub.database.clock import machine_now
from controlhub.errors import StreamStateError
from controlhub.models import Stream, StreamKind, StreamLag, StreamRange, StreamState
from controlhub.security import outbound
from controlhub.security.networks import AllowedNetwork
from controlhub.sql.streams import POSITION_AFTER, POSITION_AT
from tests.audit.streaming import ids_of, local_receivers, make_events, sealed_ids, stream_to
from tests.factories import COMMAND

pytestmark = pytest.mark.django_db


@pytest.fixture
def receivers(settings):
    with local_receivers(settings) as make:
        yield make


def ranges_of(stream, *, is_replay):
    found = StreamRange.objects.filter(stream=stream, is_replay=is_replay)
    return list(found.order_by("first").values_list("first", "stop"))


def test_replay_of_a_period_is_sent_before_new_events(organization, receivers, at, monkeypatch):
    monkeypatch.setattr(batches, "MOST_EVENTS", 2)
    receiver = receivers()
    stream = stream_to(organization, receiver.url)
    bounds = []
    for hour in range(3):
        at(hours=hour)
        make_events(organization, 3)
        bounds.append(AuditCheckpoint.objects.order_by("size").last().size)
    delivery.deliver_events()
    ids, before = sealed_ids(organization), len(receiver.received())
    second = AuditCheckpoint.objects.get(size=bounds[1]).created_at
    minute = timedelta(minutes=1)
    assert replay_stream(stream, second - minute, second, actor=COMMAND) == bounds[1] - bounds[0] == 3
    make_events(organization, 1)
    delivery.deliver_events()
    assert ids_of(receiver.received()[before:]) == ids[bounds[0] : bounds[1]] + sealed_ids(organization)[len(ids) :]
    assert ranges_of(stream, is_replay=True) == []
    recorded = AuditEvent.objects.get(action=AuditAction.STREAM_REPLAYED)
    assert recorded.details["ranges"] == [[bounds[0], bounds[1] - 1]]


def test_period_ends_at_the_position_of_the_stream(organization, receivers, at):
    stream = stream_to(organization, receivers().url)
    make_events(organization, 2)
    at(hours=1)
    make_events(organization, 2)
    Stream.objects.filter(pk=stream.pk).update(position=2)
    stream.refresh_from_db()
    first = AuditCheckpoint.objects.order_by("size").first().created_at
    plan = plan_replay(stream, first - timedelta(days=1), machine_now() + timedelta(days=1))
    assert (plan.first, plan.last) == (0, 1)
    with pytest.raises(StreamStateError):
        plan_replay(stream, machine_now() + timedelta(minutes=30), machine_now() + timedelta(days=1))


def test_overlapping_replays_are_merged_and_distant_ones_stay_separate(organization, receivers):
    receiver = receivers()
    stream = stream_to(organization, receiver.url)
    make_events(organization, 9)
    delivery.deliver_events()
    gap = {"stream": stream, "is_replay": False}
    for first, stop in ((0, 2), (5, 7)):
        StreamRange.objects.create(first=first, stop=stop, **gap)
    assert replay_gaps(stream, actor=COMMAND) == 4
    StreamRange.objects.create(first=1, stop=3, **gap)
    assert replay_gaps(stream, actor=COMMAND) == 2
    assert ranges_of(stream, is_replay=True) == [(0, 3), (5, 7)]
    before = len(receiver.received())
    delivery.deliver_events()
    ids = sealed_ids(organization)
    assert ids_of(receiver.received()[before:]) == [*ids[:3], *ids[5:7]]


def test_number_of_waiting_replays_is_limited(organization, receivers, monkeypatch):
    monkeypatch.setattr(replays, "MOST_REPLAYS", 1)
    stream = stream_to(organization, receivers().url)
    make_events(organization, 5)
    delivery.deliver_events()
    for first in (0, 2):
        StreamRange.objects.create(stream=stream, is_replay=False, first=first, stop=first + 1)
    with pytest.raises(StreamStateError):
        replay_gaps(stream, actor=COMMAND)
    assert ranges_of(stream, is_replay=False) == [(0, 1), (2, 3)]
    for action in (replay_gaps, dismiss_gaps):
        StreamRange.objects.all().delete()
        with pytest.raises(StreamStateError):
            action(stream, actor=COMMAND)


def test_failing_replay_is_retried_and_keeps_the_position(organization, receivers, at):
    receiver = receivers()
    stream = stream_to(organization, receiver.url)
    make_events(organization, 3)
    delivery.deliver_events()
    before = len(receiver.received())
    stream.refresh_from_db()
    position = stream.position
    replay_stream(stream, stream.created_at - timedelta(days=1), actor=COMMAND)
    receiver.statuses = [503]
    assert delivery.deliver_events() == 0
    stream.refresh_from_db()
    assert (stream.state, stream.position) == (StreamState.FAILING, position)
    at(hours=1)
    delivery.deliver_events()
    stream.refresh_from_db()
    assert (stream.state, stream.position) == (StreamState.RUNNING, position)
    assert ids_of(receiver.received()[before:]) == sealed_ids(organization)[:position]


def test_batch_overtaken_by_a_replay_does_not_shorten_it(organization, receivers):
    stream = stream_to(organization, receivers().url)
    make_events(organization, 3)
    delivery.deliver_events()
    StreamRange.objects.create(stream=stream, is_replay=True, first=0, stop=2)
    (claimed,) = delivery._claim(1)
    batch = batches.next_batch(claimed, StreamRange.objects.get())
    Stream.objects.filter(pk=stream.pk).update(claim=None)
    assert delivery._note(batch, delivery.Sent("", "", 1)) == 0
    assert ranges_of(stream, is_replay=True) == [(0, 2)]


# --- Gaps -------------------------------------------------------------------------------------------------------


def syslog_stream(organization, settings, listener):
    settings.OUTBOUND_ALLOW = [AllowedNetwork.read("127.0.0.0/8")]
    url = f"tcp://127.0.0.1:{listener.getsockname()[1]}"
    return stream_to(organization, url, kind=StreamKind.SYSLOG, secret="")


def reset(listener):
    """Accept a connection, read a little, and reset it, like a receiver that is killed with unread data."""
    accepted, _ = listener.accept()
    with accepted:
        accepted.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        while b"\n" not in accepted.recv(1, socket.MSG_PEEK) and not accepted.recv(1):
            pass


def read_all(listener):
    accepted, _ = listener.accept()
    with accepted, accepted.makefile("rb") as file:
        return file.read()


def test_broken_syslog_connection_leaves_a_gap_that_can_be_replayed(organization, settings):
    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as pool:
        stream = syslog_stream(organization, settings, listener)
        make_events(organization, 3)
        number = len(sealed_ids(organization))
        broken = pool.submit(reset, listener)
        assert delivery.deliver_events() == number, "the stream goes on"
        broken.result(20)
        assert ranges_of(stream, is_replay=False) == [(0, number)]
        assert replay_gaps(stream, actor=COMMAND) == number
        received = pool.submit(read_all, listener)
        delivery.deliver_events()
        found = received.result(20).decode().split("\ufeff")[1:]
    assert [orjson.loads(part[: part.rindex("}") + 1])["id"] for part in found] == sealed_ids(organization)
    assert not StreamRange.objects.exists()


def test_replay_that_fails_again_keeps_the_gap(organization, settings):
    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as pool:
        stream = syslog_stream(organization, settings, listener)
        make_events(organization, 2)
        number = len(sealed_ids(organization))
        for _ in range(2):
            broken = pool.submit(reset, listener)
            delivery.deliver_events()
            broken.result(20)
            assert ranges_of(stream, is_replay=False) == [(0, number)]
            replay_gaps(stream, actor=COMMAND)


def test_receiver_that_keeps_the_connection_open_leaves_no_gap(organization, settings, monkeypatch):
    monkeypatch.setattr(outbound, "CLOSING_SECONDS", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        stream = syslog_stream(organization, settings, listener)
        make_events(organization, 2)
        assert delivery.deliver_events() == len(sealed_ids(organization))
    assert ranges_of(stream, is_replay=False) == []


def test_gaps_are_merged_and_their_number_is_limited(organization, receivers, monkeypatch):
    monkeypatch.setattr(delivery, "MOST_GAPS", 2)
    stream = stream_to(organization, receivers().url)
    for first, stop in ((0, 2), (2, 4), (10, 12), (20, 22), (30, 32)):
        delivery._note_gap(batches.Batch(stream, first, stop, (b"x",)))
    assert ranges_of(stream, is_replay=False) == [(0, 22), (30, 32)]


def test_replay_of_a_period_fills_its_gaps(organization, receivers):
    stream = stream_to(organization, receivers().url)
    make_events(organization, 3)
    delivery.deliver_events()
    StreamRange.objects.create(stream=stream, is_replay=False, first=0, stop=2)
    replay_stream(stream, stream.created_at - timedelta(days=1), actor=COMMAND)
    assert ranges_of(stream, is_replay=False) == []


# --- Lag --------------------------------------------------------------------------------------------------------


def test_lag_is_kept_for_six_hours(organization, receivers, at):
    stream = stream_to(organization, receivers().url)
    make_events(organization, 2)
    for hours in (0, 5.9, 6.2):
        at(hours=hours)
        Stream.objects.filter(pk=stream.pk).update(position=hours == 5.9)
        assert measure_lags() == 1
        Stream.objects.filter(pk=stream.pk).update(position=len(sealed_ids(organization)))
        measure_lags()
    waiting = list(StreamLag.objects.order_by("at").values_list("waiting", flat=True))
    number = len(sealed_ids(organization))
    assert waiting == [number - 1, number], "the most of ten minutes"


@pytest.mark.parametrize("text", [POSITION_AT, POSITION_AFTER])
def test_position_at_a_time_is_found_with_an_index(organization, text):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {text}", {"organization": organization.pk, "moment": machine_now()})
        plan = "\n".join(row[0] for row in cursor)
    assert "audit_checkpoint_by_time" in plan
    assert "Filter" not in plan
