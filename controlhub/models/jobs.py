"""What the scheduled jobs did: one row each, for the Jobs page."""

from django.db import models


class Job(models.Model):
    """A scheduled job, by its name in the schedule; when it ran last, how long, what it did, what went wrong."""

    name = models.CharField(max_length=64, primary_key=True)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    seconds = models.FloatField(default=0)
    count = models.BigIntegerField(default=0)
    runs = models.BigIntegerField(default=0)
    error = models.TextField(default="")
    failed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name
