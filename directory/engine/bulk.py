"""Bulk writes (RFC 7644 §3.7), if the application announces them, as many at once as it answers in time."""

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import Any
from urllib.parse import unquote

import orjson

from controlhub.security.outbound import CONNECT_SECONDS
from directory.engine.client import Request, TargetClient, refusal_of
from directory.engine.errors import Cause, RequestFailedError
from directory.engine.exchange import Answer
from scim.protocol import urns

FIRST, MOST = 5, 100
"""The maximum number of operations in the first request, and in any request."""
AT_ONCE = 2
SECONDS = 0.4 * CONNECT_SECONDS
"""How long one request should take, well below what the outbound client waits for an answer."""
GROWTH = 4
"""The maximum factor by which a request may be larger than the one before."""
LEAST = 5
"""Fewer writes than this are sent one by one."""
MAX_BYTES = 500_000
OF_ALL = frozenset({Cause.HELD, Cause.CREDENTIALS})
"""Causes that would stop a request for one object, too."""


@dataclass(frozen=True, slots=True)
class Part:
    """The outcome of one Bulk request: the answer to each write, None if it is unknown whether it was done."""

    answers: Sequence[Answer | None]
    milliseconds: int = 0
    """The duration of one write."""


class Bulk:
    """Bulk requests to one application during one turn."""

    def __init__(self, client: TargetClient) -> None:
        self._client = client
        self._most: int | None = None
        self._bytes = MAX_BYTES
        self._size = FIRST

    def is_worth(self, number: int) -> bool:
        """Whether this many writes are sent together.

        The first call asks the application for its limits, and raises RequestFailedError if it asks to wait.
        """
        if number < LEAST or self._client.habits.per_second:
            return False
        if self._most is None:
            self._most = self._announced()
        return self._most >= LEAST

    def send(self, pool: ThreadPoolExecutor, requests: Sequence[Request], until: float) -> list[Part]:
        """Send the requests in order, until this time (time.monotonic) or the first part without an answer."""
        parts: list[Part] = []
        rest = list(requests)
        while rest and self._most and time.monotonic() < until and not self._client.pace.is_over:
            cut = list(islice(self._cut(rest), AT_ONCE))
            parts += pool.map(self._send, cut)
            rest = rest[sum(map(len, cut)) :]
        return parts

    def _cut(self, requests: Sequence[Request]) -> Iterator[list[Request]]:
        """The requests in parts that each fit into one Bulk request."""
        most = min(self._size, self._most or 1, max(LEAST, -(-len(requests) // AT_ONCE)))
        part: list[Request] = []
        size = 0
        for request in requests:
            length = len(orjson.dumps(request.body)) + len(request.address) + 100
            if part and (len(part) >= most or size + length > self._bytes):
                yield part
                part, size = [], 0
            part.append(request)
            size += length
        yield part

    def _send(self, requests: Sequence[Request]) -> Part:
        operations = [_operation(request, str(number)) for number, request in enumerate(requests)]
        whole = Request("POST", "/Bulk", {"schemas": [urns.BULK_REQUEST], "Operations": operations})
        began = time.monotonic()
        try:
            document = self._client.write(whole)
        except RequestFailedError as error:
            if error.cause in OF_ALL:
                return Part([_raising(error)] * len(requests))
            self._most = 0
            return Part([None] * len(requests))
        seconds = time.monotonic() - began
        self._size = max(LEAST, min(self._size * GROWTH, int(SECONDS * len(requests) / max(seconds, 0.001))))
        milliseconds = round(seconds * 1_000 / len(requests))
        return Part(_answers(requests, document), milliseconds)

    def _announced(self) -> int:
        """The number of operations that the application takes at once, 0 without Bulk.

        Raises RequestFailedError if the application asks to wait.
        """
        try:
            limits = self._client.limits()
        except RequestFailedError as error:
            if error.seconds:
                raise
            self._client.pace.is_refused = False  # only this address was refused; the next request shows if others are
            return 0
        most, payload = limits.get("maxOperations"), limits.get("maxPayloadSize")
        if limits.get("supported") is not True or type(most) is not int:
            return 0
        self._bytes = min(MAX_BYTES, payload) if type(payload) is int else MAX_BYTES
        return min(MOST, most)


def _operation(request: Request, bulk_id: str) -> dict[str, Any]:
    operation: dict[str, Any] = {"method": request.method, "path": request.address, "bulkId": bulk_id}
    return operation if request.body is None else {**operation, "data": request.body}


def _answers(requests: Sequence[Request], document: Mapping[str, Any]) -> list[Answer | None]:
    found = document.get("Operations")
    entries = [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
    by_id = {str(entry.get("bulkId")): entry for entry in entries}
    return [_answer(request, by_id.get(str(number), {})) for number, request in enumerate(requests)]


def _answer(request: Request, entry: Mapping[str, Any]) -> Answer | None:
    status = str(entry.get("status"))
    if not status.isdecimal() or len(status) != 3:
        return None
    response = entry.get("response")
    if not status.startswith("2"):
        return _raising(refusal_of(request.note, int(status), response))
    document = dict(response) if isinstance(response, dict) else {}
    location = entry.get("location")
    if "id" not in document and isinstance(location, str):
        document["id"] = unquote(location.rstrip("/").rpartition("/")[2])
    return lambda _request: document


def _raising(error: RequestFailedError) -> Answer:
    def answer(_request: Request) -> Mapping[str, Any]:
        raise error

    return answer
