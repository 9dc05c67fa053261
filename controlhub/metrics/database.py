"""Gauges that the database answers at each scrape, none by counting a whole table."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models.functions import Now
from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

from controlhub.jobs.queues import Queue
from controlhub.models import Job, User

TIMEOUT_MILLISECONDS = 500
"""Of each statement."""
MOST = 1_000
"""Counts stop here: this many means "at least"."""
_OUTBOX = """
SELECT count(*), COALESCE(extract(epoch FROM now() - min(created_at)), 0)
FROM (SELECT created_at FROM controlhub_outgoingmail WHERE try_at IS NOT NULL ORDER BY try_at LIMIT %s) AS waiting
"""
_UNSEALED = """
SELECT count(*), COALESCE(extract(epoch FROM now() - min(created_at)), 0)
FROM (SELECT id, created_at FROM audit_auditevent ORDER BY id DESC LIMIT %s) AS newest
WHERE NOT EXISTS (SELECT 1 FROM audit_auditseal WHERE event_id = newest.id)
"""
_STAGED = "SELECT count(*), COALESCE(sum(due), 0) FROM controlhub_purgerun WHERE state IN ('staged', 'held')"
_CONNECTIONS = """
SELECT COALESCE(state, 'other'), count(*) FROM pg_stat_activity
WHERE usename = current_user AND datname = current_database() GROUP BY 1
"""
_LIMIT = "SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int"


def ask_briefly(ask: Callable[[], Iterable[Metric]]) -> list[Metric]:
    """The metrics of one part, read in a separate transaction with a short statement timeout. django.db.Error."""
    with transaction.atomic():
        _rows(f"SET LOCAL statement_timeout = {TIMEOUT_MILLISECONDS}")
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
    for job in Job.objects.scheduled():
        named = [job.name, settings.JOB_QUEUES.get(job.name, Queue.CORE.value)]
        age.add_metric(named, job.late_by.total_seconds())
        overdue.add_metric(named, job.is_overdue)
        failed.add_metric(named, bool(job.error))
        seconds.add_metric(named, job.seconds)
        runs.add_metric(named, job.runs)
    yield from (age, overdue, failed, seconds, runs)


def outbox() -> Iterator[Metric]:
    ((waiting, oldest),) = _rows(_OUTBOX, MOST)
    yield _gauge("controlhub_outbox_messages", f"Queued mail; {MOST} means at least that many", waiting)
    yield _gauge("controlhub_outbox_oldest_seconds", "Age of the oldest of these messages", oldest)


def seals() -> Iterator[Metric]:
    ((unsealed, oldest),) = _rows(_UNSEALED, MOST)
    yield _gauge("controlhub_audit_unsealed_events", f"Events without a number, among the newest {MOST}", unsealed)
    yield _gauge("controlhub_audit_unsealed_oldest_seconds", "Age of the oldest of these events", oldest)


def purges() -> Iterator[Metric]:
    due = User.objects.due_for_purge(Now()).order_by()[:MOST].count()
    ((runs, users),) = _rows(_STAGED)
    yield _gauge(
        "controlhub_purge_due_users", f"Users whose retention period has ended; {MOST} means at least that many", due
    )
    yield _gauge("controlhub_purge_staged_runs", "Purges that wait for an administrator, or are held", runs)
    yield _gauge("controlhub_purge_staged_users", "Users of these purges", users)


def connections() -> Iterator[Metric]:
    used = GaugeMetricFamily(
        "controlhub_database_connections", "Connections of the portal's role, of all nodes", labels=["state"]
    )
    for state, number in _rows(_CONNECTIONS):
        used.add_metric([state], number)
    ((limit,),) = _rows(_LIMIT)
    yield used
    yield _gauge("controlhub_database_connections_limit", "The server's limit of connections for all roles", limit)


def _gauge(name: str, text: str, value: Any) -> Metric:
    return GaugeMetricFamily(name, text, value=float(value))


def _rows(sql: str, *parameters: int) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, list(parameters) or None)
        return cursor.fetchall() if cursor.description else []


PARTS = {"jobs": jobs, "outbox": outbox, "seals": seals, "purges": purges, "connections": connections}
