"""Reads JSON strictly, and writes it with the media type that Accept prefers."""

import json
import math
import re
from collections.abc import Iterable
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.http.request import MediaType

from controlhub.middleware.content_codings import is_coded
from controlhub.text.remembering import remember
from scim.protocol.errors import InvalidSyntax, PayloadTooLarge, UnsupportedCoding, UnsupportedMediaType
from scim.protocol.work import MAX_BODY

SCIM = "application/scim+json"
JSON = "application/json"
MAX_DEPTH = 32
_STRINGS = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"')
_NO_BRACKETS = bytes(set(range(256)) - set(b"{[]}"))
MAX_ACCEPT = 1_000
"""The maximum length of an Accept header. A longer one expresses no preference."""
_UTF8 = frozenset({"utf-8", "utf8", "us-ascii", ""})


def read_json(request: HttpRequest) -> Any:
    """The body as JSON. Raises a ScimError that describes the limit or the problem."""
    is_json, is_utf8 = _media_type(request.META.get("CONTENT_TYPE", ""))
    if not is_json:
        raise UnsupportedMediaType
    if is_coded(request):
        raise UnsupportedCoding
    if not is_utf8:
        raise UnsupportedMediaType("Send UTF-8.")
    body = _body(request)
    if len(body) > MAX_BODY:
        raise PayloadTooLarge(f"The body of a request can have at most {MAX_BODY} bytes.")
    return parse_json(body)


def _body(request: HttpRequest) -> bytes:
    """The body, read up to one byte over the limit. It is kept, because a request that lost a race is run again."""
    if (kept := request.META.get("scim.body")) is None:
        kept = request.META["scim.body"] = request.read(MAX_BODY + 1)
    body: bytes = kept
    return body


def parse_json(body: bytes) -> Any:
    """Parse strict JSON (RFC 8259): no duplicate names, NaN, huge numbers or deep nesting."""
    try:
        found = _DECODER.decode(body.decode())
        if b"\\u" in body:
            orjson.loads(body)  # rejects lone surrogates
    except json.JSONDecodeError as error:
        raise InvalidSyntax(f"The body is not JSON: {error.msg.removesuffix(' at')} at position {error.pos}.") from None
    except UnicodeDecodeError as error:
        raise InvalidSyntax(f"The body is not UTF-8 at position {error.start}.") from None
    except RecursionError:
        raise _too_deep() from None
    except ValueError:
        raise InvalidSyntax("The body contains JSON that cannot be stored.") from None
    _require_shallow(body)
    return found


def _require_shallow(body: bytes) -> None:
    """Raises InvalidSyntax if the body, which is valid JSON, is nested too deeply."""
    if body.count(b"{") + body.count(b"[") <= MAX_DEPTH:
        return
    depth = 0
    for bracket in _STRINGS.sub(b"", body).translate(None, _NO_BRACKETS):
        depth += 1 if bracket in b"{[" else -1
        if depth > MAX_DEPTH:
            raise _too_deep()


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(set(map(str.lower, members))) != len(pairs):
        raise InvalidSyntax("An object in the body contains an attribute twice.")
    return members


def _whole_number(digits: str) -> int:
    if len(digits) > 20 or not -(2**63) <= (number := int(digits)) < 2**63:
        raise InvalidSyntax(f"The number {digits[:20]} does not fit in 64 bits.")
    return number


def _decimal(digits: str) -> float:
    if not math.isfinite(number := float(digits)):
        raise InvalidSyntax(f"The number {digits[:20]} does not fit in 64 bits.")
    return number


def _no_constant(name: str) -> Any:
    raise InvalidSyntax(f"The body is not JSON: {name} is not a number.")


def _too_deep() -> InvalidSyntax:
    return InvalidSyntax(f"The body is nested more than {MAX_DEPTH} levels deep.")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_without_duplicates,
    parse_int=_whole_number,
    parse_float=_decimal,
    parse_constant=_no_constant,
)


@remember(256)
def _media_type(content_type: str) -> tuple[bool, bool]:
    """Whether the content type is JSON, and whether it is UTF-8."""
    kind, _, parameters = content_type.partition(";")
    return kind.strip().lower() in {SCIM, JSON}, _charset(parameters) in _UTF8


def _charset(parameters: str) -> str:
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            return value.strip().strip('"').lower()
    return ""


def answer_type(request: HttpRequest, *, is_webex_path: bool) -> str:
    """The media type that Accept prefers; without a preference, the one that clients of this base path expect."""
    preferred = preferred_type(request.META.get("HTTP_ACCEPT", ""))
    return preferred or (JSON if is_webex_path else SCIM)


@remember(256)
def preferred_type(accept: str) -> str | None:
    """Whether an Accept header prefers SCIM or JSON; None for no preference (RFC 9110 §12.5.1).

    Quality values decide. If they are equal, a named type wins over a wildcard, then the one named first.
    """
    ranges = _media_ranges(accept)
    scim, plain = _preference(SCIM, ranges), _preference(JSON, ranges)
    return None if scim == plain else SCIM if scim > plain else JSON


def _media_ranges(accept: str) -> list[MediaType]:
    if len(accept) > MAX_ACCEPT:
        return []
    try:
        return [MediaType(item.lower()) for item in accept.split(",") if item.strip()]
    except ValueError:  # a parameter in a charset that does not exist
        return []


def _preference(kind: str, ranges: Iterable[MediaType]) -> tuple[float, bool, int]:
    """Quality of a type (0 if it isn't mentioned, -1 if it is refused), whether it is named, and minus its position.

    The most specific range gives the quality. Parameters other than `q` are not compared, because
    `application/json; charset=utf-8` is what is sent here.
    """
    main, _, sub = kind.partition("/")
    matching = [
        (_closeness(item), -position, item.quality)
        for position, item in enumerate(ranges)
        if item.main_type in {main, "*"} and item.sub_type in {sub, "*"}
    ]
    if not matching:
        return 0, False, 0
    closeness, minus_position, quality = max(matching)
    if quality == 0:
        return -1, False, 0
    is_named = closeness > 1
    return quality, is_named, minus_position if is_named else 0


def _closeness(item: MediaType) -> int:
    """The specificity: 3 for a type alone, 2 for one with parameters, 1 for `application/*`, 0 for `*/*`."""
    if item.sub_type == "*":
        return 0 if item.main_type == "*" else 1
    return 2 if item.range_params else 3


def json_response(text: str | bytes, *, status: int, content_type: str) -> HttpResponse:
    body = text.encode() if isinstance(text, str) else text
    headers = {"Cache-Control": "no-store", "Content-Length": str(len(body)), "X-Content-Type-Options": "nosniff"}
    return HttpResponse(body, status=status, content_type=content_type, headers=headers)
