"""Health checks: is this process alive, and can it serve requests?"""

import logging

from django.db import Error
from django.http import HttpRequest, HttpResponse

from controlhub.database.outages import reason_of
from controlhub.middleware.database_outages import RETRY_AFTER
from controlhub.sql.server import IS_READ_ONLY
from controlhub.sql.statements import fetch_rows

logger = logging.getLogger(__name__)


def live(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    return HttpResponse("ok", content_type="text/plain")


def ready(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Returns 200 if the database responds and accepts writes, else 503. Reads may still work if it is read-only."""
    try:
        ((is_read_only,),) = fetch_rows(IS_READ_ONLY)
    except Error as error:
        return _not_ready("the database does not respond", reason_of(error) or type(error).__name__)
    if is_read_only:
        return _not_ready("the database is read-only", "read-only")
    return HttpResponse("ok", content_type="text/plain")


def _not_ready(text: str, reason: str) -> HttpResponse:
    logger.warning("Not ready: %s", reason)
    return HttpResponse(text, status=503, content_type="text/plain", headers={"Retry-After": RETRY_AFTER})
