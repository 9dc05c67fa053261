"""What every request gets: an id that answer, log line and audit event share; 503 when the database is away."""

import logging
import re
import select
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from ipaddress import ip_address
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.cache import close_caches
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection, reset_queries
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from uuid_utils.compat import uuid7

from controlhub.database.outages import reason_of
from controlhub.text import escaped

_request_id: ContextVar[str] = ContextVar("request_id", default="-")
_ACCEPTED = re.compile(r"[A-Za-z0-9._:-]{8,64}\Z")
_LINK = re.compile(r"(/invitations/|/password/new/)[^/\s]+")
RETRY_AFTER = "5"
SHARE = "controlhub.share"
"""The name in the WSGI environment under which the web server is told whose request it was (docs/decisions/0043)."""

GetResponse = Callable[[HttpRequest], HttpResponse]
logger = logging.getLogger(__name__)


def request_id() -> str:
    """The id of the request that is being answered; "-" outside of one."""
    return _request_id.get()


@contextmanager
def as_request(current: str) -> Iterator[None]:
    """Log lines have this id in the block."""
    token = _request_id.set(current)
    try:
        yield
    finally:
        _request_id.reset(token)


class RequestIdMiddleware:
    """Takes a well-formed X-Request-ID or makes one, and sends it back."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        sent = request.META.get("HTTP_X_REQUEST_ID", "")
        current = sent if _ACCEPTED.match(sent) else str(uuid7())
        request.request_id = current  # type: ignore[attr-defined]  # Django logs an error answer after this middleware
        with as_request(current):
            response = self.get_response(request)
        response["X-Request-ID"] = current
        return response


class LiveConnectionMiddleware:
    """Lets go of a database connection that is too old, failed, or was closed by the server; the next query opens one.

    An idle connection has nothing to read; if there is something, it is the server's goodbye. Costs no statement.
    Django's own handlers, which look at every connection before and after each request, are taken off.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        for signal in (request_started, request_finished):
            signal.disconnect(close_old_connections)
        request_started.disconnect(reset_queries)
        request_finished.disconnect(close_caches)  # the one cache is a table

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if connection.connection is not None and not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
        if (raw := connection.connection) is not None and not connection.in_atomic_block:
            poll = select.poll()
            poll.register(raw.fileno(), select.POLLIN)
            if poll.poll(0):
                connection.close()
        return self.get_response(request)


class RequestIdFilter(logging.Filter):
    """Gives every log record its `request_id`, in one line without the secrets of mailed links.

    Records of Django itself name the request that they are about.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = getattr(getattr(record, "request", None), "request_id", None) or request_id()
        try:
            message = record.getMessage()
        except (TypeError, ValueError):
            message = f"{record.msg} {record.args}"
        record.msg, record.args = escaped(_masked(message.rstrip())), ()
        return True


class DatabaseUnavailableMiddleware:
    """A page that cannot reach the database says so and when to come back; SCIM answers in its own form."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        reason = reason_of(exception)
        return unavailable(request, reason) if reason else None


def unavailable(request: HttpRequest, reason: str) -> HttpResponse:
    """The page that says when to come back; the log has the reason."""
    logger.error("The database cannot do this now: %s", reason)
    response = render(request, "errors/503.html", status=503)
    response["Retry-After"] = RETRY_AFTER
    return response


class RefusedMethodMiddleware:
    """A page that is asked in a way that it does not understand says so, instead of an empty 405."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code != 405 or response.content:
            return response
        page = render(request, "errors/405.html", status=405)
        page["Allow"] = response.get("Allow", "")
        return page


def _masked(text: str) -> str:
    return _LINK.sub(r"\1…", text)


def note_share(request: HttpRequest, organization_id: UUID) -> None:
    """Tell the web server that the credential of this request is good, and of which organization."""
    request.META[SHARE] = str(organization_id)


def is_coded(request: HttpRequest) -> bool:
    """Whether the body has a content coding, such as gzip (RFC 9110 §8.4). None is understood here."""
    codings = request.META.get("HTTP_CONTENT_ENCODING", "").lower().split(",")
    return not {coding.strip() for coding in codings} <= {"", "identity"}


def client_address(request: HttpRequest) -> str | None:
    """The address that the request came from: of the connection, or what a trusted proxy says of its own client."""
    return address_of(request.META)


def address_of(environ: Mapping[str, Any]) -> str | None:
    """The same, of a WSGI environment."""
    address: str | None = environ.get("REMOTE_ADDR") or None
    if not settings.TRUSTED_PROXIES or address is None:
        return address
    for hop in reversed([part.strip() for part in environ.get("HTTP_X_FORWARDED_FOR", "").split(",")]):
        try:
            if not any(ip_address(address) in network for network in settings.TRUSTED_PROXIES):
                break
            address = str(ip_address(hop))
        except ValueError:
            break
    return address
