"""Runs a conversation against the SCIM endpoint of this process, through the URL resolver."""

import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from io import BytesIO
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit

import orjson
from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.db import IntegrityError, connection, transaction
from django.http import HttpResponse
from django.urls import resolve

from controlhub.actions.request_log import RECORDER
from controlhub.actions.self_tests.client_requests import ClientRequest, Conversation
from controlhub.models.self_tests import Difference, Outcome, PlayedStep

MOST_SECONDS = 20.0
"""Requests after this time are skipped, so that the transaction does not stay open longer."""
MOST_DETAIL = 500
AGENT = "Control Hub self-test"
_MISSING = object()
_READS = frozenset({"GET", "HEAD"})


class Tolerances(Protocol):
    """The tolerances that a request needed: those that were applied, and those that are turned off."""

    used: set[Any]
    refused: set[Any]


class Answered(Protocol):
    leniency: Tolerances | None


class Player:
    """Plays requests under `base_url` with a token. `values` are those of `${name}`, including saved ones."""

    def __init__(self, base_url: str, secret: str, values: Mapping[str, str], content_type: str) -> None:
        self._base_path = base_url.removeprefix(settings.PUBLIC_URL)
        self._secret = secret
        self._values = dict(values)
        self._content_type = content_type
        self._leniency: Tolerances | None = None

    def play(self, conversation: Conversation) -> Iterator[PlayedStep]:
        """Run each request in a savepoint. A refused request is rolled back, as its own transaction would be."""
        until = time.monotonic() + MOST_SECONDS
        for request in conversation.requests:
            filled = self._fill(request)
            if filled is None or time.monotonic() > until:
                yield PlayedStep(request.name, request.method, request.path, Outcome.SKIPPED, request.status)
            else:
                yield self._step(filled)

    def _fill(self, request: ClientRequest) -> ClientRequest | None:
        """Returns the request with its values, or None if a value is missing because an earlier step failed."""
        try:
            parts = {name: filled(getattr(request, name), self._values) for name in ("path", "query", "body", "expect")}
        except KeyError:
            return None
        return replace(request, **parts)

    def _step(self, request: ClientRequest) -> PlayedStep:
        self._leniency = None
        began = time.perf_counter()
        response, is_consistent = self._send(request)
        milliseconds = (time.perf_counter() - began) * 1_000
        answer = orjson.loads(response.content) if response.content else {}
        is_error = response.status_code >= 400
        has_status = response.status_code == request.status
        differences = list(_differences(request, answer)) if has_status and not is_error else []
        for name, path in request.save.items():
            if not is_error and isinstance(found := value_at(answer, path), str):
                self._values[name] = found
        detail = str(answer.get("detail", "")) if is_error else ""
        return PlayedStep(
            request.name,
            request.method,
            _shown(request),
            Outcome.PASSED if has_status and not differences and is_consistent else Outcome.FAILED,
            request.status,
            response.status_code,
            milliseconds,
            str(answer.get("scimType", "")) if is_error else "",
            detail[:MOST_DETAIL],
            differences,
            sorted(self._leniency.used) if self._leniency else (),
            sorted(self._leniency.refused) if self._leniency else (),
        )

    def _send(self, request: ClientRequest) -> tuple[HttpResponse, bool]:
        """Returns the response, and whether the database would have committed the changes."""
        sent = WSGIRequest(self._environ(request))
        match = resolve(sent.path_info)
        try:
            with transaction.atomic():
                response: HttpResponse = match.func(sent, *match.args, **match.kwargs)
                if response.status_code >= 400:
                    transaction.set_rollback(True)
                elif request.method not in _READS:
                    connection.check_constraints()
        except IntegrityError:
            return response, False
        return response, True

    def _environ(self, request: ClientRequest) -> dict[str, Any]:
        """Returns the WSGI environment that the web server would create, for the URL that clients use."""
        public = urlsplit(settings.PUBLIC_URL)
        body = orjson.dumps(request.body) if request.body is not None else b""
        return {
            "REQUEST_METHOD": request.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": f"{self._base_path}{request.path}",
            "QUERY_STRING": urlencode(request.query),
            "SERVER_NAME": public.hostname or "",
            "SERVER_PORT": str(public.port or ""),
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": public.netloc,
            "HTTP_AUTHORIZATION": f"Bearer {self._secret}",
            "HTTP_USER_AGENT": AGENT,
            "CONTENT_TYPE": self._content_type if body else "",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.url_scheme": public.scheme,
            "wsgi.input": BytesIO(body),
            RECORDER: self._hear,
        }

    def _hear(self, answered: Answered) -> None:
        self._leniency = answered.leniency


_NAME = re.compile(r"\$\{(\w+)\}")


def filled(value: Any, values: Mapping[str, str]) -> Any:
    """Returns the value with each `${name}` in its strings replaced. KeyError if a name has no value."""
    if isinstance(value, str):
        return _NAME.sub(lambda match: values[match[1]], value)
    if isinstance(value, Mapping):
        return {key: filled(item, values) for key, item in value.items()}
    if isinstance(value, list):
        return [filled(item, values) for item in value]
    return value


def value_at(document: Any, path: str) -> Any:
    """Returns the value at a path such as `emails.0.value`, or `_MISSING`."""
    for part in path.split("|") if "|" in path else path.split("."):
        if isinstance(document, list):
            document = document[int(part)] if int(part) < len(document) else _MISSING
        else:
            document = document.get(part, _MISSING) if isinstance(document, dict) else _MISSING
    return document


def _differences(request: ClientRequest, answer: Any) -> Iterator[Difference]:
    for path, expected in request.expect.items():
        if (received := value_at(answer, path)) != expected:
            yield Difference(path, expected, None if received is _MISSING else received)
    for path in request.absent:
        if (received := value_at(answer, path)) is not _MISSING:
            yield Difference(path, None, received)


def _shown(request: ClientRequest) -> str:
    """Returns the path and its query, unescaped."""
    query = "&".join(f"{name}={value}" for name, value in request.query.items())
    return f"{request.path}?{query}" if query else request.path
