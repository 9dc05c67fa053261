"""Responses of the web server itself to malformed requests, and to requests beyond its limits."""

import json
import logging
from functools import lru_cache
from http import HTTPStatus

from uuid_utils import uuid7

from controlhub.middleware.api_errors import PREFIXES, error_document
from controlhub.middleware.request_ids import as_request
from controlhub.web.response import Answer
from scim.api.middleware import BASES as SCIM_BASES
from scim.protocol.errors import ScimError

RETRY_SECONDS = 2
logger = logging.getLogger(__name__)


@lru_cache(maxsize=64)
def status_line(status: int) -> str:
    return f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n"


def refusal(status: int, detail: str, *, path: str, date: str) -> bytes:
    """Returns a whole response in the form of the path's API: SCIM, Webex's REST APIs, or plain text for pages.

    The connection is closed after it. It is logged with its request id.
    """
    request_id = str(uuid7())
    with as_request(request_id):
        logger.info("Rejected with %d: %s", status, path)
    kind, body = _body(status, detail, path, request_id)
    lines = [
        status_line(status),
        f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\nX-Request-ID: {request_id}\r\n",
        f"Date: {date}\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n",
    ]
    if status in {429, 503}:
        lines.append(f"Retry-After: {RETRY_SECONDS}\r\n")
    return "".join([*lines, "\r\n"]).encode() + body


def _body(status: int, detail: str, path: str, request_id: str) -> tuple[str, bytes]:
    if path.startswith(SCIM_BASES):
        error = ScimError(detail)
        error.status = status
        if status == 400:
            error.scim_type = "invalidSyntax"
        return "application/scim+json", json.dumps(error.to_document()).encode()
    if f"{path}/".startswith(PREFIXES):
        return "application/json", json.dumps(error_document(detail, request_id)).encode()
    return "text/plain; charset=utf-8", f"{detail}\n".encode()


def alive() -> Answer:
    """Returns the response to GET /health/live. It needs no thread, database or application."""
    headers = [("Content-Type", "text/plain"), ("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff")]
    return Answer("200 OK", headers, b"ok", is_head=False)
