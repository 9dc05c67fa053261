"""Reads a receiver's response beyond its status: which events were accepted, and whether they are stored."""

import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import orjson
import requests

from controlhub.models.streams import NO_ACK
from controlhub.security.outbound import Session

ACK_SECONDS = 15.0
"""How long to wait for an acknowledgement before sending the batch again."""
ACK_PAUSE = 0.5
CHANNEL = "X-Splunk-Request-Channel"
CONFLICT = 409
MOST_NAMED = 200


class NotDeliveredError(Exception):
    """The receiver did not accept the batch. The message is stored in `Stream.error`; it has no internal addresses.

    `answer` is the first line of the receiver's response.
    """

    def __init__(self, message: str, *, answer: str = "") -> None:
        self.answer = answer
        super().__init__(message)


def require_items(response: requests.Response) -> None:
    """Raises NotDeliveredError unless the response of Elastic's `_bulk` confirms every event.

    Each item has a status: 201, or 409 if an event with its `_id` already existed.
    """
    items = _json(response).get("items")
    if not isinstance(items, list) or not items:
        raise NotDeliveredError("The answer is not that of a _bulk request.")
    for item in items:
        outcome = item.get("create", {}) if isinstance(item, dict) else {}
        status = outcome.get("status", 0)
        if not (200 <= status < 300 or status == CONFLICT):
            error = outcome.get("error")
            kind = error.get("type", "") if isinstance(error, dict) else ""
            raise NotDeliveredError(f"{status} {kind}: {outcome.get('_id', '')}"[:MOST_NAMED])


def await_acknowledgement(session: Session, response: requests.Response, headers: Mapping[str, str]) -> None:
    """Wait until Splunk's indexers have stored the batch, if its token has acknowledgement on.

    The response then has an `ackId`, for which `/services/collector/ack` on the same channel returns true or false.
    Raises NotDeliveredError if it does not return true in time; the batch is then sent again.
    """
    ack = _json(response).get("ackId")
    if ack is None:
        return
    until = time.monotonic() + ACK_SECONDS
    body = orjson.dumps({"acks": [ack]})
    while True:
        answer = session.post(_ack_url(response.url), data=body, headers=dict(headers))
        if answer.status_code == requests.codes.ok and _json(answer).get("acks", {}).get(str(ack)) is True:
            return
        if time.monotonic() >= until:
            raise NotDeliveredError(NO_ACK)
        time.sleep(ACK_PAUSE)


def _ack_url(url: str) -> str:
    """The URL of `/services/collector/ack` that belongs to the endpoint for events."""
    parts = urlsplit(url)
    base = parts.path.partition("/collector")[0]
    return urlunsplit((parts.scheme, parts.netloc, f"{base}/collector/ack", "", ""))


def _json(response: requests.Response) -> dict[str, Any]:
    try:
        found = orjson.loads(response.content)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}
