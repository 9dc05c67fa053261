"""Records when a scheduled job ran, what it did, and what went wrong, for the Jobs page."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from celery import shared_task
from django.db import connection
from django.db.models import F
from django.db.models.functions import Now

from controlhub.models import ScheduledJob


def scheduled_job(work: Callable[[], int]) -> Any:
    """Returns a Celery task for a sweep that returns the number of things it did.

    The page shows only the kind of a failure: its message, which is in the log, may refer to another organization.
    """
    name = work.__name__

    @shared_task(name=f"controlhub.tasks.{name}")
    @wraps(work)
    def run() -> int:
        began = time.monotonic()
        _note_start(name)
        try:
            count = work()
        except Exception as error:
            connection.close()  # it may be what failed; the record is committed separately
            ScheduledJob.objects.filter(name=name).update(error=type(error).__name__, failed_at=Now())
            raise
        seconds = time.monotonic() - began
        done = ScheduledJob.objects.filter(name=name)
        done.update(
            finished_at=Now(),
            succeeded_at=Now(),
            seconds=seconds,
            count=count,
            runs=F("runs") + 1,
            error="",
            overdue_reported_at=None,
        )
        return count

    return run


def _note_start(name: str) -> None:
    """Record the start. It takes one statement, except at the first run: some jobs run every two seconds."""
    start: dict[str, Any] = {"started_at": Now(), "finished_at": None}
    if not ScheduledJob.objects.filter(name=name).update(**start):
        ScheduledJob.objects.update_or_create(name=name, defaults=start)
