"""The number of messages in each queue of background work."""

from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from redis import Redis

from controlhub.schedule.queues import Queue

SECONDS = 1.0


def broker_metrics() -> Iterator[Metric]:
    """Query the broker, for at most SECONDS. RedisError, OSError."""
    waiting = GaugeMetricFamily("controlhub_queue_messages", "Queued runs of jobs", labels=["queue"])
    for queue, messages in _waiting().items():
        waiting.add_metric([queue], messages)
    yield waiting


def _waiting() -> dict[str, int]:
    if settings.REDIS_URL:
        with Redis.from_url(settings.REDIS_URL, socket_timeout=SECONDS, socket_connect_timeout=SECONDS) as redis:
            return {queue.value: int(redis.llen(queue.value)) for queue in Queue}
    folder = Path(str(settings.CELERY_BROKER_TRANSPORT_OPTIONS["data_folder_in"]))
    names = [path.name for path in folder.iterdir()] if folder.exists() else []
    return {queue.value: sum(name.endswith(f".{queue.value}.msg") for name in names) for queue in Queue}
