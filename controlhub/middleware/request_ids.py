"""The id of a request, which its response, log lines and audit events share."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.http import HttpRequest, HttpResponse
from uuid_utils import uuid7

from controlhub.middleware import GetResponse

_request_id: ContextVar[str] = ContextVar("request_id", default="-")
_ACCEPTED = re.compile(r"[A-Za-z0-9._:-]{8,64}\Z")


def request_id() -> str:
    """Returns the id of the current request, or "-" if there is none."""
    return _request_id.get()


@contextmanager
def as_request(current: str) -> Iterator[None]:
    """In the block, log lines have this id."""
    token = _request_id.set(current)
    try:
        yield
    finally:
        _request_id.reset(token)


class RequestIdMiddleware:
    """Uses a well-formed X-Request-ID or creates one, and sends it back."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        sent = request.META.get("HTTP_X_REQUEST_ID", "")
        current = sent if _ACCEPTED.match(sent) else str(uuid7())
        request.request_id = current  # type: ignore[attr-defined]  # Django logs an error answer after this middleware
        token = _request_id.set(current)  # `as_request` would create a generator for each request
        try:
            response = self.get_response(request)
        finally:
            _request_id.reset(token)
        response["X-Request-ID"] = current
        return response
