"""A list that htmx filters: the same URL returns the whole page or only its results."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from controlhub.portal.access import PortalRequest

HEADERS = ("HX-Request", "HX-History-Restore-Request")


def wants_part(request: PortalRequest) -> bool:
    """Whether htmx swaps the response into a page. When it restores history, it needs the whole page."""
    return bool(request.htmx) and not request.htmx.history_restore_request


def for_whole_or_part(response: HttpResponse) -> HttpResponse:
    """The same response, with the Vary header that keeps caches from mixing up whole pages and parts."""
    patch_vary_headers(response, HEADERS)
    return response


def render_whole_or_part(request: PortalRequest, whole: str, part: str, context: Mapping[str, Any]) -> HttpResponse:
    """The template `whole`, or `part` for htmx."""
    return for_whole_or_part(render(request, part if wants_part(request) else whole, context))
