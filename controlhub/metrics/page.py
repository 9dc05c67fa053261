"""All metrics in Prometheus's format. A part that fails is left out, without affecting the others."""

import logging
from collections.abc import Callable, Iterable

from django.db import Error
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Metric, generate_latest
from prometheus_client.core import GaugeMetricFamily
from redis import RedisError

from controlhub.database.outages import affects_others
from controlhub.metrics.broker import broker_metrics
from controlhub.metrics.database import PARTS, ask_briefly
from controlhub.metrics.web_requests import request_metrics

CONTENT_TYPE = CONTENT_TYPE_LATEST
logger = logging.getLogger(__name__)


def render() -> bytes:
    page = Page()
    page.add("requests", request_metrics)
    page.add("broker", broker_metrics)
    for part, ask in PARTS.items():
        page.add_from_database(part, ask)
    registry = CollectorRegistry(auto_describe=False)
    registry.register(page)
    return generate_latest(registry)


class Page:
    """A collector of the metrics that were found."""

    def __init__(self) -> None:
        self._found: list[Metric] = []
        self._failed = GaugeMetricFamily(
            "controlhub_metrics_failed", "1 if a part of the metrics is missing", labels=["part"]
        )
        self._is_up = True

    def add(self, part: str, collect: Callable[[], Iterable[Metric]]) -> Exception | None:
        """Add a part. Returns the error that prevented it."""
        found: Exception | None = None
        try:
            self._found.extend(list(collect()))
        except (Error, RedisError, OSError) as error:
            logger.warning("Metrics of %s are missing: %s: %s", part, type(error).__name__, error)
            found = error
        self._failed.add_metric([part], float(found is not None))
        return found

    def add_from_database(self, part: str, ask: Callable[[], Iterable[Metric]]) -> None:
        """Add a part, unless the database failed to respond for another one: this part would wait as long."""
        if not self._is_up:
            self._failed.add_metric([part], 1)
            return
        error = self.add(part, lambda: ask_briefly(ask))
        self._is_up = error is None or not affects_others(error)

    def collect(self) -> list[Metric]:
        up = GaugeMetricFamily("controlhub_database_up", "1 if the database responds", value=float(self._is_up))
        return [*self._found, self._failed, up]
