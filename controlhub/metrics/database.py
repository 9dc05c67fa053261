"""Gauges that query the database at each scrape, without counting a whole table."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

from controlhub.models import ScheduledJob, User
from controlhub.schedule.queues import Queue
from controlhub.sql import backlogs, server
from controlhub.sql.statements import execute, fetch_rows

TIMEOUT_MILLISECONDS = 500
"""The timeout of each statement."""
MOST = 1_000
"""Counts stop at this number, which then means "at least"."""


def ask_briefly(ask: Callable[[], Iterable[Metric]]) -> list[Metric]:
    """Returns the metrics of one part, read in its own transaction with a short statement timeout. django.db.Error."""
    with transaction.atomic():
        execute(server.SET_TIMEOUT, {"milliseconds": str(TIMEOUT_MILLISECONDS)})
        return list(ask())


def jobs() -> Iterator[Metric]:
    labels = ["job", "queue"]
    age = GaugeMetricFamily(
        "controlhub_job_age_seconds", "Time since the job last succeeded, or should first have succeeded", labels=labels
    )
    overdue = GaugeMetricFamily(
        "controlhub_job_overdue", "1 if the job has not succeeded for several periods", labels=labels
    )
    failed = GaugeMetricFamily("controlhub_job_failed", "1 if the last run failed", labels=labels)
    seconds = GaugeMetricFamily("controlhub_job_seconds", "Duration of the last successful run", labels=labels)
    runs = CounterMetricFamily("controlhub_job_runs", "Successful runs", labels=labels)
    for job in ScheduledJob.objects.scheduled():
        named = [job.name, settings.JOB_QUEUES.get(job.name, Queue.CORE.value)]
        age.add_metric(named, job.late_by.total_seconds())
        overdue.add_metric(named, job.is_overdue)
        failed.add_metric(named, bool(job.error))
        seconds.add_metric(named, job.seconds)
        runs.add_metric(named, job.runs)
    yield from (age, overdue, failed, seconds, runs)


def outbox() -> Iterator[Metric]:
    ((waiting, oldest),) = fetch_rows(backlogs.OUTBOX, {"most": MOST})
    yield _gauge("controlhub_outbox_messages", f"Queued mail; {MOST} means at least that many", waiting)
    yield _gauge("controlhub_outbox_oldest_seconds", "Age of the oldest of these messages", oldest)


def seals() -> Iterator[Metric]:
    ((unsealed, oldest),) = fetch_rows(backlogs.UNSEALED, {"most": MOST})
    yield _gauge("controlhub_audit_unsealed_events", f"Events that are not sealed, among the newest {MOST}", unsealed)
    yield _gauge("controlhub_audit_unsealed_oldest_seconds", "Age of the oldest of these events", oldest)


def purges() -> Iterator[Metric]:
    due = User.objects.due_for_purge(Now()).order_by()[:MOST].count()
    ((runs, users),) = fetch_rows(backlogs.STAGED_PURGES)
    yield _gauge(
        "controlhub_purge_due_users", f"Users whose retention period has ended; {MOST} means at least that many", due
    )
    yield _gauge("controlhub_purge_staged_runs", "Purges that wait for an administrator, or are held", runs)
    yield _gauge("controlhub_purge_staged_users", "Users of these purges", users)


def connections() -> Iterator[Metric]:
    used = GaugeMetricFamily(
        "controlhub_database_connections", "Connections of the portal's role, of all nodes", labels=["state"]
    )
    for state, number in fetch_rows(server.CONNECTIONS):
        used.add_metric([state], number)
    ((limit,),) = fetch_rows(server.CONNECTION_LIMIT)
    yield used
    yield _gauge("controlhub_database_connections_limit", "The server's limit of connections for all roles", limit)


def _gauge(name: str, text: str, value: Any) -> Metric:
    return GaugeMetricFamily(name, text, value=float(value))


PARTS = {"jobs": jobs, "outbox": outbox, "seals": seals, "purges": purges, "connections": connections}
