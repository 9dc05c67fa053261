"""Workers run jobs step by step. Each step commits together with the position after it (docs/decisions/0057)."""

import logging
import time
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Coalesce, Now
from django.utils.translation import gettext as _

from audit.actor import Actor, ActorKind
from audit.models import AuditEvent
from audit.record import EventContent, record
from audit.vocabulary import AuditAction, Result
from controlhub.actions.jobs.control import audit_target
from controlhub.actions.jobs.kinds import JobKind, Problem, Step, find_kind
from controlhub.actions.refusals import record_refusals_of_job
from controlhub.errors import DomainError, PermissionMissingError
from controlhub.models import Account, Job, JobProblem, JobState
from controlhub.models.jobs import RUNNABLE, UNFINISHED
from controlhub.sql.jobs import TAKE_TURN
from controlhub.sql.statements import fetch_row

RUN_SECONDS = 20.0
"""The duration of a worker's run. The next scheduled run continues."""
TURN_SECONDS = 2.0
"""After this time, it is another job's turn."""
MAX_FAILURES = 5
KEPT_PROBLEMS = 10_000
SWEPT_AT_ONCE = 100
logger = logging.getLogger(__name__)


def run_due_jobs(*, seconds: float = RUN_SECONDS) -> int:
    """Run steps of waiting jobs, in turns, until no job is left or the time is up. Returns the number of steps.

    Any number of workers can do this at once.
    """
    until, steps, busy = time.monotonic() + seconds, 0, set[UUID]()
    while time.monotonic() < until:
        job_id = Job.objects.runnable().exclude(pk__in=busy).values_list("pk", flat=True).first()
        if job_id is None:
            break
        turn = _take_turn(job_id, min(until, time.monotonic() + TURN_SECONDS))
        steps += turn
        if not turn:
            busy.add(job_id)
    return steps


def run_job_at_once(job: Job, *, steps: int, kind: JobKind | None = None) -> None:
    """Run up to `steps` steps of a job in the request that started it. A worker does the rest.

    `kind` replaces the registered kind, for results that only the request may have.
    """
    for _step_number in range(steps):
        if not _try_step(job.pk, kind):
            break


def sweep_jobs() -> int:
    """Delete jobs that finished more than JOB_RETENTION_DAYS ago. Returns the number of deleted jobs."""
    old = Job.objects.filter(finished_at__lt=Now() - timedelta(days=settings.JOB_RETENTION_DAYS))
    ids = list(old.order_by("finished_at").values_list("pk", flat=True)[:SWEPT_AT_ONCE])
    Job.objects.filter(pk__in=ids).delete()
    return len(ids)


def _take_turn(job_id: UUID, until: float) -> int:
    """Run steps of one job until the time is up. Returns the number of steps, 0 if another worker has the job."""
    steps = 0
    while (not steps or time.monotonic() < until) and _try_step(job_id):
        steps += 1
    return steps


def _try_step(job_id: UUID, kind: JobKind | None = None) -> bool:
    """Run one step. Returns False if there was none: the job has finished or failed, or another worker has it."""
    try:
        return _step(job_id, kind)
    except DomainError as error:
        _fail(job_id, error.message)
    except Exception as error:
        logger.exception("A step of job %s failed", job_id)
        _note_failure(job_id, error)
    return False


@transaction.atomic
def _step(job_id: UUID, kind: JobKind | None) -> bool:
    if fetch_row(TAKE_TURN, {"job": str(job_id)}) != (True,):
        return False
    job = Job.objects.filter(pk=job_id, state__in=RUNNABLE).select_related("organization").first()
    if job is None:
        return False
    kind = kind or find_kind(job.kind)
    actor = actor_of(job, kind)
    step = kind.step(job, job.cursor, actor=actor)
    record_refusals_of_job(step.refusals, target=audit_target(job), actor=actor)
    _keep_problems(job, step)
    _move(job, step)
    if step.cursor is None:
        _finish(job)
    return True


