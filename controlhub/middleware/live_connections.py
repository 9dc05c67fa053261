"""No request gets a database connection that has ended."""

import select
from typing import Any

from django.core.cache import close_caches
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, reset_queries, transaction
from django.http import HttpRequest, HttpResponse

from controlhub.middleware import GetResponse


class LiveConnectionMiddleware:
    """Closes a database connection that is too old, failed, or was closed by the server. The next query opens another.

    On an idle connection there is nothing to read. If there is, the server has closed it. This needs no statement.
    Django's own handlers, which check every connection before and after each request, are disconnected.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        for signal in (request_started, request_finished):
            signal.disconnect(close_old_connections)
        request_started.disconnect(reset_queries)
        request_finished.disconnect(close_caches)  # the only cache is a table

    def __call__(self, request: HttpRequest) -> HttpResponse:
        database = transaction.get_connection()  # once: `connection` looks it up again for each attribute
        if not database.in_atomic_block:
            database.close_if_unusable_or_obsolete()
            raw = database.connection
            if raw is not None and _has_ended(raw):
                database.close()
        return self.get_response(request)


def _has_ended(raw: Any) -> bool:
    poll = select.poll()
    poll.register(raw.fileno(), select.POLLIN)
    return bool(poll.poll(0))
