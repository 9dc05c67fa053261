"""The body and headers of a request to a receiver, made from event documents by pure functions.

`Webhook` is CloudEvents 1.0 in the batched JSON format (https://github.com/cloudevents/spec, v1.0.2, JSON event format
§4), signed as Standard Webhooks 1.0 (https://www.standardwebhooks.com). `Splunk` is the event endpoint of the HTTP
Event Collector (https://docs.splunk.com/Documentation/Splunk/latest/Data/FormateventsforHTTPEventCollector). `Elastic`
is the bulk API (https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-bulk). `Ocsf` is a JSON array of
events of `audit.streams.ocsf`, and `OcsfLines` has the same events, one per line of a file.
"""

import base64
import binascii
import hashlib
import hmac
import os
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import orjson
import requests

from audit.streams.answers import CHANNEL, await_acknowledgement, require_items
from audit.streams.ocsf import to_ocsf
from controlhub.security.outbound import Session

PREFIX = "whsec_"
LEAST_KEY, MOST_KEY = 24, 64
"""The minimum and maximum bytes of a signing key (Standard Webhooks, "Signature scheme")."""
SEQUENCE_DIGITS = 20
AUDIT_FACILITY, WARNING, INFORMATIONAL = 13, 4, 6
MOST_SEQUENCE = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Sealed:
    """The document of an event, and its position in the sealed log."""

    position: int
    document: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Message:
    """`confirm` reads the response of a receiver, and raises NotDeliveredError unless it accepted every event."""

    body: bytes
    headers: Mapping[str, str]
    confirm: Callable[[Session, requests.Response], None] | None = None


class Format(Protocol):
    """How events are written for one kind of receiver."""

    def encode(self, event: Sealed) -> bytes:
        """Encode one event."""

    def message(self, parts: Sequence[bytes], *, message_id: str, secret: str, now: datetime) -> Message:
        """A request with these encoded events. `message_id` is the same when the same events are sent again."""


class Webhook:
    """CloudEvents in a JSON array. `source` is a URI that names the organization's log."""

    def __init__(self, source: str) -> None:
        self._source = source

    def encode(self, event: Sealed) -> bytes:
        document = event.document
        target = document["target"]
        return orjson.dumps(
            {
                "specversion": "1.0",
                "id": document["id"],
                "source": self._source,
                "type": f"controlhub.audit.{document['action']}",
                "time": document["created"],
                "subject": f"{target['type']}/{target['id']}",
                "datacontenttype": "application/json",
                "sequence": f"{event.position:0{SEQUENCE_DIGITS}}",
                "data": document,
            }
        )

    def message(self, parts: Sequence[bytes], *, message_id: str, secret: str, now: datetime) -> Message:
        body = b"[" + b",".join(parts) + b"]"
        seconds = str(int(now.timestamp()))
        headers = {
            "Content-Type": "application/cloudevents-batch+json; charset=utf-8",
            "webhook-id": message_id,
            "webhook-timestamp": seconds,
            "webhook-signature": signature(secret, message_id, seconds, body),
        }
        return Message(body, headers)


class Splunk:
    """Events one after another. `source` becomes Splunk's field of that name."""

    def __init__(self, source: str) -> None:
        self._source = source

    def encode(self, event: Sealed) -> bytes:
        document = event.document
        return orjson.dumps(
            {
                "time": datetime.fromisoformat(document["created"]).timestamp(),
                "source": self._source,
                "sourcetype": "controlhub:audit",
                "event": {**document, "sequence": event.position},
            }
        )

    def message(self, parts: Sequence[bytes], *, message_id: str, secret: str, now: datetime) -> Message:
        del message_id, now
        headers = {
            "Content-Type": "application/json",
            "Authorization": f"Splunk {secret}",
            CHANNEL: str(uuid.uuid5(uuid.NAMESPACE_URL, self._source)),
        }
        return Message(
            b"\n".join(parts),
            headers,
            lambda session, response: await_acknowledgement(session, response, headers),
        )


class Elastic:
    """A `create` for each event, with its id as `_id`, so that an event that is sent twice is stored once.

    The index is in the URL: `https://host/index/_bulk`. The secret is an API key.
    """

    def encode(self, event: Sealed) -> bytes:
        document = event.document
        source = {"@timestamp": document["created"], "sequence": event.position, **document}
        return orjson.dumps({"create": {"_id": document["id"]}}) + b"\n" + orjson.dumps(source) + b"\n"

    def message(self, parts: Sequence[bytes], *, message_id: str, secret: str, now: datetime) -> Message:
        del message_id, now
        headers = {"Content-Type": "application/x-ndjson", "Authorization": f"ApiKey {secret}"}
        return Message(b"".join(parts), headers, lambda _session, response: require_items(response))


class Ocsf:
    """OCSF events in a JSON array, for a receiver over HTTPS. The secret is a bearer token, if there is one."""

    def __init__(self, organization: str) -> None:
        self._organization = organization

    def encode(self, event: Sealed) -> bytes:
        return orjson.dumps(to_ocsf(event.document, position=event.position, organization=self._organization))

    def message(self, parts: Sequence[bytes], *, message_id: str, secret: str, now: datetime) -> Message:
        del message_id, now
        headers = {"Content-Type": "application/json"}
        if secret:
            headers["Authorization"] = f"Bearer {secret}"
        return Message(b"[" + b",".join(parts) + b"]", headers)


class OcsfLines(Ocsf):
    """OCSF events for a file, one per line (https://jsonlines.org)."""

    def message(self, parts: Sequence[bytes], *, message_id: str, secret: str, now: datetime) -> Message:
        del message_id, secret, now
        return Message(b"".join(part + b"\n" for part in parts), {})


class Syslog:
    """Messages of RFC 5424 with octet counting (RFC 6587 §3.4.1), as RFC 5425 §4.3 requires over TLS.

    `sequenceId` (RFC 5424 §7.3.1) is the event's position, counted from 1, so that gaps are visible. The facility is
    13, log audit; failures are warnings, other events informational.
    """

    def __init__(self, host: str) -> None:
        self._host = host

    def encode(self, event: Sealed) -> bytes:
        document = event.document
        priority = AUDIT_FACILITY * 8 + (WARNING if document["result"] == "failure" else INFORMATIONAL)
        number = event.position % MOST_SEQUENCE + 1
        head = f"<{priority}>1 {document['created']} {self._host} controlhub - {document['action'][:32]}"
        line = f'{head} [meta sequenceId="{number}"] \ufeff'.encode() + orjson.dumps(document)
        return f"{len(line)} ".encode() + line

    def message(self, parts: Sequence[bytes], *, message_id: str, secret: str, now: datetime) -> Message:
        del message_id, secret, now
        return Message(b"".join(parts), {})


def signature(secret: str, message_id: str, seconds: str, body: bytes) -> str:
    """The header `webhook-signature`: HMAC-SHA256 over id, time and body."""
    signed = f"{message_id}.{seconds}.".encode() + body
    digest = hmac.digest(key_of(secret), signed, hashlib.sha256)
    return "v1," + base64.b64encode(digest).decode()


def new_secret() -> str:
    return PREFIX + base64.b64encode(os.urandom(32)).decode()


def key_of(secret: str) -> bytes:
    """The signing key. Raises ValueError if the secret is not `whsec_` followed by base64 of 24 to 64 bytes."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError("The secret is not base64.") from error
    if not secret.startswith(PREFIX) or not LEAST_KEY <= len(key) <= MOST_KEY:
        raise ValueError("The secret has a wrong length.")
    return key
