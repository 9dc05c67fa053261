"""The query parameters of a URL, with case-insensitive names and rules for repeated ones."""

import re
from collections.abc import Iterable
from urllib.parse import unquote_to_bytes

from django.http import HttpRequest

from scim.protocol.errors import InvalidCursor, InvalidFilter, InvalidSyntax, InvalidValue, ScimError
from scim.protocol.schemas import Json

_LISTS = frozenset({"attributes", "excludedattributes"})
_SINGLE: dict[str, tuple[str, type[ScimError]]] = {
    "filter": ("filter", InvalidFilter),
    "sortby": ("sortBy", InvalidValue),
    "sortorder": ("sortOrder", InvalidValue),
    "startindex": ("startIndex", InvalidValue),
    "count": ("count", InvalidValue),
    "cursor": ("cursor", InvalidCursor),
    "returngroups": ("returnGroups", InvalidValue),
    "includemembers": ("includeMembers", InvalidValue),
    "membertype": ("memberType", InvalidValue),
}
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_SEPARATOR = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[\],]')  # possessive: an open string is read once


def query_parameters(request: HttpRequest) -> dict[str, Json]:
    """The parameters by lowercase name.

    Repeated `attributes` and `excludedAttributes` are combined. Other parameters that are repeated with different
    values are rejected, because choosing one of two filters would be a guess.
    """
    if not request.META.get("QUERY_STRING"):
        return {}
    found: dict[str, list[str]] = {}
    for name, values in request.GET.lists():
        if any(REPLACEMENT in text for text in (name, *values)):
            _require_utf8(request)
        found.setdefault(name.lower(), []).extend(values)
    return {name: values if name in _LISTS else _single(name, values) for name, values in found.items()}


def _require_utf8(request: HttpRequest) -> None:
    """Reject invalid UTF-8, which Django replaces: a filter with the replacement would match the wrong values."""
    try:
        unquote_to_bytes(request.META.get("QUERY_STRING", "")).decode()
    except UnicodeDecodeError:
        raise InvalidSyntax("The query is not valid UTF-8. Percent-encode the UTF-8 bytes of each character.") from None


def _single(name: str, values: list[str]) -> str:
    if name in _SINGLE and len(set(values)) > 1:
        spelled, error = _SINGLE[name]
        raise error(f"'{spelled}' is repeated with different values. Send it once.")
    return values[-1]


def split_names(value: Json) -> Iterable[str]:
    """Attribute names from a comma-separated string or an array of such strings, ignoring commas inside brackets."""
    if isinstance(value, list):
        return [name for text in value for name in split_names(str(text))]
    return [name for name in _split(str(value)) if name.strip()] if value else []


def _split(text: str) -> list[str]:
    if "[" not in text:
        return text.split(",")
    names, start, depth = [], 0, 0
    for match in _SEPARATOR.finditer(text):
        if match[0] == "," and depth == 0:
            names.append(text[start : match.start()])
            start = match.end()
        depth += {"[": 1, "]": -1}.get(match[0], 0)
    return [*names, text[start:]]
