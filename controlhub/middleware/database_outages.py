"""Pages respond with 503 while the database is unavailable."""

import logging

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from controlhub.database.outages import reason_of
from controlhub.middleware import GetResponse

RETRY_AFTER = "5"

logger = logging.getLogger(__name__)


class DatabaseUnavailableMiddleware:
    """Renders a page that says when to try again if the database is unavailable. SCIM has its own form of it."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        reason = reason_of(exception)
        return unavailable(request, reason) if reason else None


def unavailable(request: HttpRequest, reason: str) -> HttpResponse:
    """Returns the page that says when to try again. The reason is logged."""
    logger.error("The database is unavailable: %s", reason)
    response = render(request, "errors/503.html", status=503)
    response["Retry-After"] = RETRY_AFTER
    return response
