"""Streams are added with valid settings, paused, resumed, replayed and deleted."""

from datetime import UTC, datetime, timedelta

import pytest

from audit.models import AuditEvent
from audit.streams import delivery
from audit.vocabulary import AuditAction
from controlhub.actions.replays import replay_stream
from controlhub.actions.streams import (
    StreamSettings,
    add_stream,
    delete_stream,
    pause_stream,
    resume_stream,
)
from controlhub.errors import InvalidSettingError, StreamStateError
from controlhub.models import StreamKind
from tests.audit.streaming import SECRET, ids_of, local_receivers, make_events, sealed_ids, stream_to
from tests.factories import COMMAND

pytestmark = pytest.mark.django_db


@pytest.fixture
def receivers(settings):
    with local_receivers(settings) as make:
        yield make


@pytest.mark.parametrize(
    "url",
    ["http://siem.example.com/", "https://siem.example.com:8443/", "ftp://siem.example.com/", "https://a:b@c.example/"],
)
def test_disallowed_addresses_are_refused(organization, url):
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


def test_secret_is_stored_encrypted_and_is_in_no_event(organization):
    stream = stream_to(organization, "https://siem.example.com/")
    assert stream.secret == SECRET
    assert SECRET[6:] not in stream.sealed_secret
    event = AuditEvent.objects.get(action=AuditAction.STREAM_ADDED)
    assert SECRET[6:] not in repr((event.changes, event.details))


@pytest.mark.parametrize(
    ("kind", "secret"), [(StreamKind.SPLUNK, ""), (StreamKind.WEBHOOK, "abc"), (StreamKind.WEBHOOK, "whsec_AAAA")]
)
def test_stream_requires_a_usable_secret(organization, kind, secret):
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


@pytest.mark.parametrize(
    ("kind", "url"),
    [
        (StreamKind.SYSLOG, "https://siem.example.com/"),
        (StreamKind.SYSLOG, "tls://siem.example.com:6514"),
        (StreamKind.SYSLOG, "tcp://10.0.0.1:601"),
        (StreamKind.WEBHOOK, "tls://siem.example.com:443"),
    ],
)
def test_address_must_match_the_kind_of_receiver(organization, kind, url):
    with pytest.raises(InvalidSettingError) as refused:
        add_stream(organization, StreamSettings("x", kind, url), actor=COMMAND)
    assert refused.value.field == "url"
