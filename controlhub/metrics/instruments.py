"""The metrics of requests, created once in each web process if METRICS_TOKEN is set."""

import logging
from functools import cache

from django.conf import settings
from prometheus_client import Counter, Histogram

from controlhub.metrics.board import Board
from controlhub.metrics.store import Store

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
logger = logging.getLogger(__name__)


class Instruments:
    """`seconds` and `errors` by kind of request. A child of each is resolved once."""

    def __init__(self) -> None:
        self.store = Store(settings.VAR_DIR / "metrics")
        self.board: Board = self.store.join()
        labels = ["kind", "resource", "method"]
        self.seconds = Histogram(
            "controlhub_request_seconds", "Response time of requests", labels, buckets=BUCKETS, registry=None
        )
        self.errors = Counter(
            "controlhub_request_errors", "Responses with an error status", [*labels, "status"], registry=None
        )


def instruments() -> Instruments | None:
    """Returns None if metrics are off, or if VAR_DIR cannot store them: requests are served anyway."""
    return _made() if settings.METRICS_TOKEN else None


@cache
def _made() -> Instruments | None:
    try:
        return Instruments()
    except OSError as error:
        logger.warning("There are no metrics of requests: %s", error)
        return None


def report_load(*, threads: int, busy: int, queued: int) -> None:
    """Report the number of threads, of busy threads and of waiting requests, for the layer that assigns threads.

    Call it in the web process whenever a number changes. It takes less than a microsecond, and nothing without metrics.
    """
    if found := instruments():
        found.board.set("threads", threads)
        found.board.set("threads_busy", busy)
        found.board.set("queued", queued)
