"""The runs of the purge."""

from datetime import timedelta

from django.db import models
from django.db.models import Q, Sum
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from controlhub.models.documents import ScopedQuerySet
from controlhub.models.ids import new_id
from controlhub.models.organizations import Organization

DAY = timedelta(days=1)


class PurgeState(models.TextChoices):
    DONE = "done", _("Done")
    STAGED = "staged", _("Waits for an administrator")
    ALLOWED = "allowed", _("Allowed")
    HELD = "held", _("Held")


OPEN = (PurgeState.STAGED, PurgeState.ALLOWED, PurgeState.HELD)


class PurgeRunQuerySet(ScopedQuerySet["PurgeRun"]):
    def open(self) -> "PurgeRunQuerySet":
        """Runs that are not done: at most one per organization."""
        return self.filter(state__in=OPEN)

    def purged_in_a_day(self) -> int:
        """Returns the number of users that these runs deleted in the last 24 hours without being allowed."""
        recent = self.filter(changed_at__gt=Now() - DAY, staged_at__isnull=True)
        return int(recent.aggregate(total=Sum("purged"))["total"] or 0)


class PurgeRun(models.Model):
    """A sweep over an organization with users who are due.

    A run above the organization's daily limit is staged: no user is deleted until an administrator allows it. Then at
    most `due` users who were due at `staged_at`, the time of the last count, are deleted. `purged` is the number of
    deleted users.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="purge_runs")
    state = models.CharField(max_length=8, choices=PurgeState.choices, default=PurgeState.DONE)
    due = models.IntegerField()
    purged = models.IntegerField(default=0)
    started_at = models.DateTimeField(db_default=Now())
    changed_at = models.DateTimeField(db_default=Now())
    staged_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.TextField(default="")

    objects = PurgeRunQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization"], condition=Q(state__in=OPEN), name="purge_run_open")
        ]
        indexes = [models.Index(fields=["organization", "-changed_at"], name="purge_run_newest")]

    def __str__(self) -> str:
        return f"{self.purged} of {self.due}, {self.state}"
