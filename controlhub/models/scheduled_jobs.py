"""The results of scheduled jobs: one row each, for the Jobs page, metrics, and mail about overdue jobs."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models.functions import Greatest, Now

OVERDUE_PERIODS = 3
SHORTEST_OVERDUE = timedelta(minutes=10)
"""Jobs that run every few seconds may have to wait for a long run of another job."""


class ScheduledJobQuerySet(models.QuerySet["ScheduledJob"]):
    def scheduled(self) -> "ScheduledJobQuerySet":
        """The jobs of the schedule, each with `late_by`: the time since it last succeeded, or was to succeed."""
        since = Greatest("succeeded_at", "expected_since")  # ignores NULL
        late_by = models.ExpressionWrapper(Now() - since, output_field=models.DurationField())
        named = self.filter(name__in=settings.JOB_INTERVALS)
        return named.annotate(late_by=late_by)  # type: ignore[no-redef]


class ScheduledJob(models.Model):
    """A scheduled job, by its name in the schedule, with its last run, duration, result and error.

    It is expected to succeed from `expected_since` on: the installation was new, or had been stopped. If it is overdue,
    mail about that is sent once, at `overdue_reported_at`, until it succeeds.
    """

    name = models.CharField(max_length=64, primary_key=True)
    expected_since = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    succeeded_at = models.DateTimeField(null=True)
    seconds = models.FloatField(default=0)
    count = models.BigIntegerField(default=0)
    runs = models.BigIntegerField(default=0)
    error = models.TextField(default="")
    failed_at = models.DateTimeField(null=True)
    overdue_reported_at = models.DateTimeField(null=True)

    late_by: timedelta  # of `scheduled`

    objects = ScheduledJobQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name

    @property
    def is_overdue(self) -> bool:
        """Whether it has not succeeded for several of its periods."""
        return self.late_by > max(
            SHORTEST_OVERDUE, OVERDUE_PERIODS * timedelta(seconds=settings.JOB_INTERVALS[self.name])
        )
