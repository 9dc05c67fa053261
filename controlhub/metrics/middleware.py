"""Times each request and counts errors, by kind."""

from time import perf_counter
from typing import Any

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse

from controlhub.metrics.kinds import kind_of, method_of, status_of
from controlhub.middleware import GetResponse


class MetricsMiddleware:
    """The outermost middleware that does work, so that it times the others. It is unused without METRICS_TOKEN."""

    def __init__(self, get_response: GetResponse) -> None:
        if not settings.METRICS_TOKEN:
            raise MiddlewareNotUsed
        from controlhub.metrics.instruments import instruments  # loads the library

        found = instruments()
        if found is None:
            raise MiddlewareNotUsed
        self.get_response = get_response
        self._board, self._seconds, self._errors = found.board, found.seconds, found.errors
        # The library resolves labels slowly, so each combination is resolved once.
        self._observe: dict[tuple[str, ...], Any] = {}
        self._fail: dict[tuple[str, ...], Any] = {}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = perf_counter()
        self._board.begin()
        try:
            response = self.get_response(request)
        finally:
            self._board.end()
        labels = (*kind_of(request.path_info), method_of(request.method))
        observe = self._observe.get(labels)
        if observe is None:
            observe = self._observe[labels] = self._seconds.labels(*labels).observe
        observe(perf_counter() - began)
        if response.status_code >= 400:
            self._count_error((*labels, status_of(response.status_code)))
        return response

    def _count_error(self, labels: tuple[str, ...]) -> None:
        fail = self._fail.get(labels)
        if fail is None:
            fail = self._fail[labels] = self._errors.labels(*labels).inc
        fail()
