"""CSV files that are made while they are sent."""

from collections.abc import Iterator
from typing import AnyStr, cast

from django.http import HttpResponse, StreamingHttpResponse
from django.utils.translation import get_language, override


def download(parts: Iterator[AnyStr], name: str) -> HttpResponse:
    """A CSV file of these parts, in the language of the request."""
    response = StreamingHttpResponse(_in_language(parts, get_language()), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return cast("HttpResponse", response)  # the guard only sets headers


def _in_language(parts: Iterator[AnyStr], language: str | None) -> Iterator[AnyStr]:
    """Generate each part in this language: by then, the middleware has reset the language of the request."""
    while True:
        with override(language):
            part = next(parts, None)
        if part is None:
            return
        yield part