def actor_of(job: Job, kind: JobKind) -> Actor:
    """Returns the starter of the job, with their current role. PermissionMissingError if they lack the permission."""
    origin = {**job.origin, "kind": ActorKind(job.origin["kind"]), "job_id": str(job.pk), "parent_id": _start_of(job)}
    if job.started_by is None:
        return Actor(**origin)
    account = _starter(job)
    if account is None or kind.permission not in account.permissions:
        raise PermissionMissingError(
            _("{name} no longer has the permission for this job.").format(name=job.started_by_label)
        )
    return Actor(**origin, role=account.role)


def _starter(job: Job) -> Account | None:
    """The account of the person who started the job, if they still have one."""
    if job.started_by is None:
        return None
    accounts = Account.objects.in_organization(job.organization)
    return accounts.filter(user_id=job.started_by, user__active=True).first()


def _start_of(job: Job) -> str:
    """The id of the event that recorded the start of the job; "" if there is none."""
    started = AuditEvent.objects.in_organization(job.organization).about(job.pk).filter(action=AuditAction.JOB_STARTED)
    found = started.values_list("pk", flat=True).first()
    return str(found) if found else ""


def _keep_problems(job: Job, step: Step) -> None:
    room = max(0, KEPT_PROBLEMS - job.problem_count)
    JobProblem.objects.bulk_create(_row(job, problem) for problem in step.problems[:room])


def _row(job: Job, problem: Problem) -> JobProblem:
    return JobProblem(
        job=job,
        number=problem.number,
        target_id=problem.target_id,
        label=problem.label,
        reason=problem.reason,
        details=dict(problem.details),
    )


def _move(job: Job, step: Step) -> None:
    """Store the position in any state, because the step was done. Only the worker with the turn writes it."""
    job.counts = {name: job.counts.get(name, 0) + step.counts.get(name, 0) for name in {*job.counts, *step.counts}}
    Job.objects.filter(pk=job.pk, state=JobState.QUEUED).update(state=JobState.RUNNING)
    Job.objects.filter(pk=job.pk).update(
        cursor=step.cursor,
        done=F("done") + step.done,
        counts=job.counts,
        problem_count=F("problem_count") + len(step.problems),
        failures=0,
        try_at=None,
        started_at=Coalesce("started_at", Now()),
        heartbeat_at=Now(),
    )


def _finish(job: Job) -> None:
    done = Job.objects.filter(pk=job.pk, state__in=UNFINISHED).update(state=JobState.DONE, finished_at=Now())
    if done:
        details: dict[str, Any] = {"total": job.total, **job.counts}
        record(
            AuditAction.JOB_FINISHED,
            target=audit_target(job),
            content=EventContent(details=details),
            actor=_teller(job),
        )


@transaction.atomic
def _fail(job_id: UUID, reason: str) -> None:
    if Job.objects.filter(pk=job_id, state__in=RUNNABLE).update(
        state=JobState.FAILED, reason=reason, finished_at=Now(), try_at=None
    ):
        job = Job.objects.get(pk=job_id)
        content = EventContent(details={"done": job.done, "total": job.total}, result=Result.FAILURE, reason=reason)
        record(AuditAction.JOB_FAILED, target=audit_target(job), content=content, actor=_teller(job))


def _note_failure(job_id: UUID, error: Exception) -> None:
    """Wait twice as long after each failure. Give up after MAX_FAILURES in a row."""
    if not connection.in_atomic_block:
        connection.close()  # the connection may be what failed
    job = Job.objects.filter(pk=job_id).first()
    if job is None:
        return
    if job.failures + 1 >= MAX_FAILURES:
        text = _("An internal error occurred ({kind}). See the worker's log for details.")
        _fail(job_id, text.format(kind=type(error).__name__))
        return
    wait = timedelta(seconds=2**job.failures)
    Job.objects.filter(pk=job_id).update(failures=F("failures") + 1, try_at=Now() + wait)


def _teller(job: Job) -> Actor:
    """Returns the actor for the event at the end of a job: the person who started it, with their current role."""
    account = _starter(job)
    role = account.role if account else ""
    return Actor(**{**job.origin, "kind": ActorKind(job.origin["kind"]), "role": role})
