"""Django's WSGI handler without its per-request work for sites that have several URL configurations."""

from collections.abc import Callable
from typing import Any, cast
from wsgiref.types import StartResponse

from django.core.handlers.base import reset_urlconf
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.core.signals import request_finished
from django.http import HttpRequest, HttpResponse
from django.utils.log import log_response


class Handler(WSGIHandler):
    """Saves a tenth of the instructions of a SCIM GET (docs/decisions/0134).

    There is one URL configuration, at the root of the host: it is never set or reset, and `reverse` ignores
    `SCRIPT_NAME`. The signal `request_started` is not sent, because `LiveConnectionMiddleware` disconnects Django's
    receivers.
    """

    _middleware_chain: Callable[[HttpRequest], HttpResponse]

    def __init__(self) -> None:
        super().__init__()
        request_finished.disconnect(reset_urlconf)

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> HttpResponse:
        response = self.get_response(WSGIRequest(environ))
        cookies = (("Set-Cookie", cookie.OutputString()) for cookie in response.cookies.values())
        start_response(f"{response.status_code} {response.reason_phrase}", [*response.items(), *cookies])
        return response

    def get_response(self, request: HttpRequest) -> HttpResponse:
        response = self._middleware_chain(request)
        cast(Any, response)._resource_closers.append(request.close)  # noqa: SLF001 — uploaded files
        if response.status_code >= 400:
            log_response("%s: %s", response.reason_phrase, request.path, response=response, request=request)
        return response
