"""Metrics of the requests of all web processes of this node."""

from collections.abc import Iterator

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily

from controlhub.metrics.instruments import instruments

HELP = {
    "in_flight": "Requests in progress",
    "threads": "Threads for requests",
    "threads_busy": "Busy threads",
    "queued": "Requests waiting for a thread",
}


def request_metrics() -> Iterator[Metric]:
    """Yields nothing if the metrics of requests are off."""
    found = instruments()
    if found is None:
        return
    with found.store.reading() as counters:
        yield from counters.collect()
        boards = found.store.boards()
    yield GaugeMetricFamily("controlhub_web_processes", "Web processes of this node", value=len(boards))
    for field, text in HELP.items():
        total = sum(board[field] for board in boards)
        yield GaugeMetricFamily(f"controlhub_requests_{field}", text, value=total)
