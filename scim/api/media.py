"""JSON in and out: strict about what it reads, Accept decides what it writes (conformance.md §11)."""

import json
import math
import re
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse

from scim.protocol.errors import InvalidSyntax, PayloadTooLarge, UnsupportedMediaType
from scim.resources.discovery import MAX_BODY

SCIM = "application/scim+json"
JSON = "application/json"
MAX_DEPTH = 32
_STRINGS = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"')
_NO_BRACKETS = bytes(set(range(256)) - set(b"{[]}"))
_UTF8 = frozenset({"utf-8", "utf8", "us-ascii", ""})


def read_json(request: HttpRequest) -> Any:
    """The body as JSON, or a ScimError that names the limit or the fault."""
    kind, _, parameters = request.META.get("CONTENT_TYPE", "").partition(";")
    if kind.strip().lower() not in {SCIM, JSON}:
        raise UnsupportedMediaType
    if _charset(parameters) not in _UTF8:
        raise UnsupportedMediaType("Send UTF-8.")
    if _declared_length(request) > MAX_BODY:
        raise PayloadTooLarge(f"At most {MAX_BODY} bytes are taken in one request.")
    body = _body(request)
    if len(body) > MAX_BODY:
        raise PayloadTooLarge(f"At most {MAX_BODY} bytes are taken in one request.")
    return parse_json(body)


def _body(request: HttpRequest) -> bytes:
    """The body, at most a byte more than is taken; kept, because a request that lost a race is answered anew."""
    if (kept := request.META.get("scim.body")) is None:
        # WSGI leaves chunks, which come without a length, to us.
        is_chunked = "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower()
        source = request.META["wsgi.input"] if is_chunked else request
        kept = request.META["scim.body"] = source.read(MAX_BODY + 1)
    body: bytes = kept
    return body


def parse_json(body: bytes) -> Any:
    """JSON by RFC 8259 and nothing else: no duplicate names, NaN, huge numbers or deep nesting."""
    try:
        orjson.loads(body)
        _require_shallow(body)
        return json.loads(body, object_pairs_hook=_without_duplicates, parse_int=_whole_number, parse_float=_decimal)
    except orjson.JSONDecodeError as error:
        raise InvalidSyntax(f"The body is not JSON: {error.msg} at position {error.pos}.") from None
    except ValueError:
        raise InvalidSyntax("The body is not JSON that can be stored.") from None


def _require_shallow(body: bytes) -> None:
    """InvalidSyntax if the body, which is JSON, is nested too deep."""
    if body.count(b"{") + body.count(b"[") <= MAX_DEPTH:
        return
    depth = 0
    for bracket in _STRINGS.sub(b"", body).translate(None, _NO_BRACKETS):
        depth += 1 if bracket in b"{[" else -1
        if depth > MAX_DEPTH:
            raise InvalidSyntax(f"The body is nested deeper than {MAX_DEPTH} levels.")


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs) or len({name.lower() for name in members}) != len(pairs):
        raise InvalidSyntax("An object in the body names the same attribute twice.")
    return members


def _whole_number(digits: str) -> int:
    if len(digits) > 20 or not -(2**63) <= (number := int(digits)) < 2**63:
        raise InvalidSyntax(f"The number {digits[:20]} is beyond 64 bits.")
    return number


def _decimal(digits: str) -> float:
    if not math.isfinite(number := float(digits)):
        raise InvalidSyntax(f"The number {digits[:20]} is beyond 64 bits.")
    return number


def _charset(parameters: str) -> str:
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            return value.strip().strip('"').lower()
    return ""


def _declared_length(request: HttpRequest) -> int:
    length = request.META.get("CONTENT_LENGTH") or ""
    return int(length) if length.isdigit() else 0


def answer_type(request: HttpRequest, *, is_legacy_base: bool) -> str:
    """What Accept names first of the two; without a preference, what clients of this base path expect."""
    accepted: str = request.META.get("HTTP_ACCEPT", "")
    for item in accepted.split(","):
        kind = item.partition(";")[0].strip().lower()
        if kind in {SCIM, JSON}:
            return kind
    return SCIM if is_legacy_base else JSON


def json_response(text: str, *, status: int, content_type: str) -> HttpResponse:
    body = text.encode()
    headers = {"Cache-Control": "no-store", "Content-Length": str(len(body)), "X-Content-Type-Options": "nosniff"}
    return HttpResponse(body, status=status, content_type=content_type, headers=headers)
