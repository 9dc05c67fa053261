"""Long-running work that a person started: a job, its targets, and its problems.

Scheduled jobs are in `ScheduledJob`.
"""

from datetime import timedelta
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from controlhub.models.documents import ScopedQuerySet
from controlhub.models.ids import new_id
from controlhub.models.organizations import Organization
from controlhub.text.stored_texts import shown_text


class JobState(models.TextChoices):
    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    PAUSED = "paused", "Paused"
    CANCELLED = "cancelled", "Cancelled"
    FAILED = "failed", "Failed"
    DONE = "done", "Done"


RUNNABLE = (JobState.QUEUED, JobState.RUNNING)
UNFINISHED = (*RUNNABLE, JobState.PAUSED)
JUST_FINISHED = timedelta(minutes=10)


class JobQuerySet(ScopedQuerySet["Job"]):
    def started_by_user(self, user_id: UUID) -> "JobQuerySet":
        return self.filter(started_by=user_id)

    def unfinished(self) -> "JobQuerySet":
        return self.filter(state__in=UNFINISHED)

    def recent(self) -> "JobQuerySet":
        """Jobs that are not finished, or finished in the last ten minutes, for the counter of the bell."""
        return self.filter(Q(state__in=UNFINISHED) | Q(finished_at__gt=Now() - JUST_FINISHED))

    def runnable(self) -> "JobQuerySet":
        """Jobs that a worker may continue now, the one that has waited longest first."""
        due = Q(try_at=None) | Q(try_at__lte=Now())
        return self.filter(due, state__in=RUNNABLE).order_by(models.F("heartbeat_at").asc(nulls_first=True), "pk")


class Job(models.Model):
    """Long-running work that a person started, run in steps by the worker of the queue `long`.

    `kind` is the name of a `JobKind` (controlhub.actions.jobs.kinds), `parameters` are those of its start. Each step is
    one transaction that also moves `cursor`, `done` and `counts`: if a worker is killed, the current step is rolled
    back, and another worker continues after the last committed one. `total` is None if it is not known. `failures`
    counts unexpected errors in a row; the step is retried at `try_at`. `problem_count` counts all problems, of which
    the first KEPT_PROBLEMS are kept. `started_by` is the id of the user who started it, None for a command.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="jobs", db_index=False)
    kind = models.CharField(max_length=32)
    state = models.CharField(max_length=16, choices=JobState.choices, default=JobState.QUEUED)
    started_by = models.UUIDField(null=True)
    started_by_label = models.TextField(default="")
    origin = models.JSONField(default=dict)
    parameters = models.JSONField(default=dict)
    cursor = models.JSONField(null=True)
    total = models.BigIntegerField(null=True)
    done = models.BigIntegerField(default=0)
    counts = models.JSONField(default=dict)
    problem_count = models.BigIntegerField(default=0)
    reason = models.TextField(default="")
    failures = models.SmallIntegerField(default=0)
    try_at = models.DateTimeField(null=True)
    undo_of = models.OneToOneField("self", models.SET_NULL, null=True, related_name="undo")
    created_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["organization", "-id"], name="job_newest"),
            models.Index(fields=["started_by", "-id"], name="job_of_person"),
            models.Index(fields=["heartbeat_at", "id"], name="job_runnable", condition=Q(state__in=RUNNABLE)),
            models.Index(fields=["finished_at"], name="job_finished", condition=Q(finished_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.kind}, {self.state}"

    @property
    def is_finished(self) -> bool:
        return self.state not in UNFINISHED

    @property
    def percent(self) -> int | None:
        """The progress in whole percent, or None if the total is not known."""
        if not self.total:
            return None
        return min(100, self.done * 100 // self.total)

    @property
    def elapsed(self) -> timedelta | None:
        """The time from the first step to the last one."""
        return self.heartbeat_at - self.started_at if self.heartbeat_at and self.started_at else None


class JobBatch(models.Model):
    """The targets of one step of a job. `changed` are those that the step changed."""

    job = models.ForeignKey(Job, models.CASCADE, related_name="batches", db_index=False)
    number = models.IntegerField()
    targets = ArrayField(models.UUIDField())
    changed = ArrayField(models.UUIDField(), default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "number"], name="job_batch_number")]

    def __str__(self) -> str:
        return f"{self.number}: {len(self.targets)}"


class JobProblem(models.Model):
    """One target or row that a job did not change, and the reason.

    `number` is the row of the file, or the position among the targets.
    """

    job = models.ForeignKey(Job, models.CASCADE, related_name="problems", db_index=False)
    number = models.BigIntegerField()
    target_id = models.UUIDField(null=True)
    label = models.TextField(default="")
    reason = models.TextField()
    details = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["job", "number", "id"], name="job_problem_order")]

    def __str__(self) -> str:
        return f"{self.number}: {self.reason}"

    @property
    def shown_reason(self) -> str:
        """The reason in the reader's language."""
        return shown_text(self.reason)
