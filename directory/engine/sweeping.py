"""Deletes unneeded data: old log rows, plans of dry runs, and changes that every application has read."""

from datetime import timedelta

from django.db.models.functions import Now

from controlhub.sql.provisioning import SWEEP_CHANGES
from controlhub.sql.statements import count_changed
from directory.models import Outcome, PlannedPerson

KEPT = timedelta(days=30)
AT_ONCE = 50_000
"""The maximum number of rows in one run."""


def sweep_outcomes() -> int:
    """Delete the oldest rows of the log after 30 days. Returns the number of deleted rows."""
    old = Outcome.objects.filter(at__lt=Now() - KEPT).order_by("at")
    return Outcome.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:AT_ONCE])).delete()[0]


def sweep_plans() -> int:
    """Delete the plans for people of dry runs that have failed or were canceled. Returns the number of deleted rows."""
    ended = PlannedPerson.objects.filter(job__finished_at__isnull=False)
    return PlannedPerson.objects.filter(pk__in=list(ended.values_list("pk", flat=True)[:AT_ONCE])).delete()[0]


def sweep_changes() -> int:
    """Delete changes below the watermarks of all applications of their organization. Returns the number deleted."""
    return count_changed(SWEEP_CHANGES, {"most": AT_ONCE})
