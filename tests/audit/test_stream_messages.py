"""The messages that a stream sends to each kind of receiver."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime

import orjson
import pytest

from audit.streams.messages import Sealed, Splunk, Syslog, Webhook, key_of, new_secret

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
DOCUMENT = {
    "id": "0190a000-0000-7000-8000-000000000001",
    "created": "2026-11-26T09:14:05.123456Z",
    "action": "user.created",
    "target": {"type": "User", "id": "u1", "name": "Ada"},
}


def test_webhook_is_a_signed_batch_of_cloud_events():
    format_ = Webhook("https://hub.example/organizations/1/audit")
    message = format_.message(
        [format_.encode(Sealed(7, DOCUMENT))], message_id="msg_1", secret=SECRET, now=datetime.fromtimestamp(9, UTC)
    )
    (event,) = orjson.loads(message.body)
    assert event == {
        "specversion": "1.0",
        "id": DOCUMENT["id"],
        "source": "https://hub.example/organizations/1/audit",
        "type": "controlhub.audit.user.created",
        "time": DOCUMENT["created"],
        "subject": "User/u1",
        "datacontenttype": "application/json",
        "sequence": "00000000000000000007",
        "data": DOCUMENT,
    }
    assert message.headers["Content-Type"].startswith("application/cloudevents-batch+json")
    signed = b"msg_1.9." + message.body
    digest = hmac.new(base64.b64decode(SECRET[6:]), signed, hashlib.sha256).digest()
    assert message.headers["webhook-signature"] == f"v1,{base64.b64encode(digest).decode()}"


def test_splunk_events_have_their_time_and_number():
    format_ = Splunk("hub")
    parts = [format_.encode(Sealed(number, DOCUMENT)) for number in (7, 8)]
    message = format_.message(parts, message_id="m", secret="token", now=datetime.now(UTC))
    first, second = (orjson.loads(line) for line in message.body.split(b"\n"))
    assert (first["event"]["sequence"], second["event"]["sequence"]) == (7, 8)
    assert first["time"] == datetime(2026, 11, 26, 9, 14, 5, 123456, UTC).timestamp()
    assert message.headers["Authorization"] == "Splunk token"


@pytest.mark.parametrize(("result", "priority"), [("success", 110), ("failure", 108)])
def test_syslog_messages_are_counted_and_numbered(result, priority):
    document = {**DOCUMENT, "result": result}
    format_ = Syslog("hub.example")
    parts = [format_.encode(Sealed(number, document)) for number in (7, 8)]
    body = format_.message(parts, message_id="m", secret="", now=datetime.now(UTC)).body
    for number in (8, 9):
        length, _, body = body.partition(b" ")
        line, body = body[: int(length)], body[int(length) :]
        head, _, text = line.decode().partition(" \ufeff")
        expected = f"<{priority}>1 {DOCUMENT['created']} hub.example controlhub - user.created"
        assert head == f'{expected} [meta sequenceId="{number}"]'
        assert orjson.loads(text) == document
    assert body == b""


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_AAAA", "whsec_!!!", SECRET[6:], SECRET + SECRET[6:] * 3])
def test_unusable_secrets_are_refused(secret):
    with pytest.raises(ValueError, match="secret"):
        key_of(secret)
    assert len(key_of(new_secret())) == 32
